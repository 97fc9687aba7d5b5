import { severities, type EntityId, type IncidentId, type IncidentState, type TenantId, type Urgency } from '#model'
import type { Tx } from '#store'

import { recountIncident, settleIncident } from '../death.ts'
import type { Journal } from '../journal.ts'
import { needIncident, servesOf, type IncidentRow } from '../rows.ts'
import { triggerKey } from '../keys.ts'
import { moveAnchors } from './anchors.ts'
import { partsOf, withPart, type Part } from './parts.ts'

/** Whose work goes on is not over: of two the one further on. */
const states: readonly IncidentState[] = ['closed', 'open', 'contained', 'containing']

/** First, so that its trigger is free again; what it holds is moved by `foldInto`. */
export function endFolded(tx: Tx, { tenant, id }: IncidentRow, into: IncidentId, atMs: number): void {
  tx.run(
    `UPDATE incident SET state = 'closed', contain_by = NULL, folded_into = ?, folded_at_ms = ? WHERE tenant = ? AND id = ?`,
    into,
    atMs,
    tenant,
    id,
  )
  tx.run('UPDATE incident SET folded_into = ? WHERE tenant = ? AND folded_into = ?', into, tenant, id)
}

/**
 * Everything that `from` (as it was before it ended) holds becomes `into`'s: findings, members, approvals, and each step
 * with its action. INVARIANT: no action is made, dropped or sent again by this; an action's key does not name its incident,
 * so that a step both want is one row before and after.
 */
export function foldInto(
  tx: Tx,
  journal: Journal,
  from: IncidentRow,
  { into, atMs, urgency }: { into: IncidentId; atMs: number; urgency: Urgency },
): void {
  const { tenant, id } = from
  const target = needIncident(tx, tenant, into)
  moveSteps(tx, tenant, id, into)
  for (const table of ['incident_finding', 'action_serves', 'incident_join']) {
    tx.run(`UPDATE OR IGNORE ${table} SET incident = ? WHERE tenant = ? AND incident = ?`, into, tenant, id)
    tx.run(`DELETE FROM ${table} WHERE tenant = ? AND incident = ?`, tenant, id)
  }
  tx.run(
    `INSERT INTO exposed (tenant, incident, entity, dead, known_at_ms)
       SELECT tenant, ?, entity, dead, known_at_ms FROM exposed WHERE tenant = ? AND incident = ?
     ON CONFLICT (tenant, incident, entity) DO UPDATE SET known_at_ms = min(known_at_ms, excluded.known_at_ms)`,
    into,
    tenant,
    id,
  )
  tx.run('DELETE FROM exposed WHERE tenant = ? AND incident = ?', tenant, id)
  // What was signed names the incident of then; the column says whose steps it lets go.
  tx.run('UPDATE approval SET incident = ? WHERE tenant = ? AND incident = ?', into, tenant, id)
  moveAnchors(tx, tenant, id, into)
  keepParts(tx, target, partsOf(tx, from).reduce(withPart, partsOf(tx, target)))
  tx.run('DELETE FROM incident_part WHERE tenant = ? AND incident = ?', tenant, id)
  tx.run(
    `UPDATE incident SET state = ?, severity = ?, plan = coalesce(plan, ?), contain_by = coalesce(contain_by, ?),
       isolation_waived_at_ms = coalesce(isolation_waived_at_ms, ?), opened_at_ms = min(opened_at_ms, ?)
     WHERE tenant = ? AND id = ?`,
    higher(states, target.state, from.state),
    higher(severities, target.severity, from.severity),
    from.plan,
    from.contain_by,
    from.isolation_waived_at_ms,
    from.opened_at_ms,
    tenant,
    into,
  )
  journal(tx, tenant, 'incident.folded', atMs, { incident: id, into, urgency })
  recountIncident(tx, tenant, into)
  settleIncident(tx, journal, tenant, into, atMs)
}

const higher = <Value>(order: readonly Value[], a: Value, b: Value): Value =>
  order.indexOf(a) >= order.indexOf(b) ? a : b

export function keepParts(tx: Tx, { tenant, id }: IncidentRow, [first, ...rest]: readonly [Part, ...Part[]]): void {
  tx.run(
    'UPDATE incident SET window = ?, trust = ?, wanted = ? WHERE tenant = ? AND id = ?',
    JSON.stringify(first.window),
    JSON.stringify(first.trust),
    first.wanted ? 1 : 0,
    tenant,
    id,
  )
  for (const part of rest) {
    tx.run(
      `INSERT OR REPLACE INTO incident_part VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      tenant,
      id,
      triggerKey(part.trigger),
      JSON.stringify(part.trigger),
      JSON.stringify(part.window),
      JSON.stringify(part.trust),
      part.wanted ? 1 : 0,
      part.firstAtMs,
    )
  }
}

type Step = { action: string; level: number | null; serves: string; is_current: number }

/** A step that both have stays one: it serves what either wanted it for, and is wanted while either wants it. */
function moveSteps(tx: Tx, tenant: TenantId, from: IncidentId, into: IncidentId): void {
  const both = tx.all<Step & { theirs: string; other_level: number | null; other_current: number }>(
    `SELECT a.action, a.level, a.serves, a.is_current, b.serves AS theirs, b.level AS other_level, b.is_current AS other_current
       FROM action_incident a JOIN action_incident b ON b.tenant = a.tenant AND b.action = a.action AND b.incident = ?
     WHERE a.tenant = ? AND a.incident = ?`,
    into,
    tenant,
    from,
  )
  for (const step of both) {
    const serves = [...new Set<EntityId>([...servesOf({ serves: step.theirs }), ...servesOf(step)])].sort()
    tx.run(
      'UPDATE action_incident SET serves = ?, level = ?, is_current = ? WHERE tenant = ? AND action = ? AND incident = ?',
      JSON.stringify(serves),
      levelOf(step),
      Math.max(step.is_current, step.other_current),
      tenant,
      step.action,
      into,
    )
    tx.run('DELETE FROM action_incident WHERE tenant = ? AND action = ? AND incident = ?', tenant, step.action, from)
  }
  tx.run('UPDATE action_incident SET incident = ? WHERE tenant = ? AND incident = ?', into, tenant, from)
}

/** Each incident's own level holds for its own sake: of two that stand the lower lets it go, as it did before. */
function levelOf(step: {
  level: number | null
  is_current: number
  other_level: number | null
  other_current: number
}) {
  const levels = [
    ...(step.is_current === 1 ? [step.level] : []),
    ...(step.other_current === 1 ? [step.other_level] : []),
  ].filter((level) => level !== null)
  return levels.length === 0 ? null : Math.min(...levels)
}
