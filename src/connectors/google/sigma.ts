import type { SigmaShape } from '#sources/contract'

const fields = [
  'actor.applicationInfo.*',
  'actor.callerType',
  'actor.email',
  'actor.key',
  'actor.profileId',
  'etag',
  'events.name',
  'events.parameters.*',
  'events.type',
  'id.applicationName',
  'id.customerId',
  'id.time',
  'id.uniqueQualifier',
  'ipAddress',
  'kind',
  'networkInfo.*',
  'ownerDomain',
  'resourceDetails.*',
  'resolved.*',
]

/**
 * Fields of an `activity` (Reports API). Sigma's own rules for Google Workspace name the fields of its export to Google
 * Cloud (`eventName`, `new_value`), which these records do not have.
 */
export const activitySigma = (application: string): SigmaShape => ({
  product: 'gcp',
  category: 'application',
  service: `google_workspace.${application}`,
  fields,
})
