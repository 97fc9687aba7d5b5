import type { Page } from '#sources/contract'

import { readNotice } from './notice.ts'
import { hiddenSeconds, type Message, type Queue } from './queue.ts'
import { isWanted, readObject, type Reading } from './reading.ts'

/** Of one receive what is not begun by then is left: it shows itself again before it would be done. */
const begunWithinMs = (hiddenSeconds * 1000) / 2
/** Without a dead-letter queue, a message that nobody can read is deleted once it was given out so often. */
const receivedMax = 5

/**
 * Takes what the queue tells of until it is empty, or it is time to list. INVARIANT: a message is deleted only by the page
 * that has all its objects' records, once that is on disk.
 */
export async function* drain(reading: Reading, queue: Queue, isListingDue: () => boolean): AsyncGenerator<Page> {
  const { look, clock } = reading
  do {
    const messages = await queue.receive()
    if (messages.length === 0) return
    const untilMs = clock.monotonicMs() + begunWithinMs
    for (const message of messages) {
      if (clock.monotonicMs() >= untilMs) break
      yield* readOf(reading, message)
      if (look.isFull) yield look.page()
    }
    if (look.hasGathered) yield look.page()
  } while (!isListingDue())
}

async function* readOf(reading: Reading, message: Message): AsyncGenerator<Page> {
  const { look, bucket } = reading
  const notice = readNotice(message.body)
  if ('fault' in notice) return giveUp(reading, message, notice.fault)
  if (notice.objects.some((object) => object.in !== bucket.bucket)) {
    return giveUp(reading, message, 'it tells of another bucket')
  }
  for (const { in: _, ...object } of notice.objects) {
    const isOurs = bucket.prefixes.some((prefix) => object.key.startsWith(prefix)) && isWanted(bucket, object)
    if (!isOurs || look.isSeen(object)) continue
    // What is there now under that key has a message of its own, or is listed.
    if (!(yield* readObject(reading, object, true))) look.lose(object, 'it was written anew before it was read')
  }
  look.forget(message.receipt)
}

/** Left to the queue's own bound where it has one, which hands it to people. Its object is found by listing. */
function giveUp({ look }: Reading, { id, receipt, received }: Message, fault: string): void {
  const isDeadLetter = look.state.queue?.hasDeadLetters ?? true
  if (received === 1) {
    const then = isDeadLetter ? 'the dead-letter queue' : `deletion, at the ${receivedMax}th time`
    look.refuse(`a message of the queue: ${fault}; left to ${then}`, `message ${id}`)
  }
  if (isDeadLetter || received < receivedMax) return
  look.refuse(`a message of the queue was deleted: ${fault}`, `message ${id}`)
  look.forget(receipt)
}
