import { isObject, JsonError, parseJson, type Json } from '#kit'

import { commonEventTime } from './event-time.ts'
import { intakeLimits } from './limits.ts'

/** A line as an event: its JSON text and time. Or why it is none; `column` is 1-based. */
export type LineRecord = { text: string; eventAtMs: number | null } | { reason: string; column: number }

/** Of a file or stream that nobody answers to: a bad line is left behind, counted and named. Null: nothing on it. */
export function readLine(line: string, as: 'json' | 'text', nowMs: number): LineRecord | null {
  if (line.trim() === '') return null
  if (as === 'text') return { text: JSON.stringify({ message: line }), eventAtMs: null }
  const value = parseRecord(line, intakeLimits.depthMax)
  if ('fault' in value) return value.fault
  const eventAtMs = commonEventTime(value.record)
  return isAhead(eventAtMs, nowMs) ? { reason: aheadReason, column: 1 } : { text: line, eventAtMs }
}

export const isAhead = (eventAtMs: number | null, nowMs: number): boolean =>
  eventAtMs !== null && eventAtMs > nowMs + intakeLimits.aheadMsMax
/** It names no time: refusals are counted by their reason. */
export const aheadReason = `its time is more than ${intakeLimits.aheadMsMax / 3_600_000} hours ahead`

type RecordFault = {
  code: 'ERR_LINE_SYNTAX' | 'ERR_LINE_DEPTH' | 'ERR_LINE_SHAPE'
  reason: string
  line: number
  column: number
}

/** A record's JSON text, or what is wrong with it and where in the text, 1-based. */
export function parseRecord(
  text: string,
  depthMax: number,
): { record: { [key: string]: Json } } | { fault: RecordFault } {
  let value: Json
  try {
    value = parseJson(text, depthMax)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const code = error.code === 'ERR_JSON_DEPTH' ? 'ERR_LINE_DEPTH' : 'ERR_LINE_SYNTAX'
    return { fault: { code, reason: error.message, line: error.line, column: error.column } }
  }
  return isRecord(value)
    ? { record: value }
    : { fault: { code: 'ERR_LINE_SHAPE', reason: 'a record is a JSON object', line: 1, column: 1 } }
}

const isRecord = (value: Json): value is { [key: string]: Json } => isObject(value)
