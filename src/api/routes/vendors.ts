import type { RouteHandlers } from './call.ts'

export const vendorRoutes: RouteHandlers<'vendor.list' | 'vendor.show' | 'vendor.name'> = {
  'vendor.list': ({ services, query }) => services.vendors.list(query),
  'vendor.show': ({ services, query }) => services.vendors.show(query),
  'vendor.name': ({ services, principal, body }) => {
    const owner = body.owner === undefined || body.owner === null ? {} : { owner: services.scrub(body.owner) }
    const name = body.name === undefined ? {} : { name: services.scrub(body.name) }
    return services.vendors.name({ ...body, ...owner, ...name }, principal.id)
  },
}
