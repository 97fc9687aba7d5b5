import type { EntityId } from '#model'
import { holds, type Vendor } from '#vendors'
import type { EstateView } from '#estate'
import type { ResponseOf } from '#api/contract'

import type { Whole } from './look.ts'

type Row = ResponseOf<'vendor.list'>['vendors'][number]
export function rowOf({
  vendor,
  reach,
  held,
  components,
  lastUsedAtMs,
  findings,
  incidents,
  claims,
  pauses,
  exposure,
}: Whole): Row {
  const { vendor: id, name, told, house, ai, owner, apps, parts } = vendor
  return {
    vendor: id,
    name,
    told,
    house,
    ai,
    owner,
    apps: apps.length,
    parts: [...new Set(parts.map(({ kind }) => kind))].sort(),
    users: new Set(apps.flatMap(({ users }) => users)).size,
    people: reach.people,
    held: held.people,
    unseen: held.unseen,
    classes: reach.classes.map((one) => one.class),
    changes: reach.changes,
    lastUsedAtMs,
    advisories: components.reduce((sum, one) => sum + one.advisories.length, 0),
    findings: findings.length,
    incidents: incidents.length,
    claims: claims.filter(holds).length,
    paused: pauses.map(({ id: incident, openedAtMs, trigger }) => ({
      incident,
      sinceMs: openedAtMs,
      class: trigger.class,
    })),
    exposure: { people: exposure.people, records: exposure.records },
    reasons: [...new Set(exposure.reasons.map(({ kind }) => kind))],
  }
}

function appOf(one: Vendor['apps'][number]): ResponseOf<'vendor.show'>['vendor']['apps'][number] {
  const { app, name, verified, enabled, scopes, opens, owners, letIn, createdAtMs, lastUsedAtMs } = one
  const told = { app, name, verified, enabled, scopes, opens, owners, letIn, createdAtMs, lastUsedAtMs }
  return { ...told, users: one.users.length, credentials: one.credentials.length }
}

export function shownOf(whole: Whole): ResponseOf<'vendor.show'>['vendor'] {
  const { vendor, reach, use, held, components, findings, incidents, claims, exposure } = whole
  const { resources, ...reached } = reach
  return {
    ...rowOf(whole),
    exposure,
    claims,
    joined: vendor.joined,
    apps: vendor.apps.map(appOf),
    parts: vendor.parts,
    reach: { ...reached, resources: { sure: resources.sure.length, possible: resources.possible.length } },
    use,
    holds: held,
    components,
    findings: findings.map(({ id, kind, on, why }) => ({ id, kind, on, why })),
    incidents,
  }
}

export async function namesOf(view: EstateView, entities: readonly EntityId[]): Promise<Record<EntityId, string>> {
  const names: Record<EntityId, string> = {}
  for (const [entity, { name, login }] of await view.facts([...new Set(entities)])) {
    const shown = typeof login === 'string' ? login : name
    if (typeof shown === 'string') names[entity] = shown
  }
  return names
}
