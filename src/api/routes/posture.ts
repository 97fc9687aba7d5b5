import type { RouteHandlers } from './call.ts'

export const postureRoutes: RouteHandlers<'posture.list' | 'posture.show' | 'posture.kinds'> = {
  'posture.list': ({ services, query }) => services.posture.list(query),
  'posture.show': ({ services, params }) => services.posture.show(params['finding'] ?? ''),
  'posture.kinds': ({ services }) => services.posture.kinds(),
}
