import { sha256, toHex } from '#kit'

import type { Lookup } from './resolve.ts'
import { isCatalogName, keyOf } from './resolve.ts'
import type { LogEnvelope, ResolvedTouch } from './log-envelope.ts'
import type { Audit, LogEntry, LogRecord } from './log-record.ts'
import { scrubLexed } from './scrub-sql.ts'
import { sqlFacts, type QualifiedName, type SqlFacts } from './sql-facts.ts'
import { lexSql, type Lexed } from './sql-lexer.ts'

/** A line with what its statement says; nothing of the statement's values is in `scrubbed` and `facts`. */
export type Line = {
  record: LogRecord
  entry: LogEntry
  scrubbed: string | null
  facts: SqlFacts
  firstWord: string
}

const noFacts = sqlFacts({ tokens: [], cut: false })
/** SQLSTATE classes of statements refused before a row moved: syntax and rights, unsupported, wrong transaction state. */
const neverRan = ['42', '0A', '25', '26', '34', '3D', '3F']
const noRows: Lexed = { tokens: [], cut: false }

export function lineOf(record: LogRecord, entry: LogEntry): Line {
  const text =
    entry.kind === 'audit' ? entry.audit.statement : entry.kind === 'statement' ? entry.statement : record.statement
  // A misspelt statement may carry a value where a name belongs, and it moved nothing: not kept.
  const isKept = text !== null && entry.kind !== 'forged' && !(entry.kind === 'fault' && isRefused(record))
  const lexed = isKept ? lexSql(text) : noRows
  return {
    record,
    entry,
    scrubbed: isKept ? scrubLexed(lexed) : null,
    facts: isKept ? sqlFacts(lexed) : noFacts,
    firstWord: lexed.tokens[0]?.text ?? '',
  }
}

const isRefused = (record: LogRecord): boolean => neverRan.includes(record.state?.slice(0, 2) ?? '')

/** Open SQL cursors: log session → cursor → relations it reads. Bounded; the oldest session goes first. */
export type Cursors = Map<string, Map<string, number[]>>
export const cursorSessionsMax = 256
export const cursorsPerSessionMax = 32

export const objectName = (audit: Audit): QualifiedName | undefined => {
  if (!/TABLE|VIEW/.test(audit.objectType) || audit.object === '') return undefined
  const parts = lexSql(audit.object).tokens.filter((token) => token.kind === 'word' || token.kind === 'quoted')
  const name = parts.at(-1)?.text
  return name === undefined ? undefined : { schema: parts.at(-2)?.text ?? null, name }
}

const rowCommands = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE'])
const guardedCatalog = new Set(['pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_user_mappings', 'pg_subscription'])
const verbOfCommand = (audit: Audit): ResolvedTouch['verb'] => {
  if (/^(?:DELETE|TRUNCATE|DROP)/.test(audit.command)) return 'delete'
  return audit.class === 'READ' ? 'read' : audit.class === 'WRITE' ? 'write' : 'admin'
}

type Reads = Pick<LogEnvelope['resolved'], 'touches' | 'unknownRead'>

