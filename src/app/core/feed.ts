import type { AppendAck, AppendBatch, EventLog } from '#log'
import type { Bell } from '#kit'

/** Appends a batch, then tells all who wait for news of the log. */
export type Feed = (batch: AppendBatch) => Promise<AppendAck>

export const createFeed =
  ({ log, bell }: { log: EventLog; bell: Bell }, estate: { wake(): void }): Feed =>
  async (batch) => {
    const ack = await log.append(batch)
    estate.wake()
    bell.ring('log')
    return ack
  }
