import type { Clock } from '#kit'
import type { TenantId } from '#model'
import { command, handler, type Reader, type WriterModule, type Writer } from '#store'

/** Between two marks on disk, while anything is lent. */
const markEveryMs = 10_000

/** The time that leases are held against: never before this again, whatever the clock says. */
export const markTime = command<{ tenant: TenantId; atMs: number }, null>('lease.mark-time')

export const leasesWriter: WriterModule = {
  name: 'lease',
  migrations: ['CREATE TABLE lease_time (tenant TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;'],
  handlers: [
    handler(markTime, (tx, { tenant, atMs }) => {
      tx.run(
        `INSERT INTO lease_time VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)`,
        tenant,
        Math.floor(atMs),
      )
      return null
    }),
  ],
}

export type LeaseTime = {
  /** Ms UTC. INVARIANT: it never goes back, and goes on by the monotonic clock where the wall clock stands behind it. */
  nowMs(): number
  /** Keeps it, so that a start with a clock that was set back goes on from here. */
  mark(): Promise<void>
}

/**
 * The later of what the wall clock says and what it said at the most, with what passed since. A clock that is set back
 * prolongs nothing while core runs; while it is down, by the time it is down and the ten seconds between two marks at most.
 */
export function openLeaseTime(parts: { tenant: TenantId; clock: Clock; reader: Reader; writer: Writer }): LeaseTime {
  const { tenant, clock, reader, writer } = parts
  const kept = reader.get<{ at_ms: number }>('SELECT at_ms FROM lease_time WHERE tenant = ?', tenant)
  let latest = { atMs: Math.max(kept?.at_ms ?? 0, clock.nowMs()), monoMs: clock.monotonicMs() }
  let markedMs = -Infinity
  const nowMs = (): number => {
    const monoMs = clock.monotonicMs()
    latest = { atMs: Math.max(clock.nowMs(), latest.atMs + (monoMs - latest.monoMs)), monoMs }
    return latest.atMs
  }
  return {
    nowMs,
    async mark() {
      const atMs = nowMs()
      if (atMs - markedMs < markEveryMs) return
      await writer.submit(markTime({ tenant, atMs }))
      markedMs = atMs
    },
  }
}
