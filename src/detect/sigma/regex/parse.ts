import { SigmaError } from '../errors.ts'
import { anyChar, closeOverCase, complement, digits, newline, spaces, union, wordChars } from './charset.ts'
import type { CharSet, RegexFlags, Syntax } from './syntax.ts'

const repeatMax = 2000
const groupDepthMax = 200

const escapes: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: complement(digits),
  w: wordChars,
  W: complement(wordChars),
  s: spaces,
  S: complement(spaces),
}
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27, 0: 0 }
const posixClasses: Readonly<Record<string, CharSet>> = {
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  digit: digits,
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  upper: [0x41, 0x5a],
  lower: [0x61, 0x7a],
  space: [0x09, 0x0d, 0x20, 0x20],
  blank: [0x09, 0x09, 0x20, 0x20],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
  word: wordChars,
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  print: [0x20, 0x7e],
  graph: [0x21, 0x7e],
}

/**
 * Reads the part of PCRE that an automaton can run in time linear in the text. The rest is refused by name:
 * back-references, look-around, atomic groups, possessive quantifiers, recursion, conditionals.
 */
export function parseRegex(source: string, flags: RegexFlags): Syntax {
  return new Parser(source, flags).whole()
}

class Parser {
  private at = 0
  private depth = 0
  private flags: RegexFlags
  private readonly source: string

  constructor(source: string, flags: RegexFlags) {
    this.source = source
    this.flags = { ...flags }
  }

  whole(): Syntax {
    const syntax = this.alternatives()
    if (this.at < this.source.length) throw this.fault('a `)` closes nothing')
    return syntax
  }

