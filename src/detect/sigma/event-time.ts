import { fieldOf, readField } from './fields.ts'
import { numberOf } from './modifiers/compare.ts'
import type { SigmaEvent } from './types.ts'

/** Where vendors write when an event happened, the most exact first. */
const usualFields = [
  'UtcTime',
  'TimeCreated_SystemTime',
  'SystemTime',
  'eventTime',
  '@timestamp',
  'published',
  'activityDateTime',
  'createdDateTime',
  'timestamp',
  'time',
  '_time',
  'id.time',
  'date_create',
  'effective_at',
  'created_at',
  'updated_at',
  'startedAt',
  'stageTimestamp',
  'CreationTime',
  'EVENT_TIMESTAMP',
  'START_TIME',
  'TIMESTAMP_DERIVED',
].map(readField)

/** Numbers from here on are milliseconds since 1970, from there on microseconds; smaller ones are seconds. */
const millisecondsFrom = 100_000_000_000
const microsecondsFrom = millisecondsFrom * 1000

/** When an event happened, ms UTC; undefined when it does not say. A time without a zone is taken for UTC. */
export function eventTimeOf(event: SigmaEvent, field?: string): number | undefined {
  for (const path of field === undefined ? usualFields : [readField(field)]) {
    const ms = timeOf(fieldOf(event, path))
    if (ms !== undefined) return ms
  }
  return undefined
}

function timeOf(value: unknown): number | undefined {
  const number = numberOf(value)
  if (number !== undefined) {
    const size = Math.abs(number)
    return Math.floor(size >= microsecondsFrom ? number / 1000 : size >= millisecondsFrom ? number : number * 1000)
  }
  if (typeof value !== 'string' || value.length > 64) return undefined
  const found = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(value)
  if (found === null) return undefined
  const [, day, time, fraction = '', zone = 'Z'] = found
  const ms = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`)
  return Number.isNaN(ms) ? undefined : ms
}
