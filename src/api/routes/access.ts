import type { RouteHandlers } from './call.ts'

export const accessRoutes: RouteHandlers<'access.readers' | 'access.reach' | 'access.trim'> = {
  'access.readers': ({ services, query }) => services.access.readers(query),
  'access.reach': ({ services, query }) => services.access.reach(query),
  'access.trim': ({ services, query }) => services.access.trim(query),
}
