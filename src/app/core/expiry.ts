import type { Clock, Diagnose } from '#kit'
import type { TenantId } from '#model'
import { newestArrival, type EventLog } from '#log'
import type { Reader } from '#store'

const dayMs = 86_400_000
/** A clock further ahead than this of what was known and has passed since is not believed. */
export const clockLeapMaxMs = 7 * dayMs
const clockLeapt = {
  code: 'log.expire.clock-leapt',
  hint: 'the log deletes nothing: set the clock right, or start again if it is right and the machine was away',
}

export type Expiry = {
  run(): Promise<void>
  /** What keeps it from deleting, as the clock stands now. */
  warnings(): { code: string; hint: string }[]
}

/**
 * Daily retention. What it deletes is gone for good, so a clock that leapt ahead deletes nothing: time goes on from the
 * newest arrival in the log at start and from each pass, as the monotonic clock counts. A machine that was away for
 * longer goes on after a start with fresh events, no more than `daysPerExpiryMax` days of the log a pass.
 */
export function createExpiry(parts: {
  tenant: TenantId
  retentionDays: number
  clock: Clock
  diagnose: Diagnose
  reader: Reader
  log: Pick<EventLog, 'expire'>
}): Expiry {
  const { tenant, retentionDays, clock, diagnose, reader, log } = parts
  let known = { atMs: newestArrival(reader, tenant) ?? clock.nowMs(), monotonicMs: clock.monotonicMs() }
  const aheadMs = (): number => clock.nowMs() - (known.atMs + (clock.monotonicMs() - known.monotonicMs))
  return {
    async run() {
      const leaptMs = aheadMs()
      if (leaptMs > clockLeapMaxMs) {
        diagnose('warn', clockLeapt.code, { aheadDays: Math.floor(leaptMs / dayMs), hint: clockLeapt.hint })
        return
      }
      const nowMs = clock.nowMs()
      known = { atMs: nowMs, monotonicMs: clock.monotonicMs() }
      const before = new Date(nowMs - retentionDays * dayMs).toISOString().slice(0, 10)
      const { daysLeft } = await log.expire(tenant, before)
      if (daysLeft > 0) diagnose('info', 'log.expire.days-left', { daysLeft })
    },
    warnings: () => (aheadMs() > clockLeapMaxMs ? [clockLeapt] : []),
  }
}
