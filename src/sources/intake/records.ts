import { IntakeError } from './error.ts'

/** One record's own text and where it stands; both 1-based. */
export type RecordText = { text: string; line: number; column: number }

/** NDJSON: one record a line; blank lines count as lines and hold nothing. */
export function lineRecords(text: string, recordsMax: number): RecordText[] {
  const records: RecordText[] = []
  let line = 0
  let at = 0
  while (at < text.length) {
    line++
    const end = text.indexOf('\n', at)
    const until = end === -1 ? text.length : end
    const stop = until > at && text.charCodeAt(until - 1) === 13 ? until - 1 : until
    if (text.slice(at, Math.min(stop, at + 64)).trim() !== '' || text.slice(at, stop).trim() !== '') {
      push(records, { text: text.slice(at, stop), line, column: 1 }, recordsMax)
    }
    at = until + 1
  }
  return records
}

/**
 * The elements of a JSON array, each as its own text: records keep their numbers and spacing, and one broken element does
 * not take the others along. `after`: what stands behind the array. Throws ERR_INTAKE_SHAPE when the array itself does not end.
 */
export function arrayRecords(text: string, recordsMax: number, after = ''): RecordText[] {
  const records: RecordText[] = []
  let at = text.indexOf('[') + 1
  let line = 1 + count(text, 0, at)
  let lineStart = text.lastIndexOf('\n', at - 1) + 1
  let depth = 0
  let start = -1
  let startLine = line
  let startColumn = 1
  let last = -1
  const close = (): void => {
    if (start !== -1) {
      push(records, { text: text.slice(start, last + 1), line: startLine, column: startColumn }, recordsMax)
    }
    start = -1
  }
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 10) {
      line++
      lineStart = at + 1
      continue
    }
    if (unit === 32 || unit === 9 || unit === 13) continue
    if (depth === 0 && unit === 44) {
      close()
      continue
    }
    if (depth === 0 && unit === 93) {
      close()
      const rest = text.slice(at + 1).trim()
      if (rest === after) return records
      throw notArray(`there is more after the array's end`, line, at - lineStart + 2)
    }
    if (start === -1) {
      start = at
      startLine = line
      startColumn = at - lineStart + 1
    }
    if (unit === 34) at = stringEnd(text, at)
    else if (unit === 123 || unit === 91) depth++
    else if (unit === 125 || unit === 93) depth--
    last = at
  }
  throw notArray('the array has no end', line, text.length - lineStart + 1)
}

function stringEnd(text: string, open: number): number {
  let at = open + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close === -1) return text.length
    let slashes = 0
    while (text.charCodeAt(close - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return close
    at = close + 1
  }
}

function count(text: string, from: number, to: number): number {
  let lines = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function push(records: RecordText[], record: RecordText, max: number): void {
  if (records.length >= max) {
    throw new IntakeError('ERR_INTAKE_TOO_MANY', `the upload has more than ${max} records`, {
      hint: 'send it in smaller parts',
      place: `line ${record.line}`,
    })
  }
  records.push(record)
}

const notArray = (message: string, line: number, column: number): IntakeError =>
  new IntakeError('ERR_INTAKE_SHAPE', message, {
    hint: 'send one JSON array, or one record per line',
    place: `line ${line}, column ${column}`,
  })
