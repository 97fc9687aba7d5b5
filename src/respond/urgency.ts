import { parseOwnJson } from '#kit'
import { callsFrom, type IncidentId, type Severity, type TenantId, type Urgency } from '#model'
import type { SqlValue } from '#store'

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
 * rules found something in different events: each may be mistaken alone, hardly both. What no finding opened, a person did, and
 * its level decides. `folding`: incidents that are about to become part of it.
 */
export function urgencyOf(
  rows: Rows,
  { tenant, id, severity }: { tenant: TenantId; id: IncidentId; severity: Severity },
  folding: readonly IncidentId[] = [],
): Urgency {
  if (!callsFrom.has(severity)) return 'working-hours'
  const found = rows.all<Found>(
    `SELECT rule, urgency AS said, evidence FROM incident_finding
      WHERE tenant = ? AND incident IN (SELECT value FROM json_each(?)) LIMIT ?`,
    tenant,
    JSON.stringify([id, ...folding]),
    findingsMax + 1,
  )
  // What was found only because there is an incident opened none: a person did.
  const isPersons = found.every(({ rule, said }) => rule === null && said === 'none')
  if (isPersons || found.length > findingsMax) return 'now'
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
