/** What was turned away since the start, by reason; the place is the last one's. */
export type Refused = { reason: string; count: number; place: string; atMs: number }

/** Reasons kept apart; the rest are counted together. */
const reasonsMax = 32
const others = 'other reasons'

/** What an intake has taken and turned away since this process began. Reasons are our own words, never the sender's. */
export class Tally {
  #lastEventAtMs: number | null = null
  readonly #refused = new Map<string, Refused>()

  get lastEventAtMs(): number | null {
    return this.#lastEventAtMs
  }

  noteEvent(atMs: number): void {
    this.#lastEventAtMs = atMs
  }

  noteRefused(reason: string, place: string, atMs: number, count = 1): void {
    const known = this.#refused.has(reason) || this.#refused.size < reasonsMax ? reason : others
    const before = this.#refused.get(known)?.count ?? 0
    this.#refused.set(known, { reason: known, count: before + count, place, atMs })
  }

  refused(): Refused[] {
    return [...this.#refused.values()]
  }
}
