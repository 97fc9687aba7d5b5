import type { Audit, LogEntry, LogRecord } from './log-record.ts'
import { scrubLexed } from './scrub-sql.ts'
import { sqlFacts, type QualifiedName, type SqlFacts } from './sql-facts.ts'
import { lexSql, type Lexed } from './sql-lexer.ts'

/** A line with what its statement says; nothing of the statement's values is in `scrubbed` and `facts`. */
export type Line = {
  record: LogRecord
  entry: LogEntry
  scrubbed: string | null
  /** The statement without names in quotes either: equal for the line that begins it and the one that accounts for it. */
  shape: string | null
  facts: SqlFacts
  firstWord: string
}

const nothing: Lexed = { tokens: [], cut: false }
const noFacts = sqlFacts(nothing)
/** SQLSTATE classes of statements refused before a row moved: syntax and rights, unsupported, wrong transaction state. */
const neverRan = ['42', '0A', '25', '26', '34', '3D', '3F']

export const isRefused = (record: LogRecord): boolean => neverRan.includes(record.state?.slice(0, 2) ?? '')

export function lineOf(record: LogRecord, entry: LogEntry): Line {
  const text =
    entry.kind === 'audit' ? entry.audit.statement : entry.kind === 'statement' ? entry.statement : record.statement
  // A misspelt statement may carry a value where a name belongs, and it moved nothing: not kept.
  const isKept = text !== null && entry.kind !== 'forged' && !(entry.kind === 'fault' && isRefused(record))
  const lexed = isKept ? lexSql(text) : nothing
  return {
    record,
    entry,
    scrubbed: isKept ? scrubLexed(lexed, entry.kind === 'audit') : null,
    shape: isKept ? scrubLexed(lexed, false) : null,
    facts: isKept ? sqlFacts(lexed) : noFacts,
    firstWord: lexed.tokens[0]?.text ?? '',
  }
}

/** The relation an audit line is about; undefined for other objects and for none. */
export function objectName(audit: Audit): QualifiedName | undefined {
  if (!/TABLE|VIEW/.test(audit.objectType) || audit.object === '') return undefined
  const parts = lexSql(audit.object).tokens.filter((token) => token.kind === 'word' || token.kind === 'quoted')
  const name = parts.at(-1)?.text
  return name === undefined ? undefined : { schema: parts.at(-2)?.text ?? null, name }
}

export const nameOf = ({ schema, name }: QualifiedName): string => (schema === null ? name : `${schema}.${name}`)
