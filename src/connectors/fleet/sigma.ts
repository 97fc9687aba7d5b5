import type { SigmaShape } from '#sources/contract'

/** Fields of an activity (Fleet REST API). */
export const activitySigma: SigmaShape = {
  product: 'fleet',
  category: 'endpoint',
  service: 'activities',
  fields: [
    'actor_api_only',
    'actor_email',
    'actor_full_name',
    'actor_gravatar',
    'actor_id',
    'created_at',
    'details.*',
    'fleet_initiated',
    'id',
    'type',
  ],
}
