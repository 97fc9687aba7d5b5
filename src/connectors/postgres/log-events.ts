import { isObject } from '#kit'
import type { PullContext, StreamEvent } from '#sources/contract'

import { isOwnLogSession } from './client.ts'
import type { PostgresConfig } from './config.ts'
import type { LogEnvelope, ResolvedRole } from './log-envelope.ts'
import type { LogText } from './log-files.ts'
import { lineOf, type Line } from './log-line.ts'
import { classify, readLogRecord, timesOf } from './log-record.ts'
import type { LogSessions } from './log-sessions.ts'
import { readsOf } from './read-lines.ts'
import { refusedRelations } from './refused-relations.ts'
import type { Lookup } from './resolve.ts'

/** Records of the log, wherever they were read, as events; values leave a statement here. */
export async function eventsOf(
  texts: readonly LogText[],
  format: 'jsonlog' | 'csvlog',
  lookup: Lookup,
  sessions: LogSessions,
  { diagnose }: PullContext<PostgresConfig>,
): Promise<StreamEvent[]> {
  const lines: (Line | LogText)[] = []
  for (const raw of texts) {
    if (raw.text === null) {
      lines.push(raw)
      continue
    }
    const record = readLogRecord(format, raw.text)
    if (record === undefined) diagnose('warn', 'postgres.log.unparsed', { offset: raw.offset })
    const entry = record === undefined || isOwnLogSession(record.session) ? undefined : classify(record)
    if (record !== undefined && entry !== undefined) lines.push(lineOf(record, entry))
  }
  const roles = await rolesOf(lines.filter(isLine), lookup)
  const events: StreamEvent[] = []
  for (const line of lines) {
    const event = isLine(line) ? await eventOf(line, roles, lookup, sessions) : tooLong(line)
    if (event !== undefined) events.push(event)
  }
  return events
}

const isLine = (line: Line | LogText): line is Line => isObject(line) && 'record' in line

/** Role commands ask the live catalog again: the answer may be younger than the cache. */
async function rolesOf(lines: readonly Line[], lookup: Lookup): Promise<Map<string, ResolvedRole>> {
  const users = lines.flatMap(({ record }) => (record.user === null ? [] : [record.user]))
  const named = lines.flatMap(({ facts }) => [
    ...facts.createdRoles,
    ...facts.alteredRoles,
    ...facts.droppedRoles,
    ...[...facts.granted, ...facts.revoked].flatMap(({ roles, members }) => [...roles, ...members]),
  ])
  return new Map([...(await lookup.roles(users, false)), ...(await lookup.roles(named, true))])
}

async function eventOf(
  line: Line,
  roles: ReadonlyMap<string, ResolvedRole>,
  lookup: Lookup,
  sessions: LogSessions,
): Promise<StreamEvent | undefined> {
  const { record, entry, facts } = line
  const { atMs, startMs } = timesOf(record)
  const role = (name: string): ResolvedRole => roles.get(name) ?? { name, oid: null, canLogin: false, memberOf: [] }
  const pairs = (groups: Line['facts']['granted']) =>
    groups.flatMap(({ roles, members }) =>
      roles.flatMap((granted) => members.map((member) => ({ role: role(granted), member: role(member) }))),
    )
  const reads = await readsOf(line, lookup, sessions)
  const refused = entry.kind === 'fault' ? await refusedRelations(record, lookup) : []
  const isSilent = reads.touches.length === 0 && reads.unknownRead === null
  // With pgaudit the statement has a line of its own; this one only helps to notice when that line never comes.
  if (entry.kind === 'statement' && isSilent && (await lookup.hasAudit())) return undefined
  // A line carries the whole text sent, which may hold several commands; its own is the one named.
  const command = entry.kind === 'audit' && entry.audit.class === 'ROLE' ? entry.audit.command : ''
  const envelope: LogEnvelope = {
    kind: entry.kind,
    timestamp: record.timestamp,
    user: record.user,
    dbname: record.database,
    pid: record.pid,
    remote_host: record.host,
    remote_port: record.port,
    session_id: record.session,
    line_num: record.line,
    ps: record.tag,
    error_severity: record.severity,
    state_code: record.state,
    message: messageOf(line),
    statement: line.scrubbed,
    application_name: record.application,
    audit: entry.kind === 'audit' ? auditOf(entry.audit) : null,
    resolved: {
      startMs,
      roleOid: record.user === null ? null : role(record.user).oid,
      databaseOid: record.database === null ? null : await lookup.database(record.database),
      ...reads,
      created: command === 'CREATE ROLE' ? facts.createdRoles.map(role) : [],
      altered: command === 'ALTER ROLE' ? facts.alteredRoles.map(role) : [],
      dropped: command === 'DROP ROLE' ? facts.droppedRoles.map(role) : [],
      granted: command === 'GRANT ROLE' ? pairs(facts.granted) : [],
      revoked: command === 'REVOKE ROLE' ? pairs(facts.revoked) : [],
      setsPassword: (command === 'CREATE ROLE' || command === 'ALTER ROLE') && facts.setsPassword,
      ...(refused.length === 0 ? {} : { refused }),
    },
  }
  return { native: `${record.session}.${record.line}`, eventAtMs: atMs, raw: { ...envelope } }
}

const auditOf = ({ type, id, class: group, command, objectType, object, rows }: NonNullable<LogEnvelope['audit']>) => ({
  type,
  id,
  class: group,
  command,
  objectType,
  object,
  rows,
})

/** Messages are free text in which the server quotes values; only those whose whole form is known are rebuilt. */
function messageOf({ record, entry }: Line): string {
  if (entry.kind === 'audit') {
    const { type, id, class: group, command, objectType, object } = entry.audit
    return `AUDIT: ${[type, id, group, command, objectType, object].join(',')}`
  }
  if (entry.kind === 'connected') return 'connection authorized'
  if (entry.kind === 'disconnected') return 'disconnection'
  if (entry.kind === 'setting') return `parameter "${entry.name}" changed`
  if (entry.kind === 'forged') return 'a login wrote a line that looks like an audit record'
  return `${record.severity} ${record.state ?? ''}`.trim()
}

const tooLong = ({ inode, offset }: LogText): StreamEvent => ({
  native: `${inode}:${offset}`,
  eventAtMs: null,
  raw: { kind: 'too-long', inode, offset },
})
