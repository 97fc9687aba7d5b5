import type { TwinReply } from '../kit/server.ts'

type Kind = 'web' | 'audit' | 'scim'
const windowMs = 60_000

/** Slack says nothing until its allowance is spent, and then for how long: 429 with `Retry-After`. */
export function createLimits(clock: { nowMs(): number }, perMinute: () => Record<Kind, number>) {
  const spent = new Map<Kind, { untilMs: number; calls: number }>()
  return (kind: Kind): TwinReply | undefined => {
    let window = spent.get(kind)
    if (window === undefined || window.untilMs <= clock.nowMs()) {
      window = { untilMs: clock.nowMs() + windowMs, calls: 0 }
      spent.set(kind, window)
    }
    window.calls++
    if (window.calls <= perMinute()[kind]) return undefined
    const seconds = Math.max(1, Math.ceil((window.untilMs - clock.nowMs()) / 1000))
    return { status: 429, headers: { 'retry-after': String(seconds) }, body: { ok: false, error: 'ratelimited' } }
  }
}
