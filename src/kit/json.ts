import { CordonError } from './errors.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export class JsonError extends CordonError<'ERR_JSON_SYNTAX' | 'ERR_JSON_DEPTH' | 'ERR_JSON_VALUE'> {
  /** 1-based; counted in UTF-16 units of the text given. */
  readonly line: number
  readonly column: number

  constructor(
    code: 'ERR_JSON_SYNTAX' | 'ERR_JSON_DEPTH' | 'ERR_JSON_VALUE',
    message: string,
    line: number,
    column: number,
  ) {
    super(code, message, { place: `line ${line}, column ${column}` })
    this.line = line
    this.column = column
  }
}

export const jsonDepthMax = 64

/**
 * Parses text a stranger wrote: bounded depth, and a fault names its line and column. The only JSON.parse in the house.
 * With a depth of `Infinity` the caller bounds its own way through the value.
 */
export function parseJson(text: string, depthMax = jsonDepthMax): Json {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { line, column } = locate(text, error)
    throw new JsonError('ERR_JSON_SYNTAX', syntaxReason(error), line, column)
  }
  if (depthMax !== Infinity && isDeeperThan(value, depthMax)) {
    throw new JsonError('ERR_JSON_DEPTH', `nested deeper than ${depthMax} levels`, 1, 1)
  }
  return value
}

/** Parses text that this program wrote itself; a fault is a broken invariant, not bad input. */
export function parseOwnJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-return -- the caller names the type of its own record
  return JSON.parse(text)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `isObject` for what is known to be JSON. */
export const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value)

function isDeeperThan(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(item, depth - 1)) return true
    return false
  }
  for (const key in value) {
    const item = value[key]
    if (typeof item === 'object' && item !== null && isDeeperThan(item, depth - 1)) return true
  }
  return false
}

function syntaxReason(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  if (message.includes('end of JSON')) return 'the JSON ends too early'
  const token = /^Unexpected token (.+?), /.exec(message)?.[1]
  return token === undefined ? 'not valid JSON' : `not valid JSON: unexpected ${token}`
}

function locate(text: string, error: unknown): { line: number; column: number } {
  const message = error instanceof Error ? error.message : ''
  const position = /position (\d+)/.exec(message)?.[1]
  const at = position === undefined ? firstFault(text) : Number(position)
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n') }
}

/** V8 gives no position for short texts: find the longest prefix that could still become valid. */
function firstFault(text: string): number {
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (couldContinue(text.slice(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

function couldContinue(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    return message.includes('end of JSON') || message.includes('Unterminated') || message.includes('Expected')
      ? /end of JSON|Unterminated/.test(message) || new RegExp(`position ${prefix.length}\\b`).test(message)
      : false
  }
}

/**
 * RFC 8785 (JCS) canonical form: keys sorted by UTF-16 code units, ECMAScript numbers, no white space.
 * Throws ERR_JSON_VALUE for values JSON cannot carry (NaN, functions, lone surrogates).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new JsonError('ERR_JSON_VALUE', 'a string holds a lone surrogate', 1, 1)
    return JSON.stringify(value)
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new JsonError('ERR_JSON_VALUE', 'a number is not finite', 1, 1)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (isObject(value)) {
    const parts: string[] = []
    for (const key of Object.keys(value).sort()) {
      if (value[key] !== undefined) parts.push(`${canonicalJson(key)}:${canonicalJson(value[key])}`)
    }
    return `{${parts.join(',')}}`
  }
  throw new JsonError('ERR_JSON_VALUE', `a ${typeof value} has no JSON form`, 1, 1)
}
