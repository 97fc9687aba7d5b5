import type { Clock } from '#kit'
import type { Budget } from '#sources/contract'

/** Live pulls go first; what reads history takes at most this share of a budget. */
export const backfillShare = 0.25
export type Lane = 'live' | 'backfill'

/** Everything that waits on a vendor's allowance, across sources: one per process. */
export type Budgets = {
  /** Resolves when the pace allows a call. `realm`: what the budget is counted for (the authority, or the source). */
  take(realm: string, budget: Budget, lane: Lane, signal?: AbortSignal): Promise<void>
  /** The vendor said stop: nothing of this budget goes out before. */
  pause(realm: string, budget: string, ms: number): void
  /** How long the vendor's word still stands; 0 when calls may go out. */
  pausedMs(realm: string, budget: string): number
}

/** GCRA: `tatMs` is when a call would be due if all before had kept the pace. */
type Bucket = { tatMs: number; pausedUntilMs: number }

export function createBudgets(clock: Clock): Budgets {
  const buckets = new Map<string, Bucket>()
  const bucketOf = (key: string): Bucket => {
    let bucket = buckets.get(key)
    if (bucket === undefined) buckets.set(key, (bucket = { tatMs: 0, pausedUntilMs: 0 }))
    return bucket
  }
  const reserve = (bucket: Bucket, perMinute: number, burst: number): number => {
    const everyMs = 60_000 / perMinute
    const now = clock.monotonicMs()
    const start = Math.max(now, bucket.tatMs - (burst - 1) * everyMs)
    bucket.tatMs = Math.max(bucket.tatMs, start) + everyMs
    return start - now
  }
  const waitFor = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms > 0) await clock.sleep(Math.ceil(ms), signal)
    signal?.throwIfAborted()
  }
  return {
    async take(realm, { name, perMinute, burst }, lane, signal) {
      if (lane === 'backfill') {
        await waitFor(reserve(bucketOf(`${realm} ${name} backfill`), perMinute * backfillShare, 1), signal)
      }
      const burstMax = burst ?? Math.max(1, Math.floor(perMinute / 6))
      await waitFor(reserve(bucketOf(`${realm} ${name}`), perMinute, burstMax), signal)
    },
    pause(realm, budget, ms) {
      const bucket = bucketOf(`${realm} ${budget}`)
      bucket.pausedUntilMs = Math.max(bucket.pausedUntilMs, clock.monotonicMs() + ms)
    },
    pausedMs: (realm, budget) =>
      Math.max(0, Math.ceil(bucketOf(`${realm} ${budget}`).pausedUntilMs - clock.monotonicMs())),
  }
}
