import type { EntityId, Phase, Severity, Trust } from '#model'

/** What automation is about to do, as Cedar sees it. */
export type StepRequest = {
  connector: string
  verb: string
  phase: Phase
  target: EntityId
  targetAttributes: Record<string, string | number | boolean | null>
  reversible: boolean
  /** Identities and people this step cuts off. */
  cutsOff: number
  /** Steps of the same verb on this connector in the running window, this one included. */
  recentOfVerb: number
  severity: Severity
  trust: Trust
  /** Target lies inside what the trigger's trust confines automation to. */
  insideConfinement: boolean
  /** Rollout of this connector, verb and population. */
  ladder: 'observe' | 'recommend' | 'ask' | 'auto'
  /** Of a lease: for so long. What gives a right is asked as `lease.grant`, and never as a step that contains. */
  lentForMs?: number
}

/** `level`: approvals needed; null = never. `decidedBy`: policy ids, or `code.break-glass`, `code.own-credential`, `code.cap`, `code.ladder`. */
export type StepDecision = { level: 0 | 1 | 2 | null; decidedBy: string[]; errors: string[] }

export type Principal = { id: string; kind: 'user' | 'token' | 'ingest'; roles: string[] }
export type AccessRequest = {
  principal: Principal
  action: string
  resource: { type: string; id: string; attributes?: Record<string, string | number | boolean> }
}
export type AccessDecision = { allowed: boolean; decidedBy: string[]; errors: string[] }

export interface Policy {
  readonly version: string
  decideStep(request: StepRequest): StepDecision
  authorize(request: AccessRequest): AccessDecision
}
