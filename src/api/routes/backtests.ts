import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

const none = (what: string): ApiError =>
  new ApiError('ERR_API_NOT_FOUND', what, { hint: '`cordon rule backtest --since 30d` begins one' })

export const backtestRoutes: RouteHandlers<'backtest.start' | 'backtest.show' | 'backtest.stop'> = {
  'backtest.start': ({ services, body }) => Promise.resolve(services.backtests.start(body)),
  'backtest.show': ({ services }) => {
    const newest = services.backtests.show()
    if (newest === undefined) throw none('there was no backtest since Cordon started')
    return Promise.resolve(newest)
  },
  'backtest.stop': ({ services }) => {
    if (!services.backtests.stop()) throw none('no backtest runs')
    return Promise.resolve({ ok: true as const })
  },
}
