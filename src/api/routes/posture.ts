import type { RouteHandlers } from './call.ts'

export const postureRoutes: RouteHandlers<
  | 'posture.list'
  | 'posture.show'
  | 'posture.kinds'
  | 'posture.fix'
  | 'posture.exceptions'
  | 'posture.except'
  | 'posture.unexcept'
> = {
  'posture.list': ({ services, query }) => services.posture.list(query),
  'posture.show': ({ services, params }) => services.posture.show(params['finding'] ?? ''),
  'posture.kinds': ({ services }) => services.posture.kinds(),
  'posture.fix': async ({ services, principal, body }) => {
    const result = await services.posture.fix(body, principal.id)
    services.bell.ring('incident')
    return result
  },
  'posture.exceptions': ({ services, query }) => services.posture.exceptions(query),
  'posture.except': ({ services, principal, params, body }) => {
    const owner = services.scrub(body.owner)
    const reason = services.scrub(body.reason)
    return services.posture.except(params['finding'] ?? '', { ...body, owner, reason }, principal.id)
  },
  'posture.unexcept': async ({ services, principal, params }) => {
    await services.posture.unexcept(params['finding'] ?? '', principal.id)
    return { ok: true as const }
  },
}