/** What the line did to which relations. Changes `cursors` as cursors open and sessions end. */
export async function readsOf(line: Line, lookup: Lookup, cursors: Cursors): Promise<Reads> {
  const { record, entry, facts } = line
  const nothing: Reads = { touches: [], unknownRead: null }
  const database = record.database
  if (database === null) return nothing
  if (entry.kind === 'disconnected') {
    cursors.delete(record.session)
    return nothing
  }
  const named = async (names: readonly QualifiedName[], verb: ResolvedTouch['verb'], rows: number | null) => {
    const found = await lookup.relations(
      database,
      names.filter((name) => !isCatalogName(name)),
      record.user,
    )
    return names.flatMap((name) =>
      (found.get(keyOf(name)) ?? []).map((oid) => ({ name: nameOf(name), oid, verb, rows })),
    )
  }
  /** Relations from words alone: when none is known, something was read all the same. */
  const guessed = async (rows: number | null): Promise<Reads> => {
    const touches = await named(facts.relations, 'read', rows)
    return { touches, unknownRead: touches.length === 0 && facts.relations.length > 0 ? { rows } : null }
  }
  const fetched = (): Reads => {
    const touches: ResolvedTouch[] = []
    let unknownRead: Reads['unknownRead'] = null
    for (const { cursor, rowsMax } of facts.fetches) {
      const relations = cursors.get(record.session)?.get(cursorKey(cursor))
      if (relations === undefined) unknownRead = { rows: rowsMax }
      for (const oid of relations ?? []) touches.push({ name: '', oid, verb: 'read', rows: rowsMax })
    }
    return { touches, unknownRead }
  }
  const declared = async (): Promise<Reads> => {
    const reads = await guessed(0)
    const oids = reads.touches.flatMap(({ oid }) => (oid === null ? [] : [oid]))
    for (const cursor of facts.declares) remember(cursors, record.session, cursorKey(cursor), oids)
    return reads
  }

  if (entry.kind === 'audit') {
    const { audit } = entry
    const object = objectName(audit)
    if (audit.class === 'DDL') lookup.forgetRelations(database)
    if (object !== undefined && audit.class !== 'ROLE') {
      const rows = rowCommands.has(audit.command) ? audit.rows : null
      if (isCatalogName(object)) {
        const isAsked = guardedCatalog.has(object.name) && facts.relations.some(({ name }) => guardedCatalog.has(name))
        return isAsked
          ? { ...nothing, touches: [{ name: nameOf(object), oid: null, verb: verbOfCommand(audit), rows }] }
          : nothing
      }
      const found = (await lookup.relations(database, [object], record.user)).get(keyOf(object)) ?? []
      return {
        touches: (found.length > 0 ? found : [null]).map((oid) => ({
          name: nameOf(object),
          oid,
          verb: verbOfCommand(audit),
          rows,
        })),
        unknownRead: null,
      }
    }
    if (audit.command === 'DECLARE CURSOR') return declared()
    if (audit.command === 'FETCH') return fetched()
    if (audit.command === 'COPY') {
      return audit.class === 'READ'
        ? guessed(null)
        : { ...nothing, touches: await named(facts.relations, 'write', null) }
    }
    const isGrant = audit.command === 'GRANT' || audit.command === 'REVOKE'
    if (isGrant) return { ...nothing, touches: await named(facts.shared, 'share', null) }
    return nothing
  }
  if (entry.kind === 'fault' && !isRefused(record)) {
    if (facts.fetches.length > 0) return fetched()
    if (facts.relations.length > 0) return guessed(null)
    // Killed while rows may have been going out through a cursor of the wire protocol, which the log does not name.
    const wasReading =
      record.statement === null &&
      !cursors.has(record.session) &&
      /^(?:SELECT|FETCH|COPY|idle in transaction)/.test(record.tag)
    return wasReading ? { ...nothing, unknownRead: { rows: null } } : nothing
  }
  // With pgaudit the same statement has lines of its own.
  if (entry.kind === 'statement' && !(await lookup.hasAudit())) {
    if (facts.fetches.length > 0) return fetched()
    const verb = statementVerbs[line.firstWord]
    if (facts.declares.length > 0) return declared()
    if (verb === 'read') return guessed(null)
    if (verb !== undefined) return { ...nothing, touches: await named(facts.relations, verb, null) }
  }
  return nothing
}

const statementVerbs: Partial<Record<string, ResolvedTouch['verb']>> = {
  select: 'read',
  with: 'read',
  table: 'read',
  copy: 'read',
  insert: 'write',
  update: 'write',
  merge: 'write',
  delete: 'delete',
  truncate: 'delete',
}

/** A client names its cursors as it likes: the name is kept only as a hash. */
const cursorKey = (name: string): string => toHex(sha256(name)).slice(0, 12)

function remember(cursors: Cursors, session: string, cursor: string, relations: number[]): void {
  const own = cursors.get(session) ?? new Map<string, number[]>()
  own.delete(cursor)
  own.set(cursor, relations)
  for (const oldest of own.keys()) {
    if (own.size <= cursorsPerSessionMax) break
    own.delete(oldest)
  }
  cursors.delete(session)
  cursors.set(session, own)
  for (const oldest of cursors.keys()) {
    if (cursors.size <= cursorSessionsMax) break
    cursors.delete(oldest)
  }
}

export const nameOf = ({ schema, name }: QualifiedName): string => (schema === null ? name : `${schema}.${name}`)
