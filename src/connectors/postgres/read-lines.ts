import { isRefused, nameOf, objectName, type Line } from './log-line.ts'
import type { LogEnvelope, ResolvedTouch } from './log-envelope.ts'
import type { Audit } from './log-record.ts'
import type { LogSessions } from './log-sessions.ts'
import { isCatalogName, keyOf, type Lookup } from './resolve.ts'
import type { QualifiedName } from './sql-facts.ts'

type Verb = ResolvedTouch['verb']
type Reads = Pick<LogEnvelope['resolved'], 'touches' | 'unknownRead'>
const nothing: Reads = { touches: [], unknownRead: null }

const rowCommands = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE'])
/** Reads of the server's own tables are everyday work; those of password hashes and stored logins are not. */
const guardedCatalog = new Set(['pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_user_mappings', 'pg_subscription'])
const statementVerbs: Partial<Record<string, Verb>> = {
  select: 'read',
  with: 'read',
  table: 'read',
  execute: 'read',
  copy: 'read',
  insert: 'write',
  update: 'write',
  merge: 'write',
  delete: 'delete',
  truncate: 'delete',
}
/** What the server was doing when the session ended, where it says nothing more: rows may have been on their way. */
const endedReading = /^(?:SELECT|FETCH|COPY|EXECUTE|idle in transaction)/

/** What a line did to which relations. Pure but for the name lookup; `sessions` carries over what later lines need. */
export async function readsOf(line: Line, lookup: Lookup, sessions: LogSessions): Promise<Reads> {
  const { record, entry } = line
  if (record.database === null) return nothing
  const reader = readerOf(line, record.database, lookup, sessions)
  if (entry.kind === 'audit') return auditReads(line, entry.audit, reader, lookup, sessions)
  if (entry.kind === 'statement') return statementReads(line, entry.atEnd, reader, lookup, sessions)
  if (entry.kind === 'fault') {
    if (isRefused(record)) {
      sessions.account(record.session, null)
      return nothing
    }
    if (line.facts.fetches.length > 0) return reader.fetched()
    const begun = reader.unaccounted()
    return line.facts.relations.length > 0 ? reader.guessed(null) : (begun ?? reader.interrupted())
  }
  if (entry.kind === 'disconnected') {
    const reads = reader.unaccounted() ?? reader.interrupted()
    sessions.end(record.session)
    return reads
  }
  return nothing
}

async function auditReads(
  { record, facts, shape }: Line,
  audit: Audit,
  reader: Reader,
  lookup: Lookup,
  sessions: LogSessions,
): Promise<Reads> {
  const object = objectName(audit)
  if (audit.class === 'DDL' && record.database !== null) lookup.forgetRelations(record.database)
  if (audit.class === 'READ' || audit.class === 'WRITE') sessions.account(record.session, shape)
  if (object !== undefined && audit.class !== 'ROLE') {
    const rows = rowCommands.has(audit.command) ? audit.rows : null
    // Opening a cursor moves nothing; each FETCH says how much.
    const moved = facts.declares.length > 0 && audit.rows === null ? 0 : rows
    if (!isCatalogName(object)) return reader.exactly(object, verbOf(audit), moved)
    const isAsked = guardedCatalog.has(object.name) && facts.relations.some(({ name }) => guardedCatalog.has(name))
    return isAsked ? { ...nothing, touches: [{ name: nameOf(object), oid: null, verb: verbOf(audit), rows }] } : nothing
  }
  if (audit.command === 'DECLARE CURSOR') return reader.declared()
  if (audit.command === 'FETCH') return reader.fetched()
  if (audit.command === 'COPY')
    return audit.class === 'READ' ? reader.guessed(null) : reader.named(facts.relations, 'write', null)
  if (audit.command === 'GRANT' || audit.command === 'REVOKE') return reader.named(facts.shared, 'share', null)
  return nothing
}

/**
 * Statement lines (log_statement) come when a statement starts. With pgaudit its audit line follows with the rows, but
 * only if it ends well: one that is killed, rolled back or hung up on half way has this line alone.
 */
