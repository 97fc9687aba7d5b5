import type { JsonObject } from '#kit'
import { ocsfEvent, urgencies, type OcsfEvent, type Severity, type TenantId } from '#model'

import { priorityOf, severityIds, type Product } from './entity.ts'
import { placed } from './finding.ts'

/** The public part of a leaf: what stands in the tree, and the RFC 6962 hash of it. */
export type PublicLeaf = {
  index: number
  id: string
  what: string
  atMs: number
  facts: Readonly<Record<string, string | number | boolean | null>>
  hash: string
}
/** What the list of incidents says of one now. */
export type KnownIncident = { severity: Severity; findings: readonly { id: string; rule: string; atMs: number }[] }

type At = { tenant: TenantId; product: Product }

/** What a receipt of an incident says of it, by the end of its name. */
const ofIncidents = {
  'incident.opened': { activity: 'create', status: 1 },
  'incident.joined': { activity: 'update', status: 2 },
  'incident.folded': { activity: 'close', status: 5 },
  'incident.closed': { activity: 'close', status: 5 },
} as const
const isOfIncident = (what: string): what is keyof typeof ofIncidents => Object.hasOwn(ofIncidents, what)

type Activity = 'create' | 'update' | 'delete' | 'enable' | 'disable' | 'other'
/** By the last word of what was done; every other word is an update of the thing named first. */
const activities: Readonly<Record<string, Activity>> = {
  added: 'create',
  made: 'create',
  opened: 'create',
  enrolled: 'create',
  issued: 'create',
  removed: 'delete',
  revoked: 'delete',
  lifted: 'delete',
  stopped: 'disable',
  resumed: 'enable',
}
const findingsMax = 100

/**
 * A receipt as OCSF: of an incident as Incident Finding (2005), everything else as Entity Management (3004): something
 * under management was made, changed or taken away. INVARIANT: made of the leaf's public part alone; what is sealed, and
 * even its commitments, never come here. The leaf's hash goes along: whoever keeps it can hold Cordon to it.
 */
export function receiptEvent(
  leaf: PublicLeaf,
  incident: KnownIncident | undefined,
  { tenant, product }: At,
): OcsfEvent {
  const { what, atMs, facts, index } = leaf
  const unmapped: JsonObject = { leaf_index: index, leaf_hash: leaf.hash, facts: { ...facts } }
  const common = { uid: leaf.id, message: what, unmapped }
  const time = Math.floor(atMs)
  const at = { tenant, place: index, log: 'receipts' }
  const id = typeof facts['incident'] === 'string' ? facts['incident'] : undefined
  if (isOfIncident(what) && id !== undefined) {
    const { activity, status } = ofIncidents[what]
    // As it was said then: it may be called for since.
    const urgency = activity === 'close' ? undefined : urgencies.find((known) => known === facts['urgency'])
    const found = (incident?.findings ?? []).slice(0, findingsMax)
    const event = ocsfEvent('incident_finding', activity, time, product, {
      ...common,
      severity_id: incident === undefined ? undefined : severityIds[incident.severity],
      priority_id: incident === undefined || urgency === undefined ? undefined : priorityOf(incident.severity, urgency),
      status_id: status,
      // Whoever has that role in Cordon; it assigns an incident to nobody by name.
      assignee_group: { name: 'responder' },
      finding_info_list:
        found.length === 0
          ? [{ uid: id, title: what }]
          : found.map(({ id: uid, rule, atMs: created }) => ({ uid, title: rule, created_time: Math.floor(created) })),
    })
    // What a receiver joins the story of one incident by.
    return placed({ ...event, metadata: { ...event.metadata, correlation_uid: id } }, at)
  }
  const [type = what] = what.split('.')
  const named = facts[type]
  const uid = typeof named === 'string' || typeof named === 'number' ? String(named) : leaf.id
  const event = ocsfEvent('entity_management', activities[what.split('.').at(-1) ?? ''] ?? 'update', time, product, {
    ...common,
    entity: { uid, type },
  })
  return placed(id === undefined ? event : { ...event, metadata: { ...event.metadata, correlation_uid: id } }, at)
}
