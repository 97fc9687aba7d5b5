import type { ActionId, EntityId, Exposure, IncidentId, Plan, Severity, TenantId, Trigger, Trust, Window } from '#model'
import type { EstateView } from '#estate'
import type { Policy } from '#policy'

import type { Rung } from './commands.ts'

export type ExposeInput = { tenant: TenantId; trigger: Trigger; window: Window; view: EstateView; atMs: number }
export type Expose = (input: ExposeInput) => Promise<Exposure>

/** What a plan is made of. `Sources` is whatever the composition root knows of connectors' abilities; passed through. */
export type PlanInput<Sources> = {
  tenant: TenantId
  incident: IncidentId | null
  exposure: Exposure
  severity: Severity
  trust: Trust
  view: EstateView
  policy: Policy
  sources: Sources
  atMs: number
  ladder(connector: string, verb: string, population: string): Rung
  generationOf(verb: string, target: EntityId): number
  /** Automatic starts of this verb in the running window; a step is judged as one more. */
  startsOfVerb(connector: string, verb: string): number
  /** Break-glass and own entities that somebody named beside the estate's facts. */
  isProtected(entity: EntityId): boolean
  key(verb: string, target: EntityId, generation: number): ActionId
  hash(plan: Omit<Plan, 'hash'>): string
}
export type MakePlan<Sources> = (input: PlanInput<Sources>) => Plan | Promise<Plan>
