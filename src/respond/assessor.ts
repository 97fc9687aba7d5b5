import type { Clock } from '#kit'
import type { EntityId, IncidentId, Severity, TenantId, Trigger, Trust, Window } from '#model'
import { usingView, type EstateView } from '#estate'
import type { Policy } from '#policy'
import type { Reader } from '#store'

import type { Expose, MakePlan } from './assessing.ts'
import { capWindowMs } from './claiming.ts'
import type { ProtectedEntity } from './commands.ts'
import { actionKey, planHash } from './keys.ts'
import { generationOf, startsOfVerb } from './rows.ts'
import { protectedEntities, rungOf } from './settings.ts'
import type { Assessment } from './types.ts'

export type AssessorOptions<Sources> = {
  reader: Reader
  /** The newest estate of a tenant. */
  view(tenant: TenantId): EstateView | Promise<EstateView>
  policy: Policy | (() => Policy)
  /** What connectors can do for a tenant; opaque here, passed to `makePlan`. */
  sources(tenant: TenantId): Sources | Promise<Sources>
  expose: Expose
  makePlan: MakePlan<Sources>
  clock: Clock
}

/** `protectedTargets`: those of the plan's targets that the estate protects. */
export type Assessed = Assessment & { protectedTargets: ProtectedEntity[] }

export type Assess = (
  tenant: TenantId,
  trigger: Trigger,
  window: Window,
  incident: IncidentId | null,
  about: { severity: Severity; trust: Trust },
) => Promise<Assessed>

/** Exposure and plan from one view of the estate; changes nothing. */
export function createAssessor<Sources>(options: AssessorOptions<Sources>): Assess {
  const { reader, clock } = options
  const policy = (): Policy => (typeof options.policy === 'function' ? options.policy() : options.policy)
  return (tenant, trigger, window, incident, about) =>
    usingView(options.view(tenant), async (view) => {
      const atMs = clock.nowMs()
      const exposure = await options.expose({ tenant, trigger, window, view, atMs })
      const named = new Map(protectedEntities(reader, tenant).map(({ entity, why }) => [entity, why]))
      const plan = await options.makePlan({
        tenant,
        incident,
        exposure,
        severity: about.severity,
        trust: about.trust,
        view,
        policy: policy(),
        sources: await options.sources(tenant),
        atMs,
        ladder: (connector, verb, population) => rungOf(reader, tenant, connector, verb, population),
        generationOf: (verb, target) => generationOf(reader, tenant, verb, target),
        startsOfVerb: (connector, verb) => startsOfVerb(reader, tenant, connector, verb, atMs - capWindowMs),
        isProtected: (entity) => named.has(entity),
        key: (verb, target, generation) => actionKey(tenant, verb, target, generation),
        hash: planHash,
      })
      return {
        exposure,
        plan,
        protectedTargets: await protectedAmong(
          view,
          plan.steps.map(({ target }) => target),
        ),
      }
    })
}

/** Break-glass and own by the estate's facts: what `createActionDesk` takes as `protectedNow`, too. */
export async function protectedAmong(view: EstateView, entities: readonly EntityId[]): Promise<ProtectedEntity[]> {
  const facts = await view.facts([...new Set(entities)])
  return [...facts].flatMap(([entity, known]): ProtectedEntity[] => {
    if (known['breakGlass'] === true) return [{ entity, why: 'break-glass' }]
    return known['own'] === true ? [{ entity, why: 'own' }] : []
  })
}
