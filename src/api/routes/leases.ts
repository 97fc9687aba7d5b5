import type { RouteHandlers } from './call.ts'

export const leaseRoutes: RouteHandlers<'lease.ask' | 'lease.list' | 'lease.show' | 'lease.end'> = {
  'lease.ask': async ({ services, principal, body }) => {
    const lease = await services.leases.ask({ ...body, why: services.scrub(body.why) }, principal.id)
    services.bell.ring('incident')
    return lease
  },
  'lease.list': ({ services, query }) => services.leases.list(query),
  'lease.show': ({ services, params }) => services.leases.show(params['lease'] ?? ''),
  'lease.end': async ({ services, principal, params, body }) => {
    const lease = await services.leases.end(params['lease'] ?? '', services.scrub(body.reason), principal.id)
    services.bell.ring('incident')
    return lease
  },
}
