/**
 * Takes the values out of SQL: strings, E'', B'', X'', U&'', dollar-quoted text, numbers and comments become `?` (comments
 * one space). Identifiers, `$1` parameters and structure stay. PostgreSQL's lexical rules, section 4.1
 * (https://www.postgresql.org/docs/15/sql-syntax-lexical.html); text that breaks off inside a literal loses its rest:
 * what cannot be told apart is not kept.
 */
export function scrubSqlLiterals(sql: string): { sql: string; literals: number } {
  let literals = 0
  let out = ''
  let at = 0
  while (at < sql.length) {
    const rest = lexeme(sql, at)
    if (rest.kind === 'literal') {
      literals++
      out += '?'
    } else if (rest.kind === 'comment') {
      out += ' '
    } else {
      out += sql.slice(at, rest.end)
    }
    at = rest.end
  }
  return { sql: out, literals }
}

type Lexeme = { kind: 'literal' | 'comment' | 'keep'; end: number }

const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const number = /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y
const parameter = /\$\d+/y
const dollar = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const prefixedQuote = /(?:[eEbBxXnN]|[uU]&)'/y
/** A string goes on after white space with a line break: `'a'\n'b'` is one literal. */
const continued = /\s*\n\s*'/y

const match = (pattern: RegExp, sql: string, at: number): number => {
  pattern.lastIndex = at
  const found = pattern.exec(sql)
  return found === null ? 0 : found[0].length
}

function lexeme(sql: string, at: number): Lexeme {
  const unit = sql[at] ?? ''
  if (unit === "'") return { kind: 'literal', end: stringEnd(sql, at + 1, false) }
  const prefix = match(prefixedQuote, sql, at)
  if (prefix > 0) return { kind: 'literal', end: stringEnd(sql, at + prefix, /[eE]/.test(unit)) }
  if (unit === '"') return { kind: 'keep', end: quotedNameEnd(sql, at + 1) }
  if (unit === '-' && sql[at + 1] === '-') {
    const line = sql.indexOf('\n', at)
    return { kind: 'comment', end: line === -1 ? sql.length : line }
  }
  if (unit === '/' && sql[at + 1] === '*') return { kind: 'comment', end: commentEnd(sql, at) }
  if (unit === '$') {
    const held = match(parameter, sql, at)
    if (held > 0) return { kind: 'keep', end: at + held }
    const tag = match(dollar, sql, at)
    if (tag > 0) {
      const close = sql.indexOf(sql.slice(at, at + tag), at + tag)
      return { kind: 'literal', end: close === -1 ? sql.length : close + tag }
    }
    return { kind: 'keep', end: at + 1 }
  }
  const name = match(word, sql, at)
  if (name > 0) return { kind: 'keep', end: at + name }
  const digits = match(number, sql, at)
  if (digits > 0) return { kind: 'literal', end: at + digits }
  return { kind: 'keep', end: at + 1 }
}

/** Behind the closing quote. `''` stays inside; `\'` only in an E string. */
function stringEnd(sql: string, from: number, isEscape: boolean): number {
  let at = from
  while (at < sql.length) {
    if (isEscape && sql[at] === '\\') at += 2
    else if (sql[at] !== "'") at++
    else if (sql[at + 1] === "'") at += 2
    else {
      const more = match(continued, sql, at + 1)
      if (more === 0) return at + 1
      at += 1 + more
    }
  }
  return sql.length
}

function quotedNameEnd(sql: string, from: number): number {
  let at = from
  while (at < sql.length) {
    if (sql[at] !== '"') at++
    else if (sql[at + 1] === '"') at += 2
    else return at + 1
  }
  return sql.length
}

/** Comments nest. */
function commentEnd(sql: string, from: number): number {
  let depth = 0
  let at = from
  while (at < sql.length) {
    if (sql[at] === '/' && sql[at + 1] === '*') {
      depth++
      at += 2
    } else if (sql[at] === '*' && sql[at + 1] === '/') {
      depth--
      at += 2
      if (depth === 0) return at
    } else at++
  }
  return sql.length
}
