import { parseTimeMs, sha256, toHex } from '#kit'

import { aheadReason, isAhead, readLine } from '../line.ts'
import type { IntakeOf } from '../way.ts'
import { readSyslog, type SyslogFault, type SyslogMessage } from './message.ts'

export type SyslogRecord = { native: string; eventAtMs: number | null; text: string }

/**
 * One message as an event. With `json` the record is what the message says (`@cee:` in front is dropped), else the whole
 * message as `{"syslog": …}`. `arrival` names its place in the connection.
 */
export function recordOf(
  bytes: Uint8Array,
  as: IntakeOf<'syslog'>['message'],
  arrival: string,
  nowMs: number,
): SyslogRecord | SyslogFault {
  const message = readSyslog(bytes)
  if ('reason' in message) return message
  const sentAtMs = message.timestamp === null ? null : (parseTimeMs(message.timestamp) ?? null)
  if (isAhead(sentAtMs, nowMs)) return { reason: aheadReason, column: 1 }
  const native = isTelling(message) ? toHex(sha256(bytes)).slice(0, 32) : arrival
  if (as === 'text') return { native, eventAtMs: sentAtMs, text: JSON.stringify({ syslog: message }) }
  const record = readLine(message.message.replace(/^\s*@cee:\s*/, ''), 'json', nowMs)
  if (record === null) return { reason: 'its message is empty', column: 1 }
  if ('reason' in record) return record
  return { native, eventAtMs: record.eventAtMs ?? sentAtMs, text: record.text }
}

/**
 * A sender that lost its connection sends again what it cannot know to have arrived. Two equal messages are one when they
 * say a fraction of the second or a number (RFC 5424, 7.3.1); else two, since the same can happen twice in a second.
 */
const isTelling = ({ timestamp, data }: SyslogMessage): boolean =>
  /\.\d{3,}/.test(timestamp ?? '') || JSON.stringify(data['meta'] ?? null).includes('"sequenceId"')
