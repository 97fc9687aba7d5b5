import type { TwinCall, TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { refusal } from './answers.ts'

/** Resource units per ten seconds for one app in one tenant: the smallest tenant's, and the reports' own. */
export type Allowance = { directory: number; reports: number }
export const allowanceDefault: Allowance = { directory: 3_500, reports: 50 }
const windowMs = 10_000

/** Graph counts by app and tenant and says how long to wait; identity reports have an allowance of their own. */
export function createLimits(clock: { nowMs(): number }, allowance: () => Allowance) {
  const count = countCalls(clock, windowMs)
  return (call: TwinCall, app: string): TwinReply | undefined => {
    const bucket = /\/(auditLogs|reports)\//.test(call.url.pathname) ? 'reports' : 'directory'
    const { calls, secondsLeft } = count(`${app} ${bucket}`)
    if (calls <= allowance()[bucket]) return undefined
    return refusal(429, 'TooManyRequests', 'Too many requests', { 'retry-after': String(secondsLeft) })
  }
}
