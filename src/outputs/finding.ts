import type { JsonObject } from '#kit'
import { callsFrom, ocsfEvent, type EntityId, type OcsfEvent, type Severity, type TenantId, type Urgency } from '#model'

import { priorityOf, resourceOf, severityIds, type LetOut, type Product } from './entity.ts'

/** A finding as people see it in the list. */
export type ShownFinding = {
  id: string
  rule: string
  title: string
  severity: Severity
  entities: readonly EntityId[]
  atMs: number
  fromMs: number
  evidence: readonly number[]
  group: Readonly<Record<string, string>>
  late: boolean
  opens: boolean
  exception?: string | null
  /** What its rule says; absent: nothing. */
  urgency?: Urgency
}

const entitiesMax = 100

/**
 * OCSF Detection Finding (2004). INVARIANT: without `ids` no entity, no title made for the case and no value that a rule
 * grouped by is in it: each of them may name a person. Evidence is said by its places in the log, never by its content.
 */
export function findingEvent(
  finding: ShownFinding,
  at: { tenant: TenantId; place: number; product: Product; letOut: LetOut },
): OcsfEvent {
  const { id, rule, title, severity, entities, atMs, fromMs, evidence, group, late, opens, exception } = finding
  const { tenant, place, product, letOut } = at
  const isWhole = letOut === 'ids'
  const urgency = opens && callsFrom.has(severity) ? (finding.urgency ?? 'now') : 'working-hours'
  const shown = isWhole ? title : rule
  const unmapped: JsonObject = {
    rule,
    opens_incident: opens,
    urgency,
    late,
    excepted: typeof exception === 'string',
    evidence_offsets: evidence.slice(0, entitiesMax),
    entities_count: entities.length,
    ...(isWhole ? { group: { ...group } } : {}),
  }
  const event = ocsfEvent('detection_finding', 'create', Math.floor(atMs), product, {
    uid: id,
    severity_id: severityIds[severity],
    // Of what opens nothing there is no telling when somebody is to look.
    priority_id: opens ? priorityOf(severity, urgency) : undefined,
    status_id: 1,
    is_alert: opens,
    message: shown,
    start_time: Math.floor(Math.min(fromMs, atMs)),
    end_time: Math.floor(atMs),
    finding_info: {
      uid: id,
      title: shown,
      created_time: Math.floor(atMs),
      first_seen_time: Math.floor(Math.min(fromMs, atMs)),
      related_events_count: evidence.length,
      analytic: { uid: rule, name: rule, type_id: 1 },
    },
    resources: entities.slice(0, entitiesMax).map((entity) => resourceOf(entity, letOut)),
    unmapped,
  })
  // Of a detection the priority belongs to OCSF's profile of incidents.
  const profiles = opens ? { profiles: ['incident'] } : {}
  return placed({ ...event, metadata: { ...event.metadata, ...profiles } }, { tenant, place, log: 'findings' })
}

/** Which tenant's, of which log, and where in it: what a receiver orders and counts by. */
export function placed(event: OcsfEvent, at: { tenant: TenantId; place: number; log: string }): OcsfEvent {
  const { tenant, place, log } = at
  return { ...event, metadata: { ...event.metadata, tenant_uid: tenant, log_name: log, sequence: place } }
}
