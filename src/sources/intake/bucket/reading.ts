import { createTurnstile, HttpError, type Clock } from '#kit'
import { VendorError, type Page, type StreamEvent } from '#sources/contract'

import { commonEventTime } from '../event-time.ts'
import { aheadReason, isAhead, parseRecord } from '../line.ts'
import type { RecordText } from '../records.ts'
import type { KnownRecords } from '../way.ts'
import { contentOf, objectLimits } from './content.ts'
import { placeholder, type Look } from './look.ts'
import { nameOf, shownKey, type Bucket, type Read, type Stored } from './object.ts'
import type { Store } from './store.ts'

export const bucketEveryMs = 60_000
/** Whole objects in memory at once, of all sources. */
const oneAtATime = createTurnstile(1)

export type Reading = { look: Look; store: Store; bucket: Bucket; clock: Clock; known: KnownRecords }

/** What may not be read waits for the permission, and holds nothing else up. */
export const waiting = ({ length, 0: first }: readonly Stored[]): VendorError =>
  new VendorError('ERR_VENDOR_SCOPE', `${length} objects may not be read, as \`${shownKey(first?.key ?? '')}\``, {
    hint: 'let the key read them: `cordon source role NAME` prints the least role; they are tried again each minute',
    retryable: true,
    retryAfterMs: bucketEveryMs,
  })

/** What was begun comes before all else: a younger object may sort before it. Then what could not be read before. */
export async function* readWaiting(reading: Reading): AsyncGenerator<Page> {
  const { part, held } = reading.look.state
  if (part !== null) yield* readObject(reading, part.object, true)
  for (const object of held) yield* readObject(reading, object, false)
}

/** Folders as some tools draw them, and empty objects, hold nothing. */
export const isWanted = ({ suffix }: Bucket, { key, size }: Stored): boolean =>
  size > 0 && !key.endsWith('/') && key.endsWith(suffix)

/** Gathers one object's records. False: it was written anew since it was listed, and comes again. */
export async function* readObject(
  reading: Reading,
  object: Stored,
  isAsListed: boolean,
): AsyncGenerator<Page, boolean> {
  const { look, store, bucket } = reading
  const leave = await oneAtATime()
  try {
    const content = await contentAt(store, object, bucket, isAsListed)
    if (content === 'changed') {
      look.state.part = null
      return false
    }
    if (content === 'denied') {
      if (look.hold(object)) return true
      yield look.page()
      throw waiting(look.state.held)
    }
    if ('lost' in content) {
      look.lose(object, content.lost)
      return true
    }
    const { part } = look.state
    let records = part !== null && nameOf(part.object) === nameOf(object) ? part.records : 0
    for (const record of content.slice(records)) {
      gather(reading, object, record)
      records++
      if (!look.isFull) continue
      look.state.part = { object, records }
      yield look.page()
    }
    look.done(object)
    return true
  } finally {
    leave()
  }
}

async function contentAt(
  store: Store,
  object: Stored,
  { lines }: Bucket,
  isAsListed: boolean,
): Promise<RecordText[] | Exclude<Read, Uint8Array>> {
  const tooLarge = { lost: `it is larger than ${objectLimits.bytesMax} bytes as stored` }
  if (object.size > objectLimits.bytesMax) return tooLarge
  const read = await store.read(object, { isAsListed }).catch((error: unknown): Read => {
    // Larger than it said, or compressed otherwise than it says: it comes the same next time.
    if (!(error instanceof HttpError)) throw error
    if (error.code === 'ERR_HTTP_SIZE') return tooLarge
    if (error.code === 'ERR_HTTP_SHAPE') return { lost: 'its gzip data is damaged' }
    throw error
  })
  return read instanceof Uint8Array ? contentOf(read, lines) : read
}

function gather({ look, bucket, clock, known }: Reading, object: Stored, { text, line, column }: RecordText): void {
  const refuse = (reason: string, at = { line, column }): void =>
    look.refuse(reason, `${shownKey(object.key)}, line ${at.line}, column ${at.column}`)
  if (text.length > objectLimits.lineUnitsMax) return refuse(`longer than ${objectLimits.lineUnitsMax} characters`)
  const native = `${bucket.bucket}/${nameOf(object)}#${line}:${column}`
  const take = (event: Omit<StreamEvent, 'raw'>): void => look.take({ ...event, raw: placeholder })
  if (bucket.lines === 'text') return take({ native, eventAtMs: null, text: JSON.stringify({ message: text }) })
  const value = parseRecord(text, objectLimits.depthMax)
  if ('fault' in value) {
    const { fault } = value
    return refuse(fault.reason, {
      line: line + fault.line - 1,
      column: fault.line === 1 ? column + fault.column - 1 : fault.column,
    })
  }
  const { record } = value
  const whole = { native: known.nativeOf?.(record), eventAtMs: commonEventTime(record), text }
  const kept = known.keep?.(record).map(({ raw, ...one }) => ({ ...one, text: JSON.stringify(raw) })) ?? [whole]
  for (const [n, one] of kept.entries()) {
    if (isAhead(one.eventAtMs, clock.nowMs())) refuse(aheadReason)
    else take({ ...one, native: one.native ?? (known.keep === undefined ? native : `${native}.${n}`) })
  }
}
