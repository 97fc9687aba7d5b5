import { fromBase64, sha256, toBase64 } from '#kit'
import type { StreamEvent } from '#sources/contract'

/** Ids of a feed's overlap that travel with its cursor; the oldest go first, and the log's own window catches those. */
export const seenMax = 8_192
/** The last ids read stay whatever their age: a vendor may hand out its last page twice. */
export const seenMin = 256
const entryBytes = 12

/** Which events (or objects) of the overlap are in the log: eight bytes of each id's hash, and its second. */
export class Seen {
  readonly #secondsById = new Map<string, number>()

  static read(text: string): Seen {
    const seen = new Seen()
    const bytes = fromBase64(text)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
      seen.#secondsById.set(toBase64(bytes.subarray(at, at + 8)), view.getUint32(at + 8))
    }
    return seen
  }

  /** The events not seen before, in their order; each is seen from now on. */
  takeFresh(events: readonly StreamEvent[], nowMs: number): StreamEvent[] {
    return events.filter(({ native, eventAtMs }) => {
      if (this.has(native)) return false
      this.add(native, eventAtMs ?? nowMs)
      return true
    })
  }

  has(native: string): boolean {
    return this.#secondsById.has(idOf(native))
  }

  add(native: string, atMs: number): void {
    this.#secondsById.set(idOf(native), Math.max(0, Math.floor(atMs / 1000)))
  }

  /** Forgets what is older, but for the last few read, and the oldest beyond the bound. */
  prune(fromMs: number): void {
    const fromS = Math.floor(fromMs / 1000)
    let older = this.#secondsById.size - seenMin
    for (const [id, second] of this.#secondsById) {
      if (older-- <= 0) break
      if (second < fromS) this.#secondsById.delete(id)
    }
    if (this.#secondsById.size <= seenMax) return
    const oldest = [...this.#secondsById].toSorted(([, a], [, b]) => a - b)
    for (const [id] of oldest.slice(0, oldest.length - seenMax)) this.#secondsById.delete(id)
  }

  toText(): string {
    const bytes = Buffer.alloc(this.#secondsById.size * entryBytes)
    let at = 0
    for (const [id, second] of this.#secondsById) {
      bytes.set(fromBase64(id), at)
      bytes.writeUInt32BE(second % 2 ** 32, at + 8)
      at += entryBytes
    }
    return toBase64(bytes)
  }
}

const idOf = (native: string): string => toBase64(sha256(native).subarray(0, 8))
