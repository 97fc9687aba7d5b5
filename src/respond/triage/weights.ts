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

type Row = { place: number; name: string; from_ms: number; trues: number; judged: number }
type Said = Pick<Weight, 'trues' | 'judged'>
type Change = { tenant: TenantId; name: string; before: Verdict | null; after: Verdict | null; atMs: number }

/**
 * What people now say of a rule or signal, as a further step. INVARIANT: a step is never changed, and each begins after the
 * one before it and after it was said, so that what was judged before stays as it was.
 */
export function noteVerdict(tx: Tx, { tenant, name, before, after, atMs }: Change): void {
  const [took, gave] = [saidBy(before), saidBy(after)]
  if (took.trues === gave.trues && took.judged === gave.judged) return
  const last = tx.get<Row>(
    'SELECT * FROM finding_weight WHERE tenant = ? AND name = ? ORDER BY from_ms DESC LIMIT 1',
    tenant,
    name,
  )
  const fromMs = Math.max(Math.floor(atMs) + weighsAfterMs, (last?.from_ms ?? -Infinity) + 1)
  const trues = (last?.trues ?? 0) + gave.trues - took.trues
  const judged = (last?.judged ?? 0) + gave.judged - took.judged
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

const saidBy = (verdict: Verdict | null): Said => ({
  trues: verdict === 'true' ? 1 : 0,
  judged: verdict === 'true' || verdict === 'false' ? 1 : 0,
})

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
