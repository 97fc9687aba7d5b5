import { parseTimeMs, type JsonObject } from '#kit'
import { parseEntityId, type EntityId, type EntityKind } from '#model'

// What vendors' rows have in common, and the addresses made of them.

/** Vendors leave out, or write as null or nothing, what they do not tell. */
export const isTold = (text: string | null | undefined): text is string =>
  text !== null && text !== undefined && text !== ''

/** Empty where the row has no such text. */
export const textAt = (row: JsonObject, key: string): string => {
  const value = row[key]
  return typeof value === 'string' ? value : ''
}

/** RFC 3339; undefined where there is none, or it is no time. */
export const timeMs = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : parseTimeMs(text)

/** A time in seconds, 0 where the vendor has nothing to say; undefined where there is none. */
export const secondsMs = (seconds: number | null | undefined): number | undefined =>
  seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds <= 0
    ? undefined
    : Math.round(seconds * 1000)

/** How many parts stand behind a noun, and of what kind its entities are; a number alone: credentials or resources. */
export type Nouns = Readonly<Record<string, number | readonly [kind: EntityKind, parts: number]>>
export type Parts = [first: string, second: string, third: string, fourth: string]

/**
 * Reads natives of the form `noun/part/part`: as many parts as the noun has, none of them empty, and nothing behind them.
 * Undefined for everything else.
 */
export const partsReader =
  <Noun extends string>(nouns: Nouns & Readonly<Record<Noun, unknown>>) =>
  (noun: Noun, entity: EntityId): Parts | undefined => {
    const id = parseEntityId(entity)
    const known = nouns[noun]
    if (id === undefined || known === undefined) return undefined
    const [kinds, count] = typeof known === 'number' ? [['credential', 'resource'], known] : [[known[0]], known[1]]
    const [head, ...parts] = id.native.split('/')
    if (!kinds.includes(id.kind) || head !== noun || parts.length !== count || parts.includes('')) return undefined
    const [first = '', second = '', third = '', fourth = ''] = parts
    return [first, second, third, fourth]
  }

/** One part of a path: an id never leads elsewhere. */
export const segment = (id: string): string => encodeURIComponent(id)
