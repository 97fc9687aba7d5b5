import type { Id } from '#kit'

import type { EntityId } from './entity.ts'
import type { Severity } from './severity.ts'
import type { TenantId } from './tenant.ts'
import type { Scope, Trigger, Trust, Window } from './trigger.ts'
import type { Urgency } from './urgency.ts'

export type FindingId = Id<'fnd'>
export type IncidentId = Id<'inc'>

/** id = H(tenant, rule, group, start of the episode floored to the rule's timespan): the same story never fires twice. */
export type Finding = {
  id: FindingId
  tenant: TenantId
  rule: string
  ruleVersion: number
  title: string
  severity: Severity
  /** What the finding is about; joins findings into incidents. */
  entities: EntityId[]
  trigger: Trigger
  window: Window
  trust: Trust
  /** Log offsets. */
  evidence: number[]
  atMs: number
  /** What its rule says; absent: nothing, which means `now` from level high on. */
  urgency?: Urgency
  supersedes?: FindingId
}

export const incidentStates = ['open', 'containing', 'contained', 'closed'] as const
export type IncidentState = (typeof incidentStates)[number]

export type Incident = {
  id: IncidentId
  tenant: TenantId
  title: string
  severity: Severity
  urgency: Urgency
  state: IncidentState
  trigger: Trigger
  window: Window
  trust: Trust
  findings: FindingId[]
  openedAtMs: number
  /** Hash of the newest plan, once there is one. */
  plan: string | null
  /** What else went bad in the same story, each believed as its own findings are; absent when there is nothing. */
  further?: (Scope & { trust: Trust })[]
  /** Incidents that were folded into this one: whoever asks for them is told of this one. */
  folded?: IncidentId[]
}
