import { hash } from 'node:crypto'

import type { RawEvent } from '#model'

/** Per event: 64 bits that find the id, 64 bits that tell id and bytes together. */
export const idBytes = 16
/** Ids remembered at least; at most twice as many. A copy that comes later keeps its id and is a second record. */
export const idWindowMin = 500_000

/** Reused between calls; a longer record gets bytes of its own. */
const scratch = Buffer.alloc(64 * 1024)

/**
 * The dedupe marks of a batch, as W compares and stores them. The second half is a keyed hash, so a drop needs the very
 * same id and bytes, and the stored marks confirm no guess about an event's content to who lacks the key.
 */
export function idMarks(events: readonly RawEvent[], dedupeKey: string): Uint8Array {
  const marks = new Uint8Array(events.length * idBytes)
  const view = new DataView(marks.buffer)
  for (const [index, { id, boundTo, raw }] of events.entries()) {
    const at = index * idBytes
    let high = 0x811c9dc5
    let low = 0x9e3779b9
    for (let i = 0; i < id.length; i++) {
      const unit = id.charCodeAt(i)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul((low << 5) | (low >>> 27), 0x85ebca6b) ^ unit
    }
    view.setUint32(at, high)
    view.setUint32(at + 4, low)
    const digest = hashText(`${dedupeKey}${id.length}:${id}${boundTo ?? ''}\n`, raw)
    for (let i = 0; i < 8; i++) marks[at + 8 + i] = digest.charCodeAt(i)
  }
  return marks
}

/** SHA-256 of both texts in a row, one byte per character: twice as fast as through a hash object and a joined string. */
function hashText(head: string, body: string): string {
  if ((head.length + body.length) * 3 > scratch.length) return hash('sha256', head + body, 'binary')
  const headBytes = scratch.write(head)
  const bytes = headBytes + scratch.write(body, headBytes)
  return hash('sha256', scratch.subarray(0, bytes), 'binary')
}

export type Sighting = 'new' | 'duplicate' | 'conflict'
type Staged = { offset: number; key: number; words: [number, number, number, number] }

/**
 * The last ids of one tenant, in memory: two tables, the older one is forgotten when the younger is full. What a batch
 * adds stays *staged* until its transaction is on disk: there is no call on rollback, so `rewind`, before each batch,
 * forgets whatever the store does not know.
 */
export class IdWindow {
  #young: Table
  #old: Table | undefined
  readonly #idsPerTable: number
  readonly #staged = new Map<number, Staged>()
  #queue: Staged[] = []

  constructor(idsPerTable = idWindowMin) {
    this.#idsPerTable = idsPerTable
    this.#young = new Table(idsPerTable)
  }

  rewind(head: number): void {
    if ((this.#queue.at(-1)?.offset ?? 0) <= head) return
    this.#queue = this.#queue.filter((entry) => entry.offset <= head)
    this.#staged.clear()
    for (const entry of this.#queue) this.#staged.set(entry.key, entry)
  }

  sight(view: DataView, index: number): Sighting {
    const words = readWords(view, index)
    const staged = this.#staged.get(shortKey(words))
    if (staged !== undefined && staged.words[0] === words[0] && staged.words[1] === words[1]) {
      return staged.words[2] === words[2] && staged.words[3] === words[3] ? 'duplicate' : 'conflict'
    }
    const young = this.#young.sight(words)
    return young === 'new' && this.#old !== undefined ? this.#old.sight(words) : young
  }

  stage(view: DataView, index: number, offset: number): void {
    const words = readWords(view, index)
    const entry = { offset, key: shortKey(words), words }
    this.#staged.set(entry.key, entry)
    this.#queue.push(entry)
  }

  /** Everything up to `head` is on disk. */
  settle(head: number): void {
    let done = 0
    for (const entry of this.#queue) {
      if (entry.offset > head) break
      done++
      if (this.#staged.get(entry.key) === entry) this.#staged.delete(entry.key)
      this.#remember(entry.words)
    }
    this.#queue.splice(0, done)
  }

  load(marks: Uint8Array): void {
    const view = viewOf(marks)
    for (let index = 0; index < marks.length / idBytes; index++) this.#remember(readWords(view, index))
  }

  #remember(words: Staged['words']): void {
    if (this.#young.size >= this.#idsPerTable) {
      this.#old = this.#young
      this.#young = new Table(this.#idsPerTable)
    }
    this.#young.put(words)
  }
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function readWords(view: DataView, index: number): Staged['words'] {
  const at = index * idBytes
  // A slot whose first word is 0 is empty.
  return [view.getUint32(at) || 1, view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)]
}

const shortKey = (words: Staged['words']): number => words[0] * 0x100000 + (words[1] >>> 12)

/** Open addressing over flat words: 16 bytes an id, no object per entry. */
class Table {
  size = 0
  readonly #words: Uint32Array
  readonly #mask: number

  constructor(ids: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(ids, 4) * 1.6))
    this.#words = new Uint32Array(slots * 4)
    this.#mask = slots - 1
  }

  sight(words: Staged['words']): Sighting {
    const at = this.#find(words)
    if (this.#words[at] === 0) return 'new'
    return this.#words[at + 2] === words[2] && this.#words[at + 3] === words[3] ? 'duplicate' : 'conflict'
  }

  put(words: Staged['words']): void {
    const at = this.#find(words)
    if (this.#words[at] === 0) this.size++
    this.#words.set(words, at)
  }

  #find(words: Staged['words']): number {
    let slot = (words[0] ^ (words[1] >>> 3)) & this.#mask
    for (;;) {
      const at = slot * 4
      if (this.#words[at] === 0) return at
      if (this.#words[at] === words[0] && this.#words[at + 1] === words[1]) return at
      slot = (slot + 1) & this.#mask
    }
  }
}
