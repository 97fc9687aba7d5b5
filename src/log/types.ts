import type { LoggedEvent, RawEvent, SourceId, TenantId } from '#model'
import type { Command } from '#store'

/** One accepted batch: all of it is on disk, or none. `cursor` moves with it (the source's own bookmark, opaque). */
export type AppendBatch = {
  tenant: TenantId
  source: SourceId
  arrivedAtMs: number
  events: RawEvent[]
  cursor?: { stream: string; value: string }
}

/** `duplicates`: ids already seen in the dedupe window (same bytes: dropped; other bytes: kept, counted as `conflicts`). */
export type AppendAck = {
  firstOffset: number
  lastOffset: number
  appended: number
  duplicates: number
  conflicts: number
}

/**
 * Durable, append-only, one total order per tenant. `append` resolves after the batch is synced to disk. Throws
 * ERR_STORE_FULL, ERR_STORE_BUSY (retryable: nothing was kept).
 */
export interface EventLog {
  /** `also` is kept with the batch, or neither is. */
  append(batch: AppendBatch, also?: readonly Command<unknown>[]): Promise<AppendAck>
  /** Up to `max` events with offset > `after`, in order. Empty at the end, and where retention deleted the key. */
  read(tenant: TenantId, after: number, max: number): Promise<LoggedEvent[]>
  event(tenant: TenantId, offset: number): Promise<LoggedEvent | undefined>
  head(tenant: TenantId): number
  cursor(tenant: TenantId, source: SourceId, stream: string): string | null
  /** Deletes the keys of days before `beforeDay`, but those of held offsets, whose segments are copied under a fresh key first. */
  expire(tenant: TenantId, beforeDay: string): Promise<Expired>
}

/** `daysLeft`: due as well, and left for the next expiry. */
export type Expired = { days: number; daysLeft: number; segments: number; held: number }
