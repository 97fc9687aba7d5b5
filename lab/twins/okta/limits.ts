import type { TwinCall, TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { refusal } from './answers.ts'

export type Allowance = { management: number; logs: number }
/** Calls per minute of the whole org, of the size of a small plan. */
export const allowanceDefault: Allowance = { management: 600, logs: 60 }
const windowMs = 60_000

/** Okta counts by the minute and for the whole org, and says in every answer what is left. */
export function createLimits(clock: { nowMs(): number }, allowance: () => Allowance) {
  const count = countCalls(clock, windowMs)
  return (call: TwinCall): { headers: Record<string, string>; refused: TwinReply | undefined } => {
    const bucket = call.url.pathname.startsWith('/api/v1/logs') ? 'logs' : 'management'
    const max = allowance()[bucket]
    const { calls, untilMs } = count(bucket)
    const headers = {
      'x-rate-limit-limit': String(max),
      'x-rate-limit-remaining': String(Math.max(0, max - calls)),
      'x-rate-limit-reset': String(Math.ceil(untilMs / 1000)),
      date: new Date(clock.nowMs()).toUTCString(),
    }
    return { headers, refused: calls > max ? refusal(429, 'E0000047') : undefined }
  }
}
