import type { RouteHandlers } from './call.ts'

export const accessRoutes: RouteHandlers<
  'access.readers' | 'access.reach' | 'access.gaps' | 'access.trim' | 'access.trim-stage' | 'access.give-back'
> = {
  'access.readers': ({ services, query }) => services.access.readers(query),
  'access.reach': ({ services, query }) => services.access.reach(query),
  'access.gaps': ({ services, query }) => services.access.gaps(query),
  'access.trim': ({ services, query }) => services.access.trim(query),
  'access.trim-stage': async ({ services, principal, body }) => {
    const stage = await services.access.trimStage(body, principal.id)
    services.bell.ring('incident')
    return stage
  },
  'access.give-back': async ({ services, principal, params }) => {
    const given = await services.access.giveBack(params['right'] ?? '', principal.id)
    services.bell.ring('incident')
    return given
  },
}
