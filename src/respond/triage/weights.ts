import { signalPrefix, unjudged, weightOf, type TenantId, type Weight, type WeightStep } from '#model'
import type { Reader, Tx } from '#store'

import type { Verdict } from './types.ts'

/** A verdict weighs on what happens from then on: by then every reader has it, however long it takes to be written. */
export const weighsAfterMs = 60_000
/** Of one name, the newest. */
export const stepsKeptMax = 500
/** Names that have any: rules and signals. */
const namesMax = 10_000

/** What was judged before there were weights is of its rule alone. */
export const weightTables = `
  ALTER TABLE finding_triage ADD COLUMN signals TEXT;
  CREATE TABLE finding_weight (place INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL,
    from_ms INTEGER NOT NULL, trues INTEGER NOT NULL, judged INTEGER NOT NULL, UNIQUE (tenant, name, from_ms)) STRICT;
  INSERT INTO finding_weight (tenant, name, from_ms, trues, judged)
    SELECT tenant, rule, max(at_ms) + ${weighsAfterMs}, sum(verdict = 'true'), count(*) FROM finding_triage
    WHERE verdict IN ('true', 'false') GROUP BY tenant, rule;`

/**
 * Each verdict is one person's: whose, stands beside it, since `by` is also whoever gave the finding an owner. What one person
 * alone had lowered before is taken back from now on, as a further step.
 */
export const personTables = `
  ALTER TABLE finding_triage ADD COLUMN judged_by TEXT;
  UPDATE finding_triage SET judged_by = by WHERE verdict IS NOT NULL;
  CREATE TABLE finding_said (tenant TEXT NOT NULL, name TEXT NOT NULL, by TEXT NOT NULL, trues INTEGER NOT NULL,
    falses INTEGER NOT NULL, PRIMARY KEY (tenant, name, by)) STRICT, WITHOUT ROWID;
  INSERT INTO finding_said SELECT tenant, name, by, sum(verdict = 'true'), sum(verdict = 'false') FROM (
      SELECT tenant, rule AS name, by, verdict FROM finding_triage
      UNION ALL SELECT t.tenant, '${signalPrefix}' || s.value, t.by, t.verdict FROM finding_triage t, json_each(t.signals) s)
    WHERE verdict IN ('true', 'false') GROUP BY tenant, name, by;
  INSERT INTO finding_weight (tenant, name, from_ms, trues, judged)
    SELECT w.tenant, w.name, max(w.from_ms) + 1, c.trues, c.judged FROM finding_weight w
    JOIN (${countedOf('TRUE GROUP BY tenant, name')}) c ON c.tenant = w.tenant AND c.name = w.name
    GROUP BY w.tenant, w.name;`

/**
 * What is counted of what people said: every `true`, and of each person as many `false` as all others said together.
 * With F in all, of which the one who said most said M: min(F, 2(F - M)).
 */
function countedOf(which: string): string {
  return `SELECT tenant, name, sum(trues) AS trues,
    sum(trues) + min(sum(falses), 2 * (sum(falses) - max(falses))) AS judged FROM finding_said WHERE ${which}`
}

type Row = { place: number; name: string; from_ms: number; trues: number; judged: number }
type Said = Pick<Weight, 'trues' | 'judged'>
/** Of one finding: what was said of it, and by whom. */
export type Word = { verdict: Verdict | null; by: string | null }
type Change = { tenant: TenantId; name: string; before: Word; after: Word; atMs: number }

/**
 * What people now say of a rule or signal, as a further step. INVARIANT: a step is never changed, and each begins after the
 * one before it and after it was said, so that what was judged before stays as it was. INVARIANT: one person alone lowers
 * nothing, however often they say it.
 */
export function noteVerdict(tx: Tx, { tenant, name, before, after, atMs }: Change): void {
  if (before.verdict === after.verdict && before.by === after.by) return
  say(tx, tenant, name, before, -1)
  say(tx, tenant, name, after, 1)
  const last = tx.get<Row>(
    'SELECT * FROM finding_weight WHERE tenant = ? AND name = ? ORDER BY from_ms DESC LIMIT 1',
    tenant,
    name,
  )
  const { trues, judged } = tx.get<Said>(countedOf('tenant = ? AND name = ? GROUP BY tenant, name'), tenant, name) ?? {
    trues: 0,
    judged: 0,
  }
  if (trues === (last?.trues ?? 0) && judged === (last?.judged ?? 0)) return
  const fromMs = Math.max(Math.floor(atMs) + weighsAfterMs, (last?.from_ms ?? -Infinity) + 1)
  tx.run(
    'INSERT INTO finding_weight (tenant, name, from_ms, trues, judged) VALUES (?, ?, ?, ?, ?)',
    tenant,
    name,
    fromMs,
    trues,
    judged,
  )
  tx.run(
    `DELETE FROM finding_weight WHERE tenant = ? AND name = ? AND from_ms < (SELECT from_ms FROM finding_weight
     WHERE tenant = ? AND name = ? ORDER BY from_ms DESC LIMIT 1 OFFSET ${stepsKeptMax - 1})`,
    tenant,
    name,
    tenant,
    name,
  )
}

/** `benign` says neither. */
function say(tx: Tx, tenant: TenantId, name: string, { verdict, by }: Word, times: 1 | -1): void {
  if (by === null || (verdict !== 'true' && verdict !== 'false')) return
  tx.run(
    `INSERT INTO finding_said VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, name, by)
     DO UPDATE SET trues = trues + excluded.trues, falses = falses + excluded.falses`,
    tenant,
    name,
    by,
    verdict === 'true' ? times : 0,
    verdict === 'false' ? times : 0,
  )
}

/** What people said of signals behind a place, in the order they said it, names without their prefix. */
export function signalSteps(
  reader: Reader,
  tenant: TenantId,
  place: number,
  max: number,
): { place: number; step: WeightStep }[] {
  return reader
    .all<Row>(
      'SELECT * FROM finding_weight WHERE place > ? AND tenant = ? AND name GLOB ? ORDER BY place LIMIT ?',
      place,
      tenant,
      `${signalPrefix}*`,
      max,
    )
    .map(({ name, from_ms: fromMs, trues, judged, ...row }) => ({
      place: row.place,
      step: { name: name.slice(signalPrefix.length), fromMs, trues, judged },
    }))
}

const newest = `SELECT w.* FROM (SELECT name, max(from_ms) AS from_ms FROM finding_weight WHERE tenant = ? GROUP BY name
  ORDER BY name LIMIT ${namesMax}) n JOIN finding_weight w ON w.tenant = ? AND w.name = n.name AND w.from_ms = n.from_ms`

/** By what people said last; what nobody judged weighs 1. */
export function weightsNow(reader: Reader, tenant: TenantId): (rule: string) => Weight {
  const rows = reader.all<Row>(newest, tenant, tenant)
  const byName = new Map(rows.map((row) => [row.name, weightOf(row)]))
  return (rule) => byName.get(rule) ?? unjudged
}

/** Signals of behaviour that people judged, by name. */
export const signalWeights = (reader: Reader, tenant: TenantId): { signal: string; weight: Weight }[] =>
  reader
    .all<Row>(newest, tenant, tenant)
    .filter(({ name }) => name.startsWith(signalPrefix))
    .map((row) => ({ signal: row.name.slice(signalPrefix.length), weight: weightOf(row) }))
    .toSorted((a, b) => (a.signal < b.signal ? -1 : 1))
