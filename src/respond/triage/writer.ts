import { parseOwnJson } from '#kit'
import { signalPrefix, type FindingId, type TenantId } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { RespondError } from '../error.ts'
import { exceptionOf, triageOf, type ExceptionRow, type TriageRow } from './read.ts'
import { noteVerdict, type Word } from './weights.ts'
import {
  addException,
  assignFinding,
  endException,
  exceptionMsMax,
  exceptionsMax,
  triageFinding,
  untouched,
  type RuleException,
  type Triage,
} from './types.ts'

export const triageTables = `
  CREATE TABLE finding_triage (tenant TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, state TEXT NOT NULL,
    verdict TEXT, owner TEXT, note TEXT, by TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
  CREATE INDEX finding_triage_by_rule ON finding_triage (tenant, rule, verdict);
  CREATE TABLE finding_exception (tenant TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, of TEXT NOT NULL,
    reason TEXT NOT NULL, owner TEXT NOT NULL, by TEXT NOT NULL, created_at_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
  CREATE INDEX finding_exception_by_rule ON finding_exception (tenant, rule);`

export const triageHandlers: readonly Handler[] = [
  handler(triageFinding, (tx, { tenant, id, state, verdict, note, by, atMs }) => {
    if ((state === 'done') !== (verdict !== null)) {
      throw new RespondError('ERR_FINDING_STATE', 'a verdict goes with `done`, and with nothing else', {
        hint: 'say `true`, `false` or `benign` with `done`',
      })
    }
    return change(tx, tenant, id, (before) => ({ ...before, state, verdict, note: note ?? before.note, by, atMs }))
  }),
  handler(assignFinding, (tx, { tenant, id, owner, by, atMs }) =>
    change(tx, tenant, id, (before) => ({ ...before, owner, by, atMs })),
  ),
  handler(addException, (tx, { tenant, atMs, ...asked }) => {
    // What Cordon says by itself is what it was built to say: nobody can be made deaf to it.
    if (!asked.rule.startsWith('sigma.')) {
      throw new RespondError('ERR_EXCEPTION_RULE', `\`${asked.rule}\` is a rule of Cordon's own`, {
        hint: 'only Sigma rules have exceptions: their names begin with `sigma.`',
      })
    }
    if (asked.untilMs <= atMs || asked.untilMs > atMs + exceptionMsMax) {
      throw new RespondError('ERR_EXCEPTION_TERM', 'an exception ends within 90 days', {
        place: 'untilMs',
        hint: 'it can be made again when it ends',
      })
    }
    const standing = tx.get<{ n: number }>(
      'SELECT count(*) AS n FROM finding_exception WHERE tenant = ? AND until_ms > ?',
      tenant,
      atMs,
    )
    if ((standing?.n ?? 0) >= exceptionsMax) {
      throw new RespondError('ERR_EXCEPTION_TERM', `there are ${exceptionsMax} exceptions already`, {
        hint: 'end some, or mend the rule',
      })
    }
    const { id, rule, of, reason, owner, by, untilMs } = asked
    const row = [tenant, id, rule, JSON.stringify(of), reason, owner, by, atMs, untilMs]
    tx.run('INSERT INTO finding_exception VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', ...row)
    return { id, rule, of, reason, owner, by, createdAtMs: atMs, untilMs }
  }),
  handler(endException, (tx, { tenant, id, atMs }): RuleException => {
    const row = tx.get<ExceptionRow>(
      'SELECT * FROM finding_exception WHERE tenant = ? AND id = ? AND until_ms > ?',
      tenant,
      id,
      atMs,
    )
    if (row === undefined) {
      throw new RespondError('ERR_EXCEPTION_UNKNOWN', `no exception \`${id}\` stands`, {
        hint: '`cordon finding exceptions` lists them',
      })
    }
    tx.run('UPDATE finding_exception SET until_ms = ? WHERE tenant = ? AND id = ?', atMs, tenant, id)
    return { ...exceptionOf(row), untilMs: atMs }
  }),
]

function change(tx: Tx, tenant: TenantId, id: FindingId, to: (before: Triage) => Triage & { atMs: number }): Triage {
  const known = tx.get<TriageRow>('SELECT * FROM finding_triage WHERE tenant = ? AND id = ?', tenant, id)
  const told = tx.get<{ rule: string; signals: string | null }>(
    "SELECT rule, json_extract(finding, '$.signals') AS signals FROM finding_told WHERE tenant = ? AND id = ?",
    tenant,
    id,
  )
  const rule = known?.rule ?? told?.rule
  if (rule === undefined) {
    throw new RespondError('ERR_FINDING_UNKNOWN', `no finding \`${id}\``, { hint: '`cordon finding list` shows them' })
  }
  const next = to(known === undefined ? untouched : triageOf(known))
  const { state, verdict, owner, note, by, atMs } = next
  // Kept with the first word: the finding itself may be forgotten before somebody thinks better of it.
  const signals = known === undefined ? (told?.signals ?? null) : known.signals
  // Whoever changes all but the verdict, or says it once more, leaves it with who said it.
  const before: Word = { verdict: known?.verdict ?? null, by: known?.judged_by ?? null }
  const after: Word = verdict === before.verdict ? before : { verdict, by: verdict === null ? null : by }
  const row = [tenant, id, rule, state, verdict, owner, note, by, atMs, signals, after.by]
  tx.run('INSERT OR REPLACE INTO finding_triage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', ...row)
  const named = signals === null ? [] : parseOwnJson<string[]>(signals)
  for (const name of [rule, ...named.map((signal) => `${signalPrefix}${signal}`)])
    noteVerdict(tx, { tenant, name, before, after, atMs })
  return next
}

type About = {
  rule: string
  entities: readonly string[]
  actors?: readonly string[]
  group: Readonly<Record<string, string>>
  atMs: number
}

/**
 * The exception that a finding falls under by when it happened; undefined: none. Whom it only names, as what was done to them
 * or as one of several who did it, an exception of theirs does not cover: what others do would be hidden with it.
 */
export function exceptionFor(tx: Tx, tenant: TenantId, about: About): string | undefined {
  const { rule, entities, group, atMs } = about
  const actors = about.actors ?? entities.slice(0, 1)
  return tx
    .all<ExceptionRow>(
      'SELECT * FROM finding_exception WHERE tenant = ? AND rule = ? AND until_ms > ? ORDER BY id',
      tenant,
      rule,
      Math.floor(atMs),
    )
    .find((row) => {
      const of = parseOwnJson<RuleException['of']>(row.of)
      return 'entity' in of ? actors.includes(of.entity) : group[of.field] === of.value
    })?.id
}
