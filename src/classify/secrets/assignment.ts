import { nameStrength, nameUnitsMax, type NameStrength } from './names.ts'
import { isSecretValue } from './value.ts'

export type Span = { start: number; end: number; kind: string }

/** A value without an end within this many characters is taken up to its end all the same, and not judged. */
const judgedUnitsMax = 1_024

const isNameUnit = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57) || unit === 95 || unit === 45

/** The whole name around a word: `password` in `db_password_prod`. Dots part names (`spring.datasource.password`). */
export function nameAround(text: string, start: number, end: number): { name: string; end: number } {
  let from = start
  while (from > 0 && start - from < nameUnitsMax && isNameUnit(text.charCodeAt(from - 1))) from--
  let to = end
  while (to < text.length && to - end < nameUnitsMax && isNameUnit(text.charCodeAt(to))) to++
  return { name: text.slice(from, to), end: to }
}

const operator =
  /(?:(?:\\{0,3}["'`])?\]?[ \t]{0,4}(?::=|=>|={1,3}|:(?!:))[ \t]{0,4}|>(?=[^<>\s]{3,400}<\/)|["']?[ \t]*,[ \t]*(?=\\{0,3}["']))/y
/** `PASSWORD 'value'` in SQL and `--password value` on a command line. */
const spaceOperator = /[ \t]{1,4}(?=["'])|(?:=|[ \t]{1,2})(?=[^\s-])/y
const quote = /\\{0,3}["'`]/y

/** `arn:aws:secretsmanager:eu-west-1:111122223333:` before `secret:prod/db-AbCdEf`, which is what the secret is called. */
const arnBefore = /\barn:aws[a-z-]{0,20}:secretsmanager:[a-z0-9-]{0,20}:\d{12}:$/
const arnUnitsMax = 80

/** The value given to a secret-telling name whose word was found at [start, end). */
export function assignedSpan(text: string, start: number, end: number): Span | undefined {
  const { name, end: nameEnd } = nameAround(text, start, end)
  const strength = nameStrength(name)
  if (strength === 'none') return undefined
  if (name === 'secret' && arnBefore.test(text.slice(Math.max(0, start - arnUnitsMax), start))) return undefined
  return valueSpan(text, nameEnd, strength, name.startsWith('--') || /\bcurl\b/.test(name))
}

function valueSpan(text: string, nameEnd: number, strength: NameStrength, isFlag: boolean): Span | undefined {
  operator.lastIndex = nameEnd
  let at = nameEnd + (operator.exec(text)?.[0].length ?? 0)
  if (at === nameEnd) {
    spaceOperator.lastIndex = nameEnd
    const space = spaceOperator.exec(text)?.[0]
    const next = text[nameEnd + (space?.length ?? 0)]
    if (space === undefined || (!isFlag && (strength !== 'password' || (next !== "'" && next !== '"'))))
      return undefined
    at = nameEnd + space.length
  }
  quote.lastIndex = at
  const opening = quote.exec(text)?.[0]
  const from = at + (opening?.length ?? 0)
  const to = opening === undefined ? bareEnd(text, from) : quotedEnd(text, from, opening)
  if (to === from) return undefined
  const value = text.slice(from, to)
  const isSecret = value.length > judgedUnitsMax || isSecretValue(value, strength, false)
  return isSecret ? { start: from, end: to, kind: strength === 'password' ? 'password' : 'assigned-secret' } : undefined
}

const bareStop = /[\s"'`,;&<>()[\]{}|]|\\[nrt"']/g
function bareEnd(text: string, from: number): number {
  bareStop.lastIndex = from
  return bareStop.exec(text)?.index ?? text.length
}

/** Up to the same quote, or the end of the line: an apostrophe in prose must not swallow a page. */
function quotedEnd(text: string, from: number, opening: string): number {
  const line = text.indexOf('\n', from)
  const close = text.indexOf(opening, from)
  if (close !== -1 && (line === -1 || close < line)) return close
  return bareEnd(text, from)
}
