import type { AppendAck, AppendBatch, EventLog } from '#log'
import type { Bell, Clock } from '#kit'
import { noteDelivery } from '#sources'
import type { Command } from '#store'

/** A stream that brings thousands of batches a minute is noted once in it: sight counts in quarters of an hour. */
const noteEveryMs = 60_000

/** Appends a batch, with what must be kept beside it, then tells all who wait for news of the log. */
export type Feed = (batch: AppendBatch, also?: readonly Command<unknown>[]) => Promise<AppendAck>

export const createFeed =
  ({ log, bell }: { log: EventLog; bell: Bell }, estate: { wake(): void }): Feed =>
  async (batch, also) => {
    const ack = await log.append(batch, also)
    estate.wake()
    bell.ring('log')
    return ack
  }

/** For what is pushed to us: that it came is kept with it, or neither is. */
export function pushedFeed(feed: Feed, clock: Pick<Clock, 'monotonicMs'>): Feed {
  const notedAtMs = new Map<string, number>()
  return async (batch, also = []) => {
    const { tenant, source, arrivedAtMs: atMs } = batch
    const nowMs = clock.monotonicMs()
    const keyOf = (stream: string): string => `${tenant} ${source} ${stream}`
    const streams = [...new Set(batch.events.map(({ stream }) => stream))].filter(
      (stream) => nowMs - (notedAtMs.get(keyOf(stream)) ?? -Infinity) >= noteEveryMs,
    )
    if (streams.length === 0) return feed(batch, also)
    const ack = await feed(batch, [...also, noteDelivery({ tenant, source, streams, atMs })])
    for (const stream of streams) notedAtMs.set(keyOf(stream), nowMs)
    return ack
  }
}
