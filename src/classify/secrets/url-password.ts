import type { Span } from './assignment.ts'
import { isSecretValue } from './value.ts'

const authorityUnitsMax = 512
const authority = /[^\s"'<>`\\?#/]{0,512}/y

/** The password of `scheme://user:password@host`; `from` is just behind the `://`. */
export function urlPasswordSpan(text: string, from: number): Span | undefined {
  authority.lastIndex = from
  const part = authority.exec(text)?.[0] ?? ''
  if (part.length >= authorityUnitsMax) return undefined
  const at = part.lastIndexOf('@')
  const colon = part.indexOf(':')
  if (at === -1 || colon === -1 || colon + 1 >= at) return undefined
  const value = part.slice(colon + 1, at)
  if (!isSecretValue(value, 'password', true)) return undefined
  return { start: from + colon + 1, end: from + at, kind: 'url-password' }
}
