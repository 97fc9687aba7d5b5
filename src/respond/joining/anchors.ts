import { parseOwnJson } from '#kit'
import type { EntityId, FindingId, IncidentId, ReasonStep, TenantId, Trigger } from '#model'
import type { Tx } from '#store'

import type { Rows } from '../rows.ts'
import type { JoinReason } from './reason.ts'
import { joinGapMs, type Anchor } from './surroundings.ts'

/** Incidents that one finding is found to be of; the nearest. */
export const joinsMax = 20
/** Anchors of one incident; what it meets beyond them joins nothing. */
export const incidentAnchorsMax = 50_000

/** What the trigger itself names: the only thing that a hub may join by. */
export function aboutOf(trigger: Trigger): EntityId | null {
  switch (trigger.kind) {
    case 'host':
      return trigger.host
    case 'credential':
      return trigger.credential
    case 'identity':
      return trigger.identity
    case 'app':
      return trigger.app
    case 'resource':
    case 'artefact':
    case 'offboarding':
    case 'weakness':
    case 'pause':
    case 'trim':
    case 'lease':
      return null
  }
}

type AnchorRow = {
  entity: EntityId
  incident: IncidentId
  finding: FindingId | null
  named: EntityId
  path: string
  is_hub: number
  is_about: number
}
type Seen = { fromMs: number; atMs: number; about: EntityId | null }

/** Open incidents with an anchor among these, no further apart in time than one story is, each with the shortest way. */
export function joinsBy(
  rows: Rows,
  tenant: TenantId,
  anchors: readonly Anchor[],
  { fromMs, atMs, about }: Seen,
): { incident: IncidentId; reason: JoinReason }[] {
  const own = new Map(anchors.map((anchor) => [anchor.entity, anchor]))
  const met = rows.all<AnchorRow>(
    `SELECT entity, incident, finding, named, path, is_hub, is_about FROM incident_anchor
     WHERE tenant = ? AND entity IN (SELECT value FROM json_each(?)) AND from_ms <= ? AND to_ms >= ?`,
    tenant,
    JSON.stringify([...own.keys()]),
    atMs + joinGapMs,
    fromMs - joinGapMs,
  )
  const best = new Map<IncidentId, JoinReason>()
  for (const row of met) {
    const anchor = own.get(row.entity)
    if (anchor === undefined) continue
    if ((anchor.isHub || row.is_hub === 1) && anchor.entity !== about && row.is_about === 0) continue
    const reason: JoinReason = {
      entity: row.entity,
      named: anchor.named,
      path: anchor.path,
      other: row.finding,
      otherNamed: row.named,
      otherPath: parseOwnJson<ReasonStep[]>(row.path),
    }
    const known = best.get(row.incident)
    if (known === undefined || isNearer(reason, known)) best.set(row.incident, reason)
  }
  return [...best]
    .map(([incident, reason]) => ({ incident, reason }))
    .sort((a, b) =>
      isNearer(a.reason, b.reason) || (!isNearer(b.reason, a.reason) && a.incident < b.incident) ? -1 : 1,
    )
    .slice(0, joinsMax)
}

const lengthOf = ({ path, otherPath }: JoinReason): number => path.length + otherPath.length
const isNearer = (a: JoinReason, b: JoinReason): boolean =>
  lengthOf(a) < lengthOf(b) || (lengthOf(a) === lengthOf(b) && a.entity < b.entity)

/** The way that was known first stays; the time in which the anchor counts grows. */
const onKnown = `ON CONFLICT (tenant, entity, incident) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms),
  to_ms = max(to_ms, excluded.to_ms), is_hub = max(is_hub, excluded.is_hub), is_about = max(is_about, excluded.is_about)`

export function keepAnchors(
  tx: Tx,
  { tenant, incident, finding }: { tenant: TenantId; incident: IncidentId; finding: FindingId | null },
  anchors: readonly Anchor[],
  { fromMs, atMs, about }: Seen,
): void {
  const kept = tx.get<{ n: number }>(
    'SELECT count(*) AS n FROM incident_anchor WHERE tenant = ? AND incident = ?',
    tenant,
    incident,
  )
  for (const { entity, named, path, isHub } of anchors.slice(0, Math.max(0, incidentAnchorsMax - (kept?.n ?? 0)))) {
    tx.run(
      `INSERT INTO incident_anchor VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${onKnown}`,
      tenant,
      entity,
      incident,
      finding,
      named,
      JSON.stringify(path),
      Math.floor(fromMs),
      Math.ceil(atMs),
      isHub ? 1 : 0,
      entity === about ? 1 : 0,
    )
  }
}

export function moveAnchors(tx: Tx, tenant: TenantId, from: IncidentId, into: IncidentId): void {
  tx.run(
    `INSERT INTO incident_anchor SELECT tenant, entity, ?, finding, named, path, from_ms, to_ms, is_hub, is_about
       FROM incident_anchor WHERE tenant = ? AND incident = ? ${onKnown}`,
    into,
    tenant,
    from,
  )
  dropAnchors(tx, tenant, from)
}

/** Nothing joins an incident that is over. */
export const dropAnchors = (tx: Tx, tenant: TenantId, incident: IncidentId): void =>
  void tx.run('DELETE FROM incident_anchor WHERE tenant = ? AND incident = ?', tenant, incident)
