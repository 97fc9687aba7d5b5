import type { RouteHandlers } from './call.ts'

export const identityRoutes: RouteHandlers<'identity.list' | 'identity.show' | 'identity.own' | 'identity.ask'> = {
  'identity.list': ({ services, query }) => services.identities.list(query),
  'identity.show': ({ services, query }) => services.identities.show(query.identity),
  'identity.own': ({ services, principal, body }) => {
    const purpose = body.purpose === undefined ? {} : { purpose: services.scrub(body.purpose) }
    return services.identities.own({ ...body, ...purpose }, principal.id)
  },
  'identity.ask': async ({ services, principal, body }) => {
    const result = await services.identities.ask(body, principal.id)
    services.bell.ring('incident')
    return result
  },
}
