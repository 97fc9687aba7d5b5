import type { ActionId, EntityId, IncidentId, TenantId } from '#model'
import type { Tx } from '#store'

import type { Journal } from './journal.ts'
import { recheckAt } from './moves.ts'
import { needIncident, stepColumns, type ActionRow, type Rows, type StepRow } from './rows.ts'

/**
 * Steps whose proof says that what they serve is dead. Isolating a host or denying from outside keeps an attacker away and
 * proves nothing of the credential, unless the deny is of that very credential.
 */
export const isKilling = `(a.phase IN ('revoke', 'end-sessions', 'uninstall', 'remove-descendants')
  OR (a.phase = 'deny' AND a.target = k.entity))`

const killing = `SELECT 1 FROM action_serves k
  JOIN action_incident s ON s.tenant = k.tenant AND s.action = k.action AND s.incident = k.incident AND s.is_current = 1
  JOIN action a ON a.tenant = k.tenant AND a.id = k.action
  WHERE k.tenant = exposed.tenant AND k.incident = exposed.incident AND k.entity = exposed.entity AND ${isKilling}`

/** A proof about a role or an app says nothing of a session that was learnt of after it was given. */
const isAfterProof = (member: string): string =>
  `a.target <> ${member}.entity AND max(a.proven_at_ms, coalesce(a.reproven_at_ms, 0)) < ${member}.known_at_ms`

/**
 * INVARIANT 3: dead only when every step that must kill it is contained, each with its proof, and there is one at least. The
 * end of its sessions alone leaves an account that signs in again.
 */
const dead = `EXISTS (${killing} AND (a.phase <> 'end-sessions' OR k.entity NOT LIKE 'identity:%')) AND NOT EXISTS (${killing}
  AND NOT (a.state = 'contained' AND a.proof IS NOT NULL AND NOT (${isAfterProof('exposed')})))`

export function recountIncident(tx: Tx, tenant: TenantId, incident: IncidentId): void {
  tx.run(`UPDATE exposed SET dead = (${dead}) WHERE tenant = ? AND incident = ?`, tenant, incident)
}

/** Proofs that are older than what they should speak for are looked at again at once. */
export function proveAgain(tx: Tx, tenant: TenantId, incident: IncidentId, atMs: number): void {
  const early = tx.all<ActionRow>(
    `SELECT DISTINCT a.* FROM exposed e JOIN action_serves k ON k.tenant = e.tenant AND k.incident = e.incident AND k.entity = e.entity
       JOIN action_incident s ON s.tenant = k.tenant AND s.action = k.action AND s.incident = k.incident AND s.is_current = 1
       JOIN action a ON a.tenant = k.tenant AND a.id = k.action
     WHERE e.tenant = ? AND e.incident = ? AND a.state = 'contained' AND ${isKilling} AND ${isAfterProof('e')}`,
    tenant,
    incident,
  )
  for (const row of early) recheckAt(tx, row, atMs)
}

function recountServed(tx: Tx, tenant: TenantId, action: ActionId): void {
  tx.run(
    `UPDATE exposed SET dead = (${dead}) WHERE tenant = ? AND (incident, entity) IN
       (SELECT incident, entity FROM action_serves WHERE tenant = ? AND action = ?)`,
    tenant,
    tenant,
    action,
  )
}

export const isAllDead = (rows: Rows, tenant: TenantId, incident: IncidentId): boolean =>
  rows.get('SELECT 1 FROM exposed WHERE tenant = ? AND incident = ? LIMIT 1', tenant, incident) !== undefined &&
  rows.get('SELECT 1 FROM exposed WHERE tenant = ? AND incident = ? AND dead = 0 LIMIT 1', tenant, incident) ===
    undefined

/** The steps whose proofs decide whether `entity` is dead. */
export const killersOf = (rows: Rows, tenant: TenantId, incident: IncidentId, entity: EntityId): StepRow[] =>
  rows.all<StepRow>(
    `SELECT ${stepColumns} JOIN action_serves k ON k.tenant = s.tenant AND k.action = s.action AND k.incident = s.incident
     WHERE k.tenant = ? AND k.incident = ? AND k.entity = ? AND (s.is_current = 1 OR a.attempts > 0) AND ${isKilling}`,
    tenant,
    incident,
    entity,
  )

/** After an action's state changed: which incidents are now contained, and which no longer are. */
export function settleIncidents(tx: Tx, journal: Journal, tenant: TenantId, action: ActionId, atMs: number): void {
  recountServed(tx, tenant, action)
  const incidents = tx.all<{ incident: IncidentId }>(
    'SELECT incident FROM action_incident WHERE tenant = ? AND action = ?',
    tenant,
    action,
  )
  for (const { incident } of incidents) settleIncident(tx, journal, tenant, incident, atMs)
}

export function settleIncident(tx: Tx, journal: Journal, tenant: TenantId, incident: IncidentId, atMs: number): void {
  const { state } = needIncident(tx, tenant, incident)
  const isContained = isAllDead(tx, tenant, incident)
  if (state === 'containing' && isContained) {
    tx.run(`UPDATE incident SET state = 'contained' WHERE tenant = ? AND id = ?`, tenant, incident)
    journal(tx, tenant, 'incident.contained', atMs, { incident })
  } else if (state === 'contained' && !isContained) {
    tx.run(`UPDATE incident SET state = 'containing' WHERE tenant = ? AND id = ?`, tenant, incident)
    journal(tx, tenant, 'incident.reopened', atMs, { incident })
  }
}
