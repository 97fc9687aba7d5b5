import { parseOwnJson } from '#kit'
import { callsFrom, type IncidentId, type Severity, type TenantId, type Urgency } from '#model'
import type { SqlValue } from '#store'

/** An incident as its row has it. `named_rank` 0: a person opened it (joining/naming.ts). */
type Opened = { tenant: TenantId; id: IncidentId; severity: Severity; named_rank: 0 | 1 | 2 }
type Rows = { all<Row>(sql: string, ...values: SqlValue[]): Row[] }

/** What a finding and its rule say of urgency. `urgency` null: the rule says nothing. `evidence`: log offsets. */
export type Told = { rule: string; urgency: Urgency | null; evidence: readonly number[] }
/** As kept beside the finding. `none`: it calls nobody by itself. */
type Said = Urgency | 'none'
type Found = { rule: string | null; said: Said | null; evidence: string | null }

/** With more than these nobody looks for what speaks against calling somebody. */
const findingsMax = 200
const offsetsMax = 100

/** Columns `rule`, `urgency` and `evidence` of a finding. `told` null: it was found only because there is an incident. */
export function saidOf({
  told,
  severity,
}: {
  told?: Told | null
  severity: Severity
}): [string | null, Said | null, string | null] {
  if (told === null) return [null, 'none', null]
  if (told === undefined) return [null, callsFrom.has(severity) ? null : 'none', null]
  const evidence = JSON.stringify(told.evidence.slice(0, offsetsMax).toSorted((a, b) => a - b))
  return [told.rule, callsFrom.has(severity) ? told.urgency : 'none', evidence]
}

/**
 * Whether somebody is called for an incident. It is, from level high on, unless each of its findings may wait: its rule
 * says `working-hours`, or says nothing while another that looked at the same events says so. It is all the same where two
 * rules found something in different events: each may be mistaken alone, hardly both. Of what a person opened
 * the level alone decides. `folding`: incidents that are about to become part of it.
 */
export function urgencyOf(
  rows: Rows,
  { tenant, id, severity, named_rank: rank }: Opened,
  folding: readonly IncidentId[] = [],
): Urgency {
  if (!callsFrom.has(severity)) return 'working-hours'
  if (rank === 0) return 'now'
  const found = rows.all<Found>(
    `SELECT rule, urgency AS said, evidence FROM incident_finding
      WHERE tenant = ? AND incident IN (SELECT value FROM json_each(?)) LIMIT ?`,
    tenant,
    JSON.stringify([id, ...folding]),
    findingsMax + 1,
  )
  if (found.length === 0 || found.length > findingsMax) return 'now'
  const waiting = new Set(found.filter(({ said }) => said === 'working-hours').map(({ evidence }) => evidence))
  const calls = ({ said, evidence }: Found): boolean => said === 'now' || (said === null && !waiting.has(evidence))
  return found.some(calls) || isBacked(found) ? 'now' : 'working-hours'
}

/** Two rules, no event in common. */
function isBacked(found: readonly Found[]): boolean {
  const told = found.flatMap(({ rule, evidence }) =>
    rule === null || evidence === null ? [] : [{ rule, offsets: parseOwnJson<number[]>(evidence) }],
  )
  return told.some((one, at) =>
    told
      .slice(at + 1)
      .some((other) => one.rule !== other.rule && !one.offsets.some((offset) => other.offsets.includes(offset))),
  )
}
