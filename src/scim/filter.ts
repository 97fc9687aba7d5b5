import { isObject } from '#kit'

import { ScimError } from './error.ts'

/** RFC 7644, 3.4.2.2. `path` as written: `userName`, `name.familyName`, `urn:…:User:department`. */
export type Filter =
  | { kind: 'compare'; path: string; op: CompareOp; value: string | number | boolean | null }
  | { kind: 'present'; path: string }
  | { kind: 'and' | 'or'; parts: Filter[] }
  | { kind: 'not'; part: Filter }
  | { kind: 'some'; path: string; of: Filter }
export type CompareOp = (typeof compareOps)[number]
const compareOps = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const

export const filterCharsMax = 4_096
const filterDepthMax = 16
const token = /\s*(?:([()[\]])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+))/gy

/** Grammar of precedence: not, and, or. Every fault is ERR_SCIM_FILTER. */
export function parseFilter(text: string): Filter {
  if (text.length > filterCharsMax) throw wrong(`a filter has at most ${filterCharsMax} characters`)
  const tokens = tokensOf(text)
  let at = 0
  const peek = (): string | undefined => tokens[at]
  const isWord = (word: string): boolean => peek()?.toLowerCase() === word
  const expect = (what: string): void => {
    if (tokens[at++] !== what) throw wrong(`a \`${what}\` is missing`)
  }
  const any = (depth: number): Filter => joined('or', () => joined('and', () => one(depth)))
  const joined = (kind: 'and' | 'or', next: () => Filter): Filter => {
    const parts = [next()]
    while (isWord(kind)) {
      at++
      parts.push(next())
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind, parts }
  }
  const inside = (depth: number, end: ')' | ']'): Filter => {
    if (depth >= filterDepthMax) throw wrong(`nested deeper than ${filterDepthMax}`)
    const filter = any(depth + 1)
    expect(end)
    return filter
  }
  const one = (depth: number): Filter => {
    if (isWord('not') && tokens[at + 1] === '(') {
      at += 2
      return { kind: 'not', part: inside(depth, ')') }
    }
    if (peek() === '(') {
      at++
      return inside(depth, ')')
    }
    const path = tokens[at++]
    if (path === undefined || !/^[A-Za-z][\w$:./-]*$/.test(path)) throw wrong('an attribute is missing')
    if (peek() === '[') {
      at++
      return { kind: 'some', path, of: inside(depth, ']') }
    }
    const word = tokens[at++]?.toLowerCase()
    if (word === 'pr') return { kind: 'present', path }
    const op = compareOps.find((known) => known === word)
    if (op === undefined) throw wrong('an operator is missing')
    return { kind: 'compare', path, op, value: valueOf(tokens[at++]) }
  }
  const filter = any(0)
  if (at < tokens.length) throw wrong('something is left over at its end')
  return filter
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const reader = new RegExp(token)
  let end = 0
  for (let match = reader.exec(text); match !== null; match = reader.exec(text)) {
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '')
    end = reader.lastIndex
  }
  if (text.slice(end).trim() !== '') throw wrong('a text has no end')
  return tokens
}

function valueOf(word: string | undefined): string | number | boolean | null {
  if (word === undefined) throw wrong('a value is missing')
  if (word.startsWith('"'))
    return word.slice(1, -1).replaceAll(/\\(u[\da-fA-F]{4}|.)/g, (_, code: string) => unescaped(code))
  // Entra writes True and False.
  const lower = word.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  if (lower === 'null') return null
  if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word)
  throw wrong('a value is neither text nor number')
}

const named: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }
const unescaped = (code: string): string =>
  code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (named[code] ?? code)

const wrong = (message: string): ScimError => new ScimError('ERR_SCIM_FILTER', message)

/** Values at a path, by the names it consists of, without case; lists are looked into. */
type Look = (value: unknown, path: string) => unknown[]

/** Does a resource, or one value of a list, pass? */
export function passes(filter: Filter, value: unknown, look: Look = valuesAt): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => passes(part, value, look))
    case 'or':
      return filter.parts.some((part) => passes(part, value, look))
    case 'not':
      return !passes(filter.part, value, look)
    case 'present':
      return look(value, filter.path).some((one) => one !== null && one !== '')
    case 'some':
      return look(value, filter.path).some((one) => passes(filter.of, one, look))
    case 'compare': {
      const found = look(value, filter.path)
      if (found.length === 0)
        return filter.op === 'ne' ? filter.value !== null : filter.op === 'eq' && filter.value === null
      return found.some((one) => compare(filter.op, simple(one), filter.value, isExact(filter.path)))
    }
  }
}

/** A list of complex values compares by its `value` (RFC 7644, 3.4.2.2). */
const simple = (one: unknown): unknown => (isObject(one) ? one['value'] : one)
const exact = new Set(['id', 'externalid', 'value', 'meta.location', 'meta.version'])
/** Ids keep their case; addresses and names are compared without. */
const isExact = (path: string): boolean => {
  const lower = path.toLowerCase()
  return exact.has(lower) && lower !== 'value'
}

function compare(op: CompareOp, found: unknown, wanted: unknown, keepCase: boolean): boolean {
  const fold = (one: unknown): unknown => (typeof one === 'string' && !keepCase ? one.toLowerCase() : one)
  const [a, b] = [fold(found), fold(wanted)]
  if (op === 'eq') return a === b || (typeof a === 'boolean' && String(a) === b)
  if (op === 'ne') return a !== b
  if (typeof a === 'string' && typeof b === 'string') {
    if (op === 'co') return a.includes(b)
    if (op === 'sw') return a.startsWith(b)
    if (op === 'ew') return a.endsWith(b)
    return ordered(op, asTime(a) ?? a, asTime(b) ?? b)
  }
  return typeof a === 'number' && typeof b === 'number' && ordered(op, a, b)
}

function ordered(op: CompareOp, a: string | number, b: string | number): boolean {
  if (op === 'gt') return a > b
  if (op === 'ge') return a >= b
  if (op === 'lt') return a < b
  return op === 'le' && a <= b
}

const asTime = (text: string): number | undefined =>
  /^\d{4}-\d\d-\d\dt/i.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : undefined

export function valuesAt(value: unknown, path: string): unknown[] {
  let at: unknown[] = [value]
  for (const name of namesOf(path)) {
    at = at.flatMap((one) => {
      if (!isObject(one)) return []
      const key = Object.keys(one).find((known) => known.toLowerCase() === name)
      const found = key === undefined ? undefined : one[key]
      return found === undefined ? [] : Array.isArray(found) ? found : [found]
    })
  }
  return at
}

/** `urn:…:2.0:User:manager.value` → the URN, `manager`, `value`. Of the core's URN only the rest. */
function namesOf(path: string): string[] {
  const lower = path.toLowerCase()
  const urn = /^(urn:.+:2\.0:\w+)(?::(.*))?$/.exec(lower)
  if (urn === null) return lower.split('.')
  const rest = urn[2] === undefined ? [] : urn[2].split('.')
  return urn[1]?.includes(':core:') === true ? rest : [urn[1] ?? '', ...rest]
}
