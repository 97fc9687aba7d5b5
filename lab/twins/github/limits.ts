import type { TwinCall, TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'
import { refusal } from './answers.ts'

export type Allowance = { core: number; audit: number; unsigned: number }
/** GitHub's, an hour: of an installation, of the audit log, and of an address nobody signs in from. */
export const allowanceDefault: Allowance = { core: 5_000, audit: 1_750, unsigned: 60 }
const windowMs = 3_600_000

/** Counted by credential, and said in every answer. Too much is a 403 here: GitHub says 429 as well. */
export function createLimits(clock: { nowMs(): number }, allowance: () => Allowance) {
  const count = countCalls(clock, windowMs)
  return (call: TwinCall): { headers: Record<string, string>; refused: TwinReply | undefined } => {
    if (call.id === 'rate-limit/get') return { headers: {}, refused: undefined }
    const who = call.headers.authorization ?? ''
    const bucket = who === '' ? 'unsigned' : call.id === 'orgs/get-audit-log' ? 'audit' : 'core'
    const max = allowance()[bucket]
    const { calls, untilMs } = count(`${bucket} ${who}`)
    const headers = {
      'x-ratelimit-limit': String(max),
      'x-ratelimit-remaining': String(Math.max(0, max - calls)),
      'x-ratelimit-reset': String(Math.ceil(untilMs / 1000)),
      'x-ratelimit-resource': bucket,
      date: new Date(clock.nowMs()).toUTCString(),
    }
    return {
      headers,
      refused: calls > max ? refusal(403, 'API rate limit exceeded for installation.') : undefined,
    }
  }
}
