import type { RouteHandlers } from './call.ts'

export const behaviourRoutes: RouteHandlers<'behaviour.list' | 'behaviour.show'> = {
  'behaviour.list': ({ services, query }) => services.behaviour.list(query),
  'behaviour.show': ({ services, query }) => services.behaviour.show(query),
}
