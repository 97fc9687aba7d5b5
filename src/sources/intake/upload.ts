import { CordonError, formatTime, hashId, parseJson, type JsonObject } from '#kit'
import type { EntityId, EventId, RawEvent, SourceId, TenantId } from '#model'
import type { KeptRecord } from '#sources/contract'

import { commonEventTime } from './event-time.ts'
import { inflate } from './inflate.ts'
import { intakeLimits, type IntakeLimits } from './limits.ts'
import { parseRecord } from './line.ts'
import { arrayRecords, lineRecords, type RecordText } from './records.ts'
import { decodeText } from './text.ts'

export type BadLine = {
  line: number
  column: number
  code: 'ERR_LINE_SYNTAX' | 'ERR_LINE_DEPTH' | 'ERR_LINE_SIZE' | 'ERR_LINE_SHAPE' | 'ERR_LINE_CLOCK'
  reason: string
}

export type UploadOptions = {
  tenant: TenantId
  source: SourceId
  stream: string
  /** Names this upload: a resend under the same id gives the same event ids. The caller's header, or the body's hash. */
  batch: string
  /** `keep`: good lines are taken whatever the others are. `reject`: one bad line, and nothing is. */
  partial: 'reject' | 'keep'
  nowMs: number
  /** `scrubJson` with the vault's fingerprints: no line leaves this function unscrubbed. */
  scrub: (json: string) => string
  /** From the ingest token: every event is marked with it, whatever its text says. */
  boundTo?: EntityId
  contentType?: string
  contentEncoding?: string
  /** The push stream's own. Absent: a record is one event, kept as it was sent. */
  keep?: (record: JsonObject) => KeptRecord[]
  limits?: IntakeLimits
}

/** `events` is empty when `partial` is `reject` and a line was bad. `bad` names the first lines, `badCount` counts all. */
export type Upload = { events: RawEvent[]; bad: BadLine[]; badCount: number; lines: number }

/** Same parts, same id: H(tenant, source, stream, vendor's id), else batch and line. */
export const eventId = (tenant: TenantId, source: SourceId, stream: string, native: string): EventId =>
  hashId('evt', tenant, source, stream, native)

/** Records read without a pause: other requests of the process wait at most for these. */
const recordsPerTurn = 256

/**
 * NDJSON, a JSON array or one JSON object, plain or gzip. Throws IntakeError for faults of the upload as a whole. Large
 * uploads let other work in between.
 */
export async function readUpload(body: Uint8Array, options: UploadOptions): Promise<Upload> {
  const limits = options.limits ?? intakeLimits
  const bytes = await inflate(body, options.contentEncoding, limits)
  const reading = startUpload(bytes, options)
  while (!reading.step()) await new Promise((resolve) => setImmediate(resolve))
  return reading.upload
}

/** Pure: the same bytes and options give the same answer. */
export function parseUpload(bytes: Uint8Array, options: UploadOptions): Upload {
  const reading = startUpload(bytes, options)
  while (!reading.step());
  return reading.upload
}

function startUpload(bytes: Uint8Array, options: UploadOptions): { upload: Upload; step(): boolean } {
  const limits = options.limits ?? intakeLimits
  const records = recordsOf(decodeText(bytes), options.contentType, limits)
  const upload: Upload = { events: [], bad: [], badCount: 0, lines: records.length }
  let at = 0
  const take = (outcome: RawEvent | BadLine): void => {
    if ('raw' in outcome) upload.events.push(outcome)
    else if (++upload.badCount <= limits.badLinesMax) upload.bad.push(outcome)
  }
  return {
    upload,
    /** True when all is read. */
    step() {
      const part = records.slice(at, at + recordsPerTurn)
      for (const record of part) for (const outcome of readRecord(record, options, limits)) take(outcome)
      at += part.length
      if (at < records.length) return false
      if (options.partial === 'reject' && upload.badCount > 0) upload.events = []
      return true
    },
  }
}

function recordsOf(text: string, contentType: string | undefined, limits: IntakeLimits): RecordText[] {
  const isLines = /ndjson|jsonl|json-lines|json-seq/.test(contentType ?? '')
  const first = text.trimStart()[0]
  if (first === '[' && !isLines) return arrayRecords(text, limits.linesMax)
  if (first === '{' && !isLines && isWholeObject(text, limits)) return [{ text: text.trim(), line: 1, column: 1 }]
  return lineRecords(text, limits.linesMax)
}

/** One object over several lines. Asked only when the first line is none by itself, so NDJSON costs one more parse. */
function isWholeObject(text: string, limits: IntakeLimits): boolean {
  const end = text.indexOf('\n')
  if (end === -1) return false
  return !isJson(text.slice(0, end), limits) && isJson(text, limits)
}

function isJson(text: string, limits: IntakeLimits): boolean {
  try {
    parseJson(text, limits.depthMax)
    return true
  } catch {
    return false
  }
}

function readRecord(record: RecordText, options: UploadOptions, limits: IntakeLimits): (RawEvent | BadLine)[] {
  const { text, line, column } = record
  if (text.length > limits.lineUnitsMax) {
    return [{ line, column, code: 'ERR_LINE_SIZE', reason: `longer than ${limits.lineUnitsMax} characters` }]
  }
  const value = parseRecord(text, limits.depthMax)
  if ('fault' in value) {
    const { fault } = value
    const at = { line: line + fault.line - 1, column: fault.line === 1 ? column + fault.column - 1 : fault.column }
    return [{ ...fault, ...at }]
  }
  const place = `${options.batch}#${line}${column === 1 ? '' : `:${column}`}`
  if (options.keep === undefined) {
    const eventAtMs = commonEventTime(value.record)
    return [readEvent({ native: place, eventAtMs, text }, record, options, limits)]
  }
  let kept: KeptRecord[]
  try {
    kept = options.keep(value.record)
  } catch (error) {
    if (!(error instanceof CordonError)) throw error
    return [{ line, column, code: 'ERR_LINE_SHAPE', reason: error.message }]
  }
  return kept.map(({ native, eventAtMs, raw }, n) =>
    readEvent({ native: native ?? `${place}.${n}`, eventAtMs, text: JSON.stringify(raw) }, record, options, limits),
  )
}

function readEvent(
  { native, eventAtMs, text }: { native: string; eventAtMs: number | null; text: string },
  { line, column }: RecordText,
  options: UploadOptions,
  limits: IntakeLimits,
): RawEvent | BadLine {
  if (eventAtMs !== null && eventAtMs > options.nowMs + limits.aheadMsMax) {
    const hours = limits.aheadMsMax / 3_600_000
    return {
      line,
      column,
      code: 'ERR_LINE_CLOCK',
      reason: `its time ${formatTime(Math.min(eventAtMs, 8.64e15))} is more than ${hours} hours ahead`,
    }
  }
  return {
    id: eventId(options.tenant, options.source, options.stream, native),
    stream: options.stream,
    eventAtMs,
    raw: options.scrub(text),
    ...(options.boundTo === undefined ? {} : { boundTo: options.boundTo }),
  }
}
