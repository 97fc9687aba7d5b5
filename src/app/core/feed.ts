import type { AppendAck, AppendBatch, EventLog } from '#log'
import type { Bell } from '#kit'
import type { Command } from '#store'

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