async function statementReads(
  { record, facts, firstWord, shape }: Line,
  atEnd: boolean,
  reader: Reader,
  lookup: Lookup,
  sessions: LogSessions,
): Promise<Reads> {
  const verb = statementVerbs[firstWord]
  if (await lookup.hasAudit()) {
    if (atEnd) return nothing
    const before = reader.unaccounted() ?? nothing
    if (verb === 'read') {
      const { touches, unknownRead } = await reader.guessed(null)
      const oids = touches.flatMap(({ oid }) => (oid === null ? [] : [oid]))
      if (oids.length > 0 || unknownRead !== null) sessions.begin(record.session, shape ?? '', oids)
    }
    return before
  }
  if (facts.fetches.length > 0) return reader.fetched()
  if (facts.declares.length > 0) return reader.declared()
  if (verb === undefined) return nothing
  return verb === 'read' ? reader.guessed(null) : reader.named(facts.relations, verb, null)
}

function verbOf(audit: Audit): Verb {
  if (/^(?:DELETE|TRUNCATE|DROP)/.test(audit.command)) return 'delete'
  return audit.class === 'READ' ? 'read' : audit.class === 'WRITE' ? 'write' : 'admin'
}

type Reader = ReturnType<typeof readerOf>

function readerOf({ record, facts }: Line, database: string, lookup: Lookup, sessions: LogSessions) {
  const found = (names: readonly QualifiedName[]) => lookup.relations(database, names, record.user)
  const named = async (names: readonly QualifiedName[], verb: Verb, rows: number | null): Promise<Reads> => {
    const own = names.filter((name) => !isCatalogName(name))
    const oids = await found(own)
    const touches = own.flatMap((name) =>
      (oids.get(keyOf(name)) ?? []).map((oid) => ({ name: nameOf(name), oid, verb, rows })),
    )
    return { touches, unknownRead: null }
  }
  /** Relations from words alone: when none is known, something was read all the same. */
  const guessed = async (rows: number | null): Promise<Reads> => {
    const { touches } = await named(facts.relations, 'read', rows)
    const isBlind = touches.length === 0 && facts.relations.some((name) => !isCatalogName(name))
    return { touches, unknownRead: isBlind ? { rows } : null }
  }
  return {
    named,
    guessed,
    async exactly(name: QualifiedName, verb: Verb, rows: number | null): Promise<Reads> {
      const oids = (await found([name])).get(keyOf(name)) ?? []
      const touches = (oids.length > 0 ? oids : [null]).map((oid) => ({ name: nameOf(name), oid, verb, rows }))
      return { touches, unknownRead: null }
    },
    async declared(): Promise<Reads> {
      const reads = await guessed(0)
      const oids = reads.touches.flatMap(({ oid }) => (oid === null ? [] : [oid]))
      for (const cursor of facts.declares) sessions.declare(record.session, cursor, oids)
      return reads
    },
    fetched(): Reads {
      const touches: ResolvedTouch[] = []
      let unknownRead: Reads['unknownRead'] = null
      for (const { cursor, rowsMax } of facts.fetches) {
        const relations = sessions.cursor(record.session, cursor)
        if (relations === undefined || relations.length === 0) unknownRead = { rows: rowsMax }
        for (const oid of relations ?? []) touches.push({ name: '', oid, verb: 'read', rows: rowsMax })
      }
      return { touches, unknownRead }
    },
    unaccounted(): Reads | undefined {
      const relations = sessions.unaccounted(record.session)
      if (relations === undefined) return undefined
      return {
        touches: relations.map((oid) => ({ name: '', oid, verb: 'read' as const, rows: null })),
        unknownRead: relations.length === 0 ? { rows: null } : null,
      }
    },
    interrupted(): Reads {
      const isOpen = record.statement === null && !sessions.hasCursors(record.session) && endedReading.test(record.tag)
      return isOpen ? { ...nothing, unknownRead: { rows: null } } : nothing
    },
  }
}
