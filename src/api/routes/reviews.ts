import type { RouteHandlers } from './call.ts'

export const reviewRoutes: RouteHandlers<
  'review.open' | 'review.list' | 'review.show' | 'review.decide' | 'review.remind' | 'review.close'
> = {
  'review.open': ({ services, principal, body }) => services.reviews.open(body, principal.id),
  'review.list': ({ services, query }) => Promise.resolve(services.reviews.list(query)),
  'review.show': ({ services, principal, params, query }) =>
    Promise.resolve(services.reviews.show(params['review'] ?? '', query, principal.id)),
  'review.decide': ({ services, principal, params, body }) =>
    services.reviews.decide(params['review'] ?? '', { ...body, reason: services.scrub(body.reason) }, principal.id),
  'review.remind': async ({ services, principal, params }) => {
    const reminded = await services.reviews.remind(params['review'] ?? '', principal.id)
    services.bell.ring('incident')
    return reminded
  },
  'review.close': async ({ services, principal, params }) => {
    const closed = await services.reviews.close(params['review'] ?? '', principal.id)
    services.bell.ring('incident')
    return closed
  },
}
