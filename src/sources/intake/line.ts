import { isObject, JsonError, parseJson, type Json } from '#kit'

import { commonEventTime } from './event-time.ts'
import { intakeLimits } from './limits.ts'

/** A line as an event: its JSON text and time. Or why it is none; `column` is 1-based. */
export type LineRecord = { text: string; eventAtMs: number | null } | { reason: string; column: number }

/** Of a file or stream that nobody answers to: a bad line is left behind, counted and named. Null: nothing on it. */
export function readLine(line: string, as: 'json' | 'text', nowMs: number): LineRecord | null {
  if (line.trim() === '') return null
  if (as === 'text') return { text: JSON.stringify({ message: line }), eventAtMs: null }
  let value: Json
  try {
    value = parseJson(line, intakeLimits.depthMax)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return { reason: error.message, column: error.column }
  }
  if (!isRecord(value)) return { reason: 'a record is a JSON object', column: 1 }
  const eventAtMs = commonEventTime(value)
  if (eventAtMs !== null && eventAtMs > nowMs + intakeLimits.aheadMsMax) {
    return { reason: `its time is more than ${intakeLimits.aheadMsMax / 3_600_000} hours ahead`, column: 1 }
  }
  return { text: line, eventAtMs }
}

const isRecord = (value: Json): value is { [key: string]: Json } => isObject(value)
