import type { JsonObject } from '#kit'
import { scrubSqlLiterals } from '#classify'

const textCharsMax = 100_000
/** A bucket that data goes to is what rules ask for; its name is kept, the path behind it is not. */
const bucket = /'((?:s3|s3gov|s3china|gcs|azure):\/\/[a-z0-9.-]{3,255})(?:\/[^']*)?'/gi

/** INVARIANT: no value out of a query's text is stored. Already scrubbed text comes out as it went in. */
export function withoutLiterals(record: JsonObject): JsonObject {
  const { QUERY_TEXT: text } = record
  return typeof text === 'string' ? { ...record, QUERY_TEXT: scrubQuery(text) } : record
}

/**
 * Snowflake escapes with a backslash, and `//` begins a comment, which PostgreSQL's rules do not know: escapes go first, so
 * that each quote left is the beginning or the end of a text.
 */
export function scrubQuery(sql: string): string {
  const plain = sql.slice(0, textCharsMax).replaceAll(/\\[\s\S]?/g, '')
  let out = ''
  let at = 0
  for (const found of plain.matchAll(bucket)) {
    out += scrubPart(plain.slice(at, found.index))
    out += `'${found[1] ?? ''}'`
    at = found.index + found[0].length
  }
  return out + scrubPart(plain.slice(at)) + (sql.length > textCharsMax ? ' …' : '')
}

const scrubPart = (sql: string): string => scrubSqlLiterals(sql).sql.replaceAll(/\/\/[^\n]*/g, ' ')