  private alternatives(): Syntax {
    const before = { ...this.flags }
    const of = [this.sequence()]
    while (this.take('|')) of.push(this.sequence())
    // An inline flag holds to the end of its group.
    this.flags = before
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of }
  }

  private sequence(): Syntax {
    const of: Syntax[] = []
    while (this.at < this.source.length && this.peek() !== '|' && this.peek() !== ')') {
      const atom = this.atom()
      if (atom !== undefined) of.push(this.quantified(atom))
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of }
  }

  /** Undefined for an inline flag, which matches nothing by itself. */
  private atom(): Syntax | undefined {
    const char = this.next()
    if (char === '(') return this.group()
    if (char === '[') return this.set(this.charClass())
    if (char === '.') return { kind: 'set', chars: this.flags.dotAll ? anyChar : complement(newline) }
    if (char === '^') return { kind: 'assert', what: this.flags.multiline ? 'lineStart' : 'textStart' }
    if (char === '$') return { kind: 'assert', what: this.flags.multiline ? 'lineEnd' : 'textEnd' }
    if (char === '\\') return this.escape()
    if (char === '*' || char === '+' || char === '?') throw this.fault(`\`${char}\` has nothing to repeat`)
    return this.literal(char)
  }

  private set(chars: CharSet): Syntax {
    return { kind: 'set', chars }
  }

  private literal(char: string): Syntax {
    const code = char.codePointAt(0) ?? 0
    return this.set(this.flags.ignoreCase ? closeOverCase([code, code]) : [code, code])
  }

  private group(): Syntax | undefined {
    if (++this.depth > groupDepthMax) throw this.fault(`groups nest deeper than ${groupDepthMax}`)
    if (this.take('?')) {
      if (this.take('#')) {
        while (this.at < this.source.length && !this.take(')')) this.at++
        this.depth--
        return undefined
      }
      if (this.looksAt('=') || this.looksAt('!')) throw this.unsafe('look-ahead')
      if (this.looksAt('<=') || this.looksAt('<!')) throw this.unsafe('look-behind')
      if (this.looksAt('>')) throw this.unsafe('an atomic group')
      if (this.looksAt('(')) throw this.unsafe('a conditional')
      if (/^(?:R|\d|&|P>|P=|\|)/.test(this.source.slice(this.at, this.at + 2))) throw this.unsafe('recursion')
      const named = /^(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(this.source.slice(this.at, this.at + 80))
      if (named !== null) this.at += named[0].length
      else if (!this.take(':')) return this.inlineFlags()
    } else if (this.take('*')) throw this.unsafe('a backtracking verb')
    return this.inGroup()
  }

  private inGroup(): Syntax {
    const inside = this.alternatives()
    if (!this.take(')')) throw this.fault('a `(` is not closed')
    this.depth--
    return inside
  }

  private inlineFlags(): Syntax | undefined {
    const found = /^([ims]*)(?:-([ims]+))?([:)])/.exec(this.source.slice(this.at, this.at + 12))
    if (found === null) throw this.fault(`\`(?${this.source.slice(this.at, this.at + 2)}\` is not supported`)
    const [whole, on = '', off = '', end] = found
    this.at += whole.length
    const before = this.flags
    this.flags = {
      ignoreCase: (before.ignoreCase || on.includes('i')) && !off.includes('i'),
      multiline: (before.multiline || on.includes('m')) && !off.includes('m'),
      dotAll: (before.dotAll || on.includes('s')) && !off.includes('s'),
    }
    if (end === ')') {
      this.depth--
      return undefined
    }
    const inside = this.inGroup()
    this.flags = before
    return inside
  }

  private quantified(atom: Syntax): Syntax {
    for (;;) {
      const bounds = this.quantifier()
      if (bounds === undefined) return atom
      const [min, max] = bounds
      if (max < min) throw this.fault('a quantifier runs backwards')
      if (min > repeatMax || (max !== Infinity && max > repeatMax))
        throw this.fault(`a quantifier repeats more than ${repeatMax} times`)
      if (this.take('+')) throw this.unsafe('a possessive quantifier')
      // Whether a match exists does not depend on greed.
      this.take('?')
      atom = { kind: 'repeat', of: atom, min, max }
    }
  }

  private quantifier(): [number, number] | undefined {
    if (this.take('*')) return [0, Infinity]
    if (this.take('+')) return [1, Infinity]
    if (this.take('?')) return [0, 1]
    const found = /^\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/.exec(this.source.slice(this.at, this.at + 16))
    if (found === null) return undefined
    const [whole, min = '', comma, max] = found
    this.at += whole.length
    return [Number(min), max === undefined ? (comma === undefined ? Number(min) : Infinity) : Number(max)]
  }

  private escape(): Syntax {
    const char = this.next()
    const set = escapes[char]
    if (set !== undefined) return this.set(set)
    if (char === 'b') return { kind: 'assert', what: 'wordEdge' }
    if (char === 'B') return { kind: 'assert', what: 'noWordEdge' }
    if (char === 'A') return { kind: 'assert', what: 'textStart' }
    if (char === 'z' || char === 'Z') return { kind: 'assert', what: 'textEnd' }
    if (/[1-9]/.test(char) || char === 'k' || char === 'g') throw this.unsafe('a back-reference')
    return this.literal(String.fromCodePoint(this.escapedChar(char)))
  }

  /** An escape that stands for one character, inside and outside of brackets. */
  private escapedChar(char: string): number {
    const hex = (pattern: RegExp): number | undefined => {
      const found = pattern.exec(this.source.slice(this.at, this.at + 10))
      if (found === null) return undefined
      this.at += found[0].length
      return Number.parseInt(found[1] ?? '', 16)
    }
    if (char === 'x' || char === 'u') {
      const code = hex(/^\{([0-9A-Fa-f]{1,6})\}/) ?? hex(char === 'x' ? /^([0-9A-Fa-f]{2})/ : /^([0-9A-Fa-f]{4})/)
      if (code === undefined || code > 0x10ffff) throw this.fault(`\`\\${char}\` is not followed by a code`)
      return code
    }
    const control = controls[char]
    if (control !== undefined) return control
    if (/[A-Za-z0-9]/.test(char)) throw this.fault(`\`\\${char}\` is not supported`)
    return char.codePointAt(0) ?? 0
  }

  private charClass(): CharSet {
    const negated = this.take('^')
    const sets: CharSet[] = []
    for (let first = true; first || this.peek() !== ']'; first = false) {
      if (this.at >= this.source.length) throw this.fault('a `[` is not closed')
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.source.slice(this.at, this.at + 14))
      if (posix !== null) {
        const known = posixClasses[posix[2] ?? '']
        if (known === undefined) throw this.fault(`\`${posix[0]}\` is no class`)
        this.at += posix[0].length
        sets.push(posix[1] === '^' ? complement(known) : known)
        continue
      }
      const from = this.classItem()
      const isRange = typeof from === 'number' && this.peek() === '-' && this.source.charAt(this.at + 1) !== ']'
      if (!isRange) {
        sets.push(typeof from === 'number' ? [from, from] : from)
        continue
      }
      this.at++
      const to = this.classItem()
      if (typeof to !== 'number') sets.push([from, from], [0x2d, 0x2d], to)
      else if (to < from) throw this.fault('a range in brackets runs backwards')
      else sets.push([from, to])
    }
    this.at++
    const set = this.flags.ignoreCase ? closeOverCase(union(...sets)) : union(...sets)
    return negated ? complement(set) : set
  }

  private classItem(): number | CharSet {
    const char = this.next()
    if (char !== '\\') return char.codePointAt(0) ?? 0
    const escaped = this.next()
    if (escaped === 'b') return 8
    return escapes[escaped] ?? this.escapedChar(escaped)
  }

  private peek(): string {
    return this.source.charAt(this.at)
  }

  private next(): string {
    const code = this.source.codePointAt(this.at)
    if (code === undefined) throw this.fault('it ends too early')
    const char = String.fromCodePoint(code)
    this.at += char.length
    return char
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false
    this.at++
    return true
  }

  private looksAt(text: string): boolean {
    return this.source.startsWith(text, this.at)
  }

  private fault(what: string): SigmaError {
    return new SigmaError('ERR_SIGMA_REGEX', `regular expression \`${shorten(this.source)}\`: ${what}`, {
      hint: `look at character ${this.at}`,
    })
  }

  private unsafe(what: string): SigmaError {
    return new SigmaError(
      'ERR_SIGMA_REGEX',
      `regular expression \`${shorten(this.source)}\` uses ${what}, which cannot run in linear time`,
      { hint: 'rewrite it without, or allow backtracking for rules you trust (--allow-backtracking)' },
    )
  }
}

export const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}…` : text)
