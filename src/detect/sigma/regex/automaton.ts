import { has, newline, wordChars } from './charset.ts'
import { alphabetOf, assertions, classOf, ops, type Alphabet, type Program } from './program.ts'

/** Cached states of one automaton; when it is full the cache starts anew, so memory and time stay bounded. */
const cachedStatesMax = 2000
const cachedMembersMax = 400_000

const unknown = -1
const matched = -2
const dead = -3

/** What lies beside a position, as far as an assertion can ask. */
const beside = { edge: 0, newline: 1, word: 2, other: 3 } as const
type Beside = (typeof beside)[keyof typeof beside]

/**
 * Runs a program over a text, making deterministic states as they are met (a lazy DFA). No step ever goes back in the
 * text: the time is at most characters × states, whatever the text.
 */
export class Automaton {
  private readonly program: Program
  private readonly alphabet: Alphabet
  /** Whether set `s` has class `c`: `inSet[s * classes + c]`. */
  private readonly inSet: Uint8Array
  private readonly classBeside: Beside[]
  private readonly seen: Uint32Array
  private mark = 0
  private members: Uint16Array[] = []
  private before: Beside[] = []
  private next: Int32Array[] = []
  private ids = new Map<string, number>()
  private membersHeld = 0

  constructor(program: Program) {
    this.program = program
    this.alphabet = alphabetOf(program)
    const { size, first } = this.alphabet
    this.inSet = new Uint8Array(program.sets.length * size)
    program.sets.forEach((set, s) => first.forEach((char, c) => (this.inSet[s * size + c] = has(set, char) ? 1 : 0)))
    this.classBeside = first.map((char) =>
      program.usesLines && has(newline, char)
        ? beside.newline
        : program.usesWords && has(wordChars, char)
          ? beside.word
          : beside.other,
    )
    this.seen = new Uint32Array(program.op.length)
  }

  test(text: string): boolean {
    const { ascii } = this.alphabet
    let state = this.intern(new Uint16Array([this.program.start]), beside.edge)
    for (let i = 0; i < text.length; i++) {
      let char = text.charCodeAt(i)
      let symbol: number
      if (char < 128) symbol = ascii[char] ?? 0
      else {
        if (char >= 0xd800 && char < 0xdc00) {
          char = text.codePointAt(i) ?? char
          if (char > 0xffff) i++
        }
        symbol = classOf(this.alphabet, char)
      }
      let to = this.next[state]?.[symbol] ?? unknown
      if (to === unknown) to = this.step(state, symbol)
      if (to < 0) return to === matched
      state = to
    }
    return this.closeOver(state, beside.edge) === undefined
  }

  private step(state: number, symbol: number): number {
    const row = this.next[state]
    const to = this.target(state, symbol)
    // The cache may have started anew meanwhile: then this row is gone with the rest.
    if (row !== undefined && this.next[state] === row) row[symbol] = to
    return to
  }

  private target(state: number, symbol: number): number {
    const after = this.classBeside[symbol] ?? beside.other
    const open = this.closeOver(state, after)
    if (open === undefined) return matched
    const { op, a, b, start, anchored } = this.program
    const { size } = this.alphabet
    const core = new Set<number>()
    for (const at of open) {
      if (op[at] === ops.set && this.inSet[(b[at] ?? 0) * size + symbol] === 1) core.add(a[at] ?? 0)
    }
    if (!anchored) core.add(start)
    if (core.size === 0) return dead
    return this.intern(Uint16Array.from(core).sort(), after)
  }

  /** All states reachable without a character; undefined when the end of the program is among them. */
  private closeOver(state: number, after: Beside): number[] | undefined {
    const { op, a, b } = this.program
    const before = this.before[state] ?? beside.edge
    const mark = ++this.mark
    const open: number[] = []
    const stack = [...(this.members[state] ?? [])]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.seen[at] === mark) continue
      this.seen[at] = mark
      if (op[at] === ops.match) return undefined
      if (op[at] === ops.set) open.push(at)
      else if (op[at] === ops.split) stack.push(b[at] ?? 0, a[at] ?? 0)
      else if (holds(b[at] ?? 0, before, after)) stack.push(a[at] ?? 0)
    }
    return open
  }

  private intern(members: Uint16Array, before: Beside): number {
    const key = `${before}:${members.join()}`
    const known = this.ids.get(key)
    if (known !== undefined) return known
    if (this.next.length >= cachedStatesMax || this.membersHeld + members.length > cachedMembersMax) {
      this.members = []
      this.before = []
      this.next = []
      this.ids = new Map()
      this.membersHeld = 0
    }
    this.membersHeld += members.length
    this.ids.set(key, this.next.length)
    this.members.push(members)
    this.before.push(before)
    return this.next.push(new Int32Array(this.alphabet.size).fill(unknown)) - 1
  }
}

function holds(what: number, before: Beside, after: Beside): boolean {
  const isEdge = (before === beside.word) !== (after === beside.word)
  switch (assertions[what]) {
    case 'textStart':
      return before === beside.edge
    case 'textEnd':
      return after === beside.edge
    case 'lineStart':
      return before === beside.edge || before === beside.newline
    case 'lineEnd':
      return after === beside.edge || after === beside.newline
    case 'wordEdge':
      return isEdge
    case 'noWordEdge':
    case undefined:
    default:
      return !isEdge
  }
}
