import { parseOwnJson } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import { exceptionsMax, untouched, type RuleException, type Triage, type TriageState, type Verdict } from './types.ts'
import { weightsNow } from './weights.ts'

export type TriageRow = {
  id: string
  rule: string
  state: TriageState
  verdict: Verdict | null
  owner: string | null
  note: string | null
  by: string
  at_ms: number
  /** Of behaviour: the signals that a verdict speaks of, a JSON array of names; null: the rule alone. */
  signals: string | null
  /** Whose the verdict is. */
  judged_by: string | null
}
export type ExceptionRow = {
  id: RuleException['id']
  rule: string
  of: string
  reason: string
  owner: string
  by: string
  created_at_ms: number
  until_ms: number
}

export const triageOf = ({ state, verdict, owner, note, by, at_ms: atMs }: TriageRow): Triage => ({
  state,
  verdict,
  owner,
  note,
  by,
  atMs,
})

export const exceptionOf = (row: ExceptionRow): RuleException => ({
  id: row.id,
  rule: row.rule,
  of: parseOwnJson<RuleException['of']>(row.of),
  reason: row.reason,
  owner: row.owner,
  by: row.by,
  createdAtMs: row.created_at_ms,
  untilMs: row.until_ms,
})

/** Of these findings, in one question. */
export function triagesOf(reader: Reader, tenant: TenantId, ids: readonly string[]): (id: string) => Triage {
  const rows = reader.all<TriageRow>(
    'SELECT * FROM finding_triage WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))',
    tenant,
    JSON.stringify(ids),
  )
  const byId = new Map(rows.map((row) => [row.id, triageOf(row)]))
  return (id) => byId.get(id) ?? untouched
}

/** Those that stand, the next to end first. */
export const exceptionsAt = (reader: Reader, tenant: TenantId, atMs: number): RuleException[] =>
  reader
    .all<ExceptionRow>(
      'SELECT * FROM finding_exception WHERE tenant = ? AND until_ms > ? ORDER BY until_ms, id LIMIT ?',
      tenant,
      atMs,
      exceptionsMax,
    )
    .map(exceptionOf)

/** Rules of which anything is told. */
const rulesMax = 10_000

/**
 * Like findings, by rule: how many stand in the list, how many of them nobody has done yet, and what people said.
 * `precision` is true / (true + false) over what was judged, null before that; benign counts as neither. `weight`: what is
 * made of that from the next minute on.
 */
export function rulesFound(reader: Reader, tenant: TenantId) {
  type Row = { rule: string; findings: number; done: number; newest_ms: number | null }
  const told = reader.all<Row>(
    `SELECT t.rule, count(*) AS findings, count(g.id) AS done, max(t.at_ms) AS newest_ms FROM finding_told t
     LEFT JOIN finding_triage g ON g.tenant = t.tenant AND g.id = t.id AND g.state = 'done'
     WHERE t.tenant = ? GROUP BY t.rule ORDER BY t.rule LIMIT ?`,
    tenant,
    rulesMax,
  )
  const said = reader.all<{ rule: string; verdict: Verdict; n: number }>(
    `SELECT rule, verdict, count(*) AS n FROM finding_triage WHERE tenant = ? AND verdict IS NOT NULL
     GROUP BY rule, verdict ORDER BY rule LIMIT ?`,
    tenant,
    rulesMax * 3,
  )
  const verdictsOf = Map.groupBy(said, ({ rule }) => rule)
  const toldOf = new Map(told.map((row) => [row.rule, row]))
  const weightOf = weightsNow(reader, tenant)
  return [...new Set([...toldOf.keys(), ...verdictsOf.keys()])].sort().map((rule) => {
    const of = (verdict: Verdict): number => verdictsOf.get(rule)?.find((one) => one.verdict === verdict)?.n ?? 0
    const [right, wrong, benign] = [of('true'), of('false'), of('benign')]
    const { findings, done, newest_ms: newestAtMs } = toldOf.get(rule) ?? { findings: 0, done: 0, newest_ms: null }
    const judged = right + wrong
    const precision = judged === 0 ? null : right / judged
    const weight = weightOf(rule)
    return { rule, findings, open: findings - done, newestAtMs, true: right, false: wrong, benign, precision, weight }
  })
}
