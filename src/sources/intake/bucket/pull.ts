import { createTurnstile, HttpError, type Clock } from '#kit'
import { VendorError, type OwnStream, type Page, type StreamEvent } from '#sources/contract'

import { commonEventTime } from '../event-time.ts'
import { IntakeError } from '../error.ts'
import { aheadReason, isAhead, parseRecord } from '../line.ts'
import type { RecordText } from '../records.ts'
import type { Configured, KnownRecords } from '../way.ts'
import { contentOf, objectLimits } from './content.ts'
import { Look, nextPlace, placeholder } from './look.ts'
import { nameOf, shownKey, type Bucket, type Read, type Stored } from './object.ts'
import { readState, type Run } from './state.ts'
import { openStore, type Store } from './store.ts'

const bucketEveryMs = 60_000
/** Of one prefix whose keys say nothing of time, in one look: 200,000 objects. */
const listPagesMax = 200
/** A look that finds nothing says so often where it stands. */
const listPagesUnsaid = 10
/** Whole objects in memory at once, of all sources. */
const oneAtATime = createTurnstile(1)

type Reading = { look: Look; store: Store; bucket: Bucket; clock: Clock; known: KnownRecords }

/** Takes objects as they are dropped, each once, by listing keys: no message has to arrive for it. */
export const bucketStream = (name: string, known: KnownRecords): OwnStream<Configured> => ({
  name,
  kind: 'feed',
  delayMs: { typical: 5 * 60_000, worst: 3_600_000 },
  everyMs: bucketEveryMs,
  requestsPerRun: 1,
  async *pull(context, cursor) {
    const { config, clock } = context
    if (config.intake?.kind !== 'bucket') return
    const bucket = config.intake
    const look = new Look(readState(cursor, bucket.prefixes), clock)
    const reading: Reading = { look, store: openStore(bucket, context), bucket, clock, known }
    yield* readWaiting(reading)
    const first = Math.max(0, bucket.prefixes.indexOf(look.state.run?.prefix ?? ''))
    for (const prefix of bucket.prefixes.slice(first)) yield* readPrefix(reading, prefix)
    if (look.isNews) yield look.page()
    if (look.state.held.length > 0) throw waiting(look.state.held)
  },
})

/** What may not be read waits for the permission, and holds nothing else up. */
const waiting = ({ length, 0: first }: readonly Stored[]): VendorError =>
  new VendorError('ERR_VENDOR_SCOPE', `${length} objects may not be read, as \`${shownKey(first?.key ?? '')}\``, {
    hint: 'let the key read them: `cordon source role NAME` prints the least role; they are tried again each minute',
    retryable: true,
    retryAfterMs: bucketEveryMs,
  })

/** What was begun comes before all else: a younger object may sort before it. Then what could not be read before. */
async function* readWaiting(reading: Reading): AsyncGenerator<Page> {
  const { part, held } = reading.look.state
  if (part !== null) yield* readObject(reading, part.object, true)
  for (const object of held) yield* readObject(reading, object, false)
}

/** One look below one prefix, on from where it stood. */
async function* readPrefix(reading: Reading, prefix: string): AsyncGenerator<Page> {
  const { look, store, bucket, clock } = reading
  const { state } = look
  const place = state.places[prefix]
  const isSorted = bucket.keys === 'sorted'
  const after = isSorted ? (place?.after ?? '') : ''
  let run = state.run?.prefix === prefix ? state.run : undefined
  for (let pages = 1; ; pages++) {
    const listing = await store.list(prefix, run?.at ?? after)
    // Neither clock may run ahead: what it would call old has not been yet.
    run ??= { prefix, at: after, lead: after, asOfMs: Math.min(listing.nowMs ?? Infinity, clock.nowMs()) }
    state.run = run
    const sinceMs = place?.sinceMs ?? run.asOfMs - bucket.firstHours * 3_600_000
    for (const object of listing.objects) {
      const isDue = object.changedMs >= sinceMs && isWanted(bucket, object) && !look.isSeen(object)
      const isTaken = !isDue || (yield* readObject(reading, object, true))
      advance(run, object, isSorted && isTaken)
      if (look.isFull) yield look.page()
    }
    if (!listing.isMore || listing.objects.length === 0) break
    if (pages % listPagesUnsaid === 0) {
      look.isNews = true
      yield look.page()
    }
    if (!isSorted && pages >= listPagesMax) throw tooMany(prefix)
  }
  look.finish(prefix, nextPlace(run))
}

/** Folders as some tools draw them, and empty objects, hold nothing. */
const isWanted = ({ suffix }: Bucket, { key, size }: Stored): boolean =>
  size > 0 && !key.endsWith('/') && key.endsWith(suffix)

/** In the order of keys. Old ones are left behind for good as long as none among them is not taken yet. */
function advance(run: Run, { key, changedMs }: Stored, mayLead: boolean): void {
  const isLeading = run.lead === run.at
  run.at = key
  if (isLeading && mayLead && changedMs < nextPlace(run).sinceMs) run.lead = key
}

/** The next look goes on there, so that all is read in the end. */
const tooMany = (prefix: string): IntakeError =>
  new IntakeError('ERR_INTAKE_TOO_MANY', `more than ${listPagesMax * 1000} objects lie below \`${prefix}\``, {
    hint: 'let the bucket delete old ones, or set `intake.keys=sorted` where keys sort by the time they are written',
    place: 'config: intake.prefixes',
    retryable: true,
  })

/** Gathers one object's records. False: it was written anew since it was listed, and comes again. */
async function* readObject(reading: Reading, object: Stored, isAsListed: boolean): AsyncGenerator<Page, boolean> {
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
  const eventAtMs = commonEventTime(record)
  if (isAhead(eventAtMs, clock.nowMs())) return refuse(aheadReason)
  take({ native: known.nativeOf?.(record) ?? native, eventAtMs, text })
}
