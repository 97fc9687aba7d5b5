import type { Clock, JsonObject } from '#kit'
import type { Gap, Page, Refusal, StreamEvent } from '#sources/contract'

import { Seen } from '../../pull/seen.ts'
import { nameOf, shownKey, type Stored } from './object.ts'
import type { Place, Run, State } from './state.ts'

/** An object may appear so late behind younger ones and still be read: S3 dates an upload in parts by its beginning. */
const overlapMs = 3_600_000
const packedMs = 3_600_000
const pageRecords = 500
const pageBytes = 4 * 1024 * 1024
const pageObjects = 100
const heldMax = 64
/** A page waits no longer for more: what was fetched for it is fetched again if the process dies. */
const pageMs = 30_000

/** What one look gathers until it is committed, with where it stands by then. */
export class Look {
  readonly state: State
  readonly #seen: Seen
  readonly #clock: Clock
  #events: StreamEvent[] = []
  #refused: Refusal[] = []
  #gaps: Gap[] = []
  #bytes = 0
  #objects = 0
  #sinceMs: number
  /** Of messages all that they tell of is gathered, by their receipts. */
  #receipts: string[] = []
  /** What the queue did not tell of in time, by when it was written. */
  #untold: number[] = []
  readonly #forget: ((receipts: readonly string[]) => Promise<void>) | undefined
  /** Nothing is written of a look that found nothing. */
  isNews = false

  /** `forget`: tells the queue, where there is one, which messages are done with. */
  constructor(state: State, clock: Clock, forget?: (receipts: readonly string[]) => Promise<void>) {
    this.state = state
    this.#seen = Seen.read(state.seen)
    this.#clock = clock
    this.#forget = forget
    this.#sinceMs = clock.monotonicMs()
  }

  isSeen(object: Stored): boolean {
    return this.#seen.has(nameOf(object))
  }

  take(event: StreamEvent): void {
    this.#events.push(event)
    this.#bytes += event.text?.length ?? 0
  }

  refuse(reason: string, place: string): void {
    this.#refused.push({ reason, place })
  }

  /** Read to its end, or as far as it can ever be. */
  done(object: Stored): void {
    const { state } = this
    const name = nameOf(object)
    // A message may be given out again long after: what a queue told of is known by when it was read.
    this.#seen.add(name, this.#forget === undefined ? object.changedMs : this.#clock.nowMs())
    state.part = null
    state.held = state.held.filter((held) => nameOf(held) !== name)
    this.#objects++
    this.isNews = true
  }

  /** Nobody knows since when what it held happened: an hour is what most vendors pack at most. */
  lose(object: Stored, reason: string): void {
    this.refuse(`an object: ${reason}`, shownKey(object.key))
    const toMs = Math.min(object.changedMs, this.#clock.nowMs())
    this.#gaps.push({ fromMs: toMs - packedMs, toMs, reason: 'object-lost', recovered: false })
    this.done(object)
  }

  /** Its message is forgotten once all this is on disk. */
  forget(receipt: string): void {
    this.#receipts.push(receipt)
    this.isNews = true
  }

  /** Found by listing, long after the queue should have told of it. */
  foundUntold({ changedMs }: Stored): void {
    this.#untold.push(changedMs)
  }

  /** It may not be read now: asked for again in each look. False: too many wait already. */
  hold(object: Stored): boolean {
    const { held } = this.state
    if (held.some((known) => nameOf(known) === nameOf(object))) return true
    if (held.length >= heldMax) return false
    this.done(object)
    this.state.held.push(object)
    return true
  }

  get hasGathered(): boolean {
    return this.#objects + this.#events.length + this.#refused.length + this.#receipts.length > 0
  }

  get isFull(): boolean {
    return (
      this.#events.length + this.#refused.length >= pageRecords ||
      this.#bytes >= pageBytes ||
      this.#objects >= pageObjects ||
      (this.isNews && this.#clock.monotonicMs() - this.#sinceMs >= pageMs)
    )
  }

  finish(prefix: string, place: Place): void {
    if (place.after !== (this.state.places[prefix]?.after ?? '')) this.isNews = true
    this.state.places[prefix] = place
    this.state.run = null
  }

  /** All that was gathered, to be committed now. */
  page(): Page {
    const { places, run } = this.state
    const neededMs = [...Object.values(places), ...(run === null ? [] : [nextPlace(run)])].map(({ sinceMs }) => sinceMs)
    if (neededMs.length > 0) this.#seen.prune(Math.min(...neededMs))
    this.state.seen = this.#seen.toText()
    if (this.#untold.length > 0) {
      const [fromMs, toMs] = [Math.min(...this.#untold), this.#clock.nowMs()]
      this.#gaps.push({ fromMs, toMs, reason: 'not-notified', recovered: true })
    }
    const page: Page = { events: this.#events, refused: this.#refused, cursor: JSON.stringify(this.state) }
    if (this.#gaps.length > 0) page.gaps = this.#gaps
    const receipts = this.#receipts
    if (receipts.length > 0) page.committed = async () => this.#forget?.(receipts)
    this.#events = []
    this.#refused = []
    this.#gaps = []
    this.#receipts = []
    this.#untold = []
    this.#bytes = 0
    this.#objects = 0
    this.#sinceMs = this.#clock.monotonicMs()
    return page
  }
}

/** What a look leaves for the next one. */
export const nextPlace = ({ lead, asOfMs }: Run): Place => ({ after: lead, sinceMs: asOfMs - overlapMs })

/** The text of an event says it all. */
export const placeholder: JsonObject = {}
