import type { Page } from '#sources/contract'

import { IntakeError } from '../error.ts'
import { nextPlace } from './look.ts'
import type { Stored } from './object.ts'
import { isWanted, readObject, type Reading } from './reading.ts'
import type { Run } from './state.ts'

/** Of one prefix whose keys say nothing of time, in one look: 200,000 objects. */
const listPagesMax = 200
/** A look that finds nothing says so often where it stands. */
const listPagesUnsaid = 10
/** S3 notifies "typically in seconds but can sometimes take a minute or longer" (Amazon S3 User Guide, "Event Notifications"). */
const notifiedWithinMs = 10 * 60_000

/** One look below each prefix, on from where it stood. */
export async function* listAll(reading: Reading): AsyncGenerator<Page> {
  const { look, bucket } = reading
  const first = Math.max(0, bucket.prefixes.indexOf(look.state.run?.prefix ?? ''))
  for (const prefix of bucket.prefixes.slice(first)) yield* readPrefix(reading, prefix)
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
      if (isDue && place !== undefined && isLate(reading, run, object)) look.foundUntold(object)
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

/** With a queue: it should have told of it by now. */
const isLate = ({ look }: Reading, { asOfMs }: Run, { changedMs }: Stored): boolean =>
  look.state.queue !== undefined && changedMs > look.state.queue.sinceMs && changedMs < asOfMs - notifiedWithinMs
