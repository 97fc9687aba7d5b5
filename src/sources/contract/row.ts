import { parseTimeMs, type JsonObject } from '#kit'

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

/** One part of a path: an id never leads elsewhere. */
export const segment = (id: string): string => encodeURIComponent(id)
