/** What was turned away since the start, by reason; the place is the last one's. Reasons are our own words. */
export type Refused = { reason: string; count: number; place: string; atMs: number }

/** Reasons kept apart; the rest are counted together. */
const reasonsMax = 32
const others = 'other reasons'
const placeCharsMax = 200

export function withRefused(all: readonly Refused[], reason: string, place: string, atMs: number): Refused[] {
  const name = all.length < reasonsMax || all.some((one) => one.reason === reason) ? reason : others
  const count = (all.find((one) => one.reason === name)?.count ?? 0) + 1
  const said = { reason: name, count, place: place.slice(0, placeCharsMax), atMs }
  return [...all.filter((one) => one.reason !== name), said]
}

/** What an intake has taken and turned away since this process began. */
export class Tally {
  #lastEventAtMs: number | null = null
  #refused: Refused[] = []
  /** Why nothing can arrive at all. */
  fault: string | null = null

  get lastEventAtMs(): number | null {
    return this.#lastEventAtMs
  }

  noteEvent(atMs: number): void {
    this.#lastEventAtMs = atMs
  }

  noteRefused(reason: string, place: string, atMs: number): void {
    this.#refused = withRefused(this.#refused, reason, place, atMs)
  }

  refused(): Refused[] {
    return this.#refused
  }
}
