import type { RouteHandlers } from './call.ts'

export const controlRoutes: RouteHandlers<'control.list' | 'control.show' | 'control.history'> = {
  'control.list': ({ services, query }) => services.controls.list(query),
  'control.show': ({ services, query }) => services.controls.show(query),
  'control.history': ({ services, query }) => Promise.resolve(services.controls.history(query)),
}
