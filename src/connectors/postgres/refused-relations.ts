import type { LogRecord } from './log-record.ts'
import { keyOf, type Lookup } from './resolve.ts'
import { sqlFacts, type QualifiedName } from './sql-facts.ts'
import { lexSql } from './sql-lexer.ts'

/** insufficient_privilege: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const noPrivilege = '42501'
/** The server's words (`aclcheck_error` in src/backend/catalog/aclchk.c). It names a relation without its schema. */
const refusal = /^permission denied for (table|view|materialized view|foreign table|schema) (.+)$/s

/**
 * Relations that somebody was refused for want of a right, as the live catalog knows them. The statement says in which schema,
 * and leaves nothing but that behind: only numbers are kept of it. Other languages than English (`lc_messages`) tell none.
 */
export async function refusedRelations(
  { state, message, statement, database, user }: LogRecord,
  lookup: Pick<Lookup, 'relations'>,
): Promise<number[]> {
  const [, kind, name] = state === noPrivilege ? (refusal.exec(message) ?? []) : []
  if (name === undefined || database === null) return []
  const written = statement === null ? [] : sqlFacts(lexSql(statement)).relations
  const meant = written.filter((one) => (kind === 'schema' ? one.schema : one.name) === name)
  // What a view or a function reads is not in the statement.
  const names: QualifiedName[] = meant.length > 0 || kind === 'schema' ? meant : [{ schema: null, name }]
  if (names.length === 0) return []
  const found = await lookup.relations(database, names, user)
  return [...new Set(names.flatMap((one) => found.get(keyOf(one)) ?? []))]
}
