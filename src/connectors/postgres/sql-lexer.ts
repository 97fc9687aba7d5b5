/**
 * Splits SQL text as PostgreSQL's scanner does (https://www.postgresql.org/docs/15/sql-syntax-lexical.html), only so
 * far as to tell names from values. Comments disappear: they carry values too.
 */
export type Token =
  | { kind: 'word' | 'quoted'; text: string; at: number; end: number }
  | { kind: 'value' | 'param' | 'sign'; text: string; at: number; end: number }

/** `cut`: the rest was not read, because its quoting could not be told or the bound was reached. */
export type Lexed = { tokens: Token[]; cut: boolean }

export const statementCharsMax = 16_384
const wordPattern = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const numberPattern =
  /(?:0[xX][\dA-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y
const dollarPattern = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const paramPattern = /\$\d+/y
const spacePattern = /\s+/y
const stringPrefixes = new Set(['e', 'b', 'x', 'n', 'u&'])

export function lexSql(sql: string): Lexed {
  const text = sql.length > statementCharsMax ? sql.slice(0, statementCharsMax) : sql
  const tokens: Token[] = []
  let cut = text.length < sql.length
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  while (at < text.length) {
    const space = match(spacePattern)
    if (space !== undefined) {
      at += space.length
      continue
    }
    if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end
      continue
    }
    if (text.startsWith('/*', at)) {
      at = commentEnd(text, at)
      continue
    }
    const word = match(wordPattern)
    const prefix = /^u&['"]/i.test(text.slice(at, at + 3)) ? 'u&' : (word?.toLowerCase() ?? '')
    const quoteAt = at + prefix.length
    if (text[at] === "'" || (stringPrefixes.has(prefix) && text[quoteAt] === "'")) {
      const end = stringEnd(text, text[at] === "'" ? at : quoteAt, prefix === 'e')
      tokens.push({ kind: 'value', text: '?', at, end: end ?? text.length })
      if (end === undefined) return { tokens, cut: true }
      at = end
      continue
    }
    if (text[at] === '"' || (prefix === 'u&' && text[quoteAt] === '"')) {
      const open = text[at] === '"' ? at : quoteAt
      const end = doubledEnd(text, open, '"')
      if (end === undefined) return { tokens, cut: true }
      tokens.push({ kind: 'quoted', text: text.slice(open + 1, end - 1).replaceAll('""', '"'), at, end })
      at = end
      continue
    }
    if (word !== undefined) {
      tokens.push({ kind: 'word', text: word.toLowerCase(), at, end: at + word.length })
      at += word.length
      continue
    }
    const param = match(paramPattern)
    const dollar = param === undefined ? match(dollarPattern) : undefined
    if (dollar !== undefined) {
      const close = text.indexOf(dollar, at + dollar.length)
      const end = close === -1 ? text.length : close + dollar.length
      tokens.push({ kind: 'value', text: '?', at, end })
      if (close === -1) return { tokens, cut: true }
      at = end
      continue
    }
    const number = match(numberPattern)
    const piece = param ?? number ?? text[at] ?? ''
    tokens.push({
      kind: param !== undefined ? 'param' : number !== undefined ? 'value' : 'sign',
      text: piece,
      at,
      end: at + piece.length,
    })
    at += piece.length
  }
  // A word or number at the very end of a cut text may be half of a value.
  if (cut) tokens.pop()
  return { tokens, cut }
}

function commentEnd(text: string, from: number): number {
  let depth = 0
  let at = from
  while (at < text.length) {
    if (text.startsWith('/*', at)) {
      depth++
      at += 2
    } else if (text.startsWith('*/', at)) {
      depth--
      at += 2
      if (depth === 0) return at
    } else at++
  }
  return text.length
}

function doubledEnd(text: string, open: number, quote: string): number | undefined {
  let at = open + 1
  for (;;) {
    const next = text.indexOf(quote, at)
    if (next === -1) return undefined
    if (text[next + 1] !== quote) return next + 1
    at = next + 2
  }
}

/**
 * Where a string ends. In a plain string a backslash before a quote means one thing with
 * `standard_conforming_strings` and another without, so whoever wrote it could push a value out of the quotes: undefined.
 */
function stringEnd(text: string, open: number, isEscape: boolean): number | undefined {
  if (!isEscape) {
    const end = doubledEnd(text, open, "'")
    return end === undefined || text.slice(open, end).includes("\\'") ? undefined : end
  }
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === "'") {
      if (text[at + 1] !== "'") return at + 1
      at++
    }
  }
  return undefined
}
