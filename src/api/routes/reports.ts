import type { RouteHandlers } from './call.ts'

export const reportRoutes: RouteHandlers<'report.make' | 'answer.make'> = {
  'report.make': ({ services, query }) => services.reports.report(query),
  'answer.make': ({ services, query }) => services.reports.answer(query),
}
