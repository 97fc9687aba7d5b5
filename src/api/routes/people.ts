import type { RouteHandlers } from './call.ts'
import { incidentId } from './incidents.ts'

export const peopleRoutes: RouteHandlers<
  'people.list' | 'people.ended' | 'people.show' | 'people.offboard' | 'people.believe' | 'incident.progress'
> = {
  'people.list': ({ services, query }) => services.people.list(query),
  'people.ended': ({ services }) => services.people.ended(),
  'people.show': ({ services, query }) => services.people.show(query.person),
  'people.offboard': async ({ services, principal, body }) => {
    const result = await services.people.offboard(body, principal.id)
    services.bell.ring('incident')
    return result
  },
  'people.believe': async ({ services, principal, params, body }) => {
    await services.people.believe(params['source'] ?? '', body.digest, principal.id)
    return { ok: true as const }
  },
  'incident.progress': ({ services, params }) =>
    Promise.resolve(services.responder.progress(services.tenant, incidentId(params))),
}
