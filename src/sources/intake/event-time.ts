import { parseTimeMs, type Json } from '#kit'

const names = (
  'time timestamp @timestamp eventTime event_time ts datetime published log_time createdAt created_at occurredAt ' +
  'observedAtMs takenAtMs date'
).split(' ')
/** Numbers below this are seconds, above 100 times this microseconds or finer: 1973 in milliseconds, 5138 in seconds. */
const secondsMax = 100_000_000_000
/** Years a time may reasonably name; others are counters. */
const earliestMs = Date.UTC(2000, 0)

/**
 * The record's own time, in the field most vendors use; connectors that know better hand in their own function. Null
 * when there is none.
 */
export function commonEventTime(record: { [key: string]: Json }): number | null {
  for (const name of names) {
    const value = record[name]
    const ms = typeof value === 'string' ? fromText(value) : typeof value === 'number' ? fromNumber(value) : undefined
    if (ms !== undefined && ms >= earliestMs) return ms
  }
  return null
}

function fromText(text: string): number | undefined {
  return /^\d{10,19}(?:\.\d+)?$/.test(text) ? fromNumber(Number(text)) : parseTimeMs(text.replace(/ ?UTC$/, 'Z'))
}

function fromNumber(value: number): number | undefined {
  if (!Number.isFinite(value) || value <= 0) return undefined
  if (value < secondsMax) return Math.floor(value * 1000)
  if (value < secondsMax * 100) return Math.floor(value)
  return Math.floor(value < secondsMax * 100_000 ? value / 1000 : value / 1_000_000)
}
