import type { RouteHandlers } from './call.ts'

export const vendorRoutes: RouteHandlers<
  | 'vendor.list'
  | 'vendor.show'
  | 'vendor.name'
  | 'vendor.claims'
  | 'vendor.claim'
  | 'vendor.withdraw'
  | 'vendor.pause'
  | 'vendor.resume'
> = {
  'vendor.list': ({ services, query }) => services.vendors.list(query),
  'vendor.show': ({ services, query }) => services.vendors.show(query),
  'vendor.name': ({ services, principal, body }) => {
    const owner = body.owner === undefined || body.owner === null ? {} : { owner: services.scrub(body.owner) }
    const name = body.name === undefined ? {} : { name: services.scrub(body.name) }
    return services.vendors.name({ ...body, ...owner, ...name }, principal.id)
  },
  'vendor.claims': ({ services, query }) => services.vendors.claims(query),
  'vendor.claim': ({ services, principal, body }) => {
    const told = { says: services.scrub(body.says), issuer: services.scrub(body.issuer) }
    return services.vendors.claim({ ...body, ...told }, principal.id)
  },
  'vendor.withdraw': async ({ services, principal, body }) => {
    await services.vendors.withdraw(body.claim, principal.id)
    return { ok: true as const }
  },
  'vendor.pause': async ({ services, principal, body }) => {
    const answer = await services.vendors.pause(body, principal.id)
    services.bell.ring('incident')
    return answer
  },
  'vendor.resume': async ({ services, principal, body }) => {
    const override = body.override === undefined ? {} : { override: services.scrub(body.override) }
    const answer = await services.vendors.resume({ ...body, ...override }, principal.id)
    services.bell.ring('incident')
    return answer
  },
}
