import { assert } from '#kit'

/** A word found: where it starts, and which one (its place in the list given). */
export type Hit = { start: number; word: number }

/** Shorter texts are not worth two runs. */
const twoRunsBytesMin = 256

/**
 * Finds any of many words in one pass (Aho-Corasick as a table, A-Z folded to a-z). Text is looked at as one byte per
 * UTF-16 unit, so a place in the bytes is a place in the string; a foreign letter can at worst look like an ASCII one,
 * and whoever acts on a hit looks at the string again.
 */
export class WordScanner {
  readonly #words: readonly string[]
  readonly #longest: number
  readonly #classOf = new Uint8Array(256)
  readonly #classes: number
  readonly #next: Int32Array
  /** Words that end in a state, by state number. */
  readonly #ends: (readonly number[] | undefined)[]
  /** States from here on end a word: one comparison in the hot loop. */
  readonly #firstEnd: number

  constructor(words: readonly string[]) {
    this.#words = words
    this.#longest = Math.max(...words.map((word) => word.length))
    assert(this.#longest * 2 <= twoRunsBytesMin, 'the second run has room to warm up')
    const alphabet = [...new Set(words.join(''))]
    this.#classes = alphabet.length + 1
    for (const [index, letter] of alphabet.entries()) {
      const code = letter.charCodeAt(0)
      assert(code < 128 && letter === letter.toLowerCase(), 'words are lower-case ASCII')
      this.#classOf[code] = index + 1
      if (code >= 97 && code <= 122) this.#classOf[code - 32] = index + 1
    }
    const trie: { to: Map<number, number>; fail: number; ends: number[] }[] = [{ to: new Map(), fail: 0, ends: [] }]
    const at = (state: number) => trie[state] ?? unknownState()
    for (const [index, word] of words.entries()) {
      let state = 0
      for (let i = 0; i < word.length; i++) {
        const letter = this.#classOf[word.charCodeAt(i)] ?? 0
        let to = at(state).to.get(letter)
        if (to === undefined) {
          to = trie.push({ to: new Map(), fail: 0, ends: [] }) - 1
          at(state).to.set(letter, to)
        }
        state = to
      }
      at(state).ends.push(index)
    }
    const queue = [...at(0).to.values()]
    for (let i = 0; i < queue.length; i++) {
      const state = queue[i] ?? 0
      for (const [letter, to] of at(state).to) {
        let fail = at(state).fail
        while (fail !== 0 && !at(fail).to.has(letter)) fail = at(fail).fail
        at(to).fail = at(fail).to.get(letter) ?? 0
        at(to).ends.push(...at(at(to).fail).ends)
        queue.push(to)
      }
    }
    const plain = [0, ...queue.filter((state) => at(state).ends.length === 0)]
    const order = [...plain, ...queue.filter((state) => at(state).ends.length > 0)]
    const place = new Map(order.map((state, index) => [state, index]))
    this.#firstEnd = plain.length * this.#classes
    this.#ends = order.map((state) => (at(state).ends.length > 0 ? at(state).ends : undefined))
    this.#next = new Int32Array(order.length * this.#classes)
    const row = (state: number): number => (place.get(state) ?? 0) * this.#classes
    // Breadth first: a state's missing letters are those of its fail state, which is done already.
    for (const state of [0, ...queue]) {
      for (let letter = 0; letter < this.#classes; letter++) {
        const to = at(state).to.get(letter)
        const fallback = state === 0 ? 0 : (this.#next[row(at(state).fail) + letter] ?? 0)
        this.#next[row(state) + letter] = to === undefined ? fallback : row(to)
      }
    }
  }

  /**
   * Calls `found` for every word, in order of their ends; stops when it returns true. Two runs, one in each half, go side
   * by side: each step waits for the table, and two waits cost hardly more than one.
   */
  scan(bytes: Uint8Array, length: number, found: (word: number, start: number) => boolean): void {
    if (length < twoRunsBytesMin) {
      this.#scanOne(bytes, 0, length, 0, found)
      return
    }
    const next = this.#next
    const classOf = this.#classOf
    const firstEnd = this.#firstEnd
    const middle = length >> 1
    // The second run warms up over one word's length, and does not tell what ends before the middle: the first run does.
    const lead = middle - this.#longest
    const later: number[] = []
    let left = 0
    let right = 0
    for (let i = lead; i < middle; i++) right = next[(right + classOf[bytes[i]!]!) | 0]!
    let isDone = false
    for (let i = 0; i < middle; i++) {
      left = next[(left + classOf[bytes[i]!]!) | 0]!
      right = next[(right + classOf[bytes[middle + i]!]!) | 0]!
      if (left >= firstEnd && this.#tell(left, i + 1, found)) {
        isDone = true
        break
      }
      if (right >= firstEnd) later.push(right, middle + i + 1)
    }
    if (isDone) return
    for (let i = 0; i < later.length; i += 2) if (this.#tell(later[i]!, later[i + 1]!, found)) return
    if (length % 2 === 1) this.#scanOne(bytes, length - 1, length, right, found)
  }

  #scanOne(
    bytes: Uint8Array,
    from: number,
    to: number,
    start: number,
    found: (word: number, start: number) => boolean,
  ): void {
    const next = this.#next
    const classOf = this.#classOf
    const firstEnd = this.#firstEnd
    let state = start
    for (let i = from; i < to; i++) {
      state = next[(state + classOf[bytes[i]!]!) | 0]!
      if (state >= firstEnd && this.#tell(state, i + 1, found)) return
    }
  }

  #tell(state: number, end: number, found: (word: number, start: number) => boolean): boolean {
    for (const word of this.#ends[state / this.#classes] ?? []) {
      if (found(word, end - (this.#words[word]?.length ?? 0))) return true
    }
    return false
  }
}

function unknownState(): never {
  throw new Error('assertion failed: a trie state exists')
}
