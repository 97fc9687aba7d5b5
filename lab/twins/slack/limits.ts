import type { TwinReply } from '../kit/server.ts'
import { countCalls } from '../kit/windows.ts'

type Kind = 'web' | 'audit' | 'scim'
const windowMs = 60_000

/** Slack says nothing until its allowance is spent, and then for how long: 429 with `Retry-After`. */
export function createLimits(clock: { nowMs(): number }, perMinute: () => Record<Kind, number>) {
  const count = countCalls(clock, windowMs)
  return (kind: Kind): TwinReply | undefined => {
    const { calls, secondsLeft } = count(kind)
    if (calls <= perMinute()[kind]) return undefined
    return { status: 429, headers: { 'retry-after': String(secondsLeft) }, body: { ok: false, error: 'ratelimited' } }
  }
}
