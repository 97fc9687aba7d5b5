import type { IncidentId, TenantId } from '#model'

import { liveIncident, type IncidentRow, type Rows } from '../rows.ts'
import { compareNaming, namingOf, type Naming } from './naming.ts'
import { partsMax } from './parts.ts'

export type Placing = {
  tenant: TenantId
  /** Of the incident that the finding opens by itself. */
  id: IncidentId
  naming: Naming
  triggerKey: string
  /** Incidents it was found to be of. */
  joins: readonly IncidentId[]
}
/** `into`: null when it opens a new one. `folds` are part of it from now on. */
export type Place = { into: IncidentRow | null; folds: IncidentRow[] }

/**
 * Where a finding belongs. Asked before the plan is made and again inside the command, and answers the same for the same
 * rows: of everything that it connects the oldest finding names the incident, and that may be the new one.
 */
export function placeOf(rows: Rows, { tenant, id, naming, triggerKey, joins }: Placing): Place {
  const own = rows.get<IncidentRow>('SELECT * FROM incident WHERE tenant = ? AND id = ?', tenant, id)
  if (own !== undefined) return { into: liveIncident(rows, tenant, id), folds: [] }
  const same = sameTrigger(rows, tenant, triggerKey)
  const found = joins.map((one) => liveIncident(rows, tenant, one)).filter(({ state }) => state !== 'closed')
  const others = [...new Map(found.map((row) => [row.id, row])).values()]
    .filter((row) => row.id !== same?.id)
    .sort((a, b) => compareNaming(namingOf(a), namingOf(b)))
  const taken = same === undefined ? [] : [same]
  let parts = taken.reduce((sum, row) => sum + sizeOf(rows, row), same === undefined ? 1 : 0)
  for (const row of others) {
    const more = sizeOf(rows, row)
    if (parts + more > partsMax) continue
    parts += more
    taken.push(row)
  }
  taken.sort((a, b) => compareNaming(namingOf(a), namingOf(b)))
  const [first, ...rest] = taken
  if (first === undefined) return { into: null, folds: [] }
  // What a person opens joins what is there; only findings come in any order.
  const isOldest = naming.rank > 0 && compareNaming(naming, namingOf(first)) < 0
  return isOldest ? { into: null, folds: taken } : { into: first, folds: rest }
}

/** The open incident of which this trigger is a part; there is one at most. */
export const sameTrigger = (rows: Rows, tenant: TenantId, key: string): IncidentRow | undefined =>
  rows.get<IncidentRow>(
    `SELECT * FROM incident WHERE tenant = ? AND trigger_key = ? AND state <> 'closed'
     UNION ALL SELECT i.* FROM incident_part p JOIN incident i ON i.tenant = p.tenant AND i.id = p.incident
       WHERE p.tenant = ? AND p.trigger_key = ? AND i.state <> 'closed' LIMIT 1`,
    tenant,
    key,
    tenant,
    key,
  )

const sizeOf = (rows: Rows, { tenant, id }: IncidentRow): number =>
  1 +
  (rows.get<{ n: number }>('SELECT count(*) AS n FROM incident_part WHERE tenant = ? AND incident = ?', tenant, id)
    ?.n ?? 0)
