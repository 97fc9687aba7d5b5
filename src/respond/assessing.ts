import type {
  ActionId,
  EntityId,
  Exposure,
  IncidentId,
  Plan,
  Scope,
  Severity,
  TenantId,
  Trigger,
  Trust,
  Window,
} from '#model'
import type { EstateView } from '#estate'
import type { Policy } from '#policy'

import type { Rung } from './commands.ts'

export type ExposeInput = {
  tenant: TenantId
  trigger: Trigger
  window: Window
  /** What else went bad in the same incident. */
  further: readonly Scope[]
  view: EstateView
  atMs: number
}
export type Expose = (input: ExposeInput) => Promise<Exposure>

/** What a plan is made of. `Sources` is whatever the composition root knows of connectors' abilities; passed through. */
export type PlanInput<Sources> = {
  tenant: TenantId
  incident: IncidentId | null
  exposure: Exposure
  severity: Severity
  /** Of what the incident is named by; of a step that nothing in `believed` speaks for. */
  trust: Trust
  /** Where its parts are believed unequally: how far each, and what it exposes. Of those that speak for a step the best counts. */
  believed?: readonly Believed[]
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
/** `wanted`: its containment was asked for; what was not is no reason to do more, only to plan. */
export type Believed = { trust: Trust; wanted: boolean; reaches: ReadonlySet<EntityId> }
export type MakePlan<Sources> = (input: PlanInput<Sources>) => Plan | Promise<Plan>
