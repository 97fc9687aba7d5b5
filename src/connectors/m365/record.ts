import { isJsonObject, parseJson, type Json, type JsonObject } from '#kit'

/** What somebody wrote: in mails, and into a search. */
const written = new Set([
  'Subject',
  'Attachments',
  'SubjectLine',
  'AttachmentName',
  'MessageSubject',
  'SearchQueryText',
])
const depthMax = 6

/**
 * A record of the API, or the one that a row of an export holds as text (`AuditData`). INVARIANT: no subject of a mail and no
 * name of what is attached is stored.
 */
export function recordsIn(record: JsonObject): JsonObject[] {
  return [withoutSubjects(exported(record) ?? record, 0)]
}

function exported({ AuditData: text }: JsonObject): JsonObject | undefined {
  if (typeof text !== 'string') return text !== undefined && isJsonObject(text) ? text : undefined
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function withoutSubjects(record: JsonObject, depth: number): JsonObject {
  const kept = Object.entries(record).filter(([name]) => !written.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, depth < depthMax ? within(value, depth + 1) : value]))
}

function within(value: Json, depth: number): Json {
  if (Array.isArray(value)) return value.map((one) => (isJsonObject(one) ? withoutSubjects(one, depth) : one))
  return isJsonObject(value) ? withoutSubjects(value, depth) : value
}
