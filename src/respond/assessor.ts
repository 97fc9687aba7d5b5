import type { Clock } from '#kit'
import type { ActionId, EntityId, Exposure, IncidentId, PlanStep, Scope, Severity, TenantId, Trust } from '#model'
import { usingView, type EstateView } from '#estate'
import type { Policy } from '#policy'
import type { Reader } from '#store'

import type { Expose, MakePlan } from './assessing.ts'
import { capWindowMs } from './claiming.ts'
import type { ProtectedEntity } from './commands.ts'
import { aboutOf } from './joining/anchors.ts'
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

/**
 * `protectedTargets`: those of the plan's targets that the estate protects. `held`: steps that serve only parts of the
 * incident that nobody asked to contain.
 */
export type Assessed = Assessment & { protectedTargets: ProtectedEntity[]; held: ActionId[] }

/** One part of an incident; alone where there is no incident. */
export type Assess = (
  tenant: TenantId,
  parts: readonly [Assessable, ...Assessable[]],
  incident: IncidentId | null,
  severity: Severity,
) => Promise<Assessed>
export type Assessable = Scope & { trust: Trust; wanted: boolean }

/** Exposure and plan from one view of the estate; changes nothing. */
export function createAssessor<Sources>(options: AssessorOptions<Sources>): Assess {
  const { reader, clock } = options
  const policy = (): Policy => (typeof options.policy === 'function' ? options.policy() : options.policy)
  return (tenant, parts, incident, severity) =>
    usingView(options.view(tenant), async (view) => {
      const atMs = clock.nowMs()
      const exposeAll = ([first, ...further]: readonly [Assessable, ...Assessable[]]): Promise<Exposure> =>
        options.expose({
          tenant,
          trigger: first.trigger,
          window: first.window,
          further: further.map(({ trigger, window }) => ({ trigger, window })),
          view,
          atMs,
        })
      const exposure = await exposeAll(parts)
      const groups = groupsOf(parts)
      const believed = []
      for (const group of groups.length === 1 ? [] : groups) {
        const { trust, wanted } = group[0]
        believed.push({ trust, wanted, reaches: reachedBy(await exposeAll(group)) })
      }
      const named = new Map(protectedEntities(reader, tenant).map(({ entity, why }) => [entity, why]))
      const plan = await options.makePlan({
        tenant,
        incident,
        exposure,
        severity,
        trust: parts[0].trust,
        ...(believed.length === 0 ? {} : { believed }),
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
      const wanted = believed.length === 0 ? undefined : believed.filter((group) => group.wanted)
      return {
        exposure,
        plan,
        held: plan.steps.filter((step) => !isWanted(step, wanted, parts)).map(({ key }) => key),
        protectedTargets: await protectedAmong(
          view,
          plan.steps.map(({ target }) => target),
        ),
      }
    })
}

type Group = [Assessable, ...Assessable[]]

/** Parts that are believed alike and wanted alike are one; most incidents have one such group, and are walked once. */
function groupsOf(parts: readonly Assessable[]): Group[] {
  const groups = new Map<string, Group>()
  for (const part of parts) {
    const key = JSON.stringify([part.trust.origin, part.trust.confinedTo?.toSorted() ?? null, part.wanted])
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [part])
    else known.push(part)
  }
  return [...groups.values()]
}

/** Whatever a step may be about, under each of its names. */
const reachedBy = ({ hosts, credentials, descendants, trigger, further = [] }: Exposure): Set<EntityId> =>
  new Set([
    ...hosts.flatMap(({ host, sameAs = [] }) => [host, ...sameAs]),
    ...credentials.flatMap(({ credential, aliases = [] }) => [credential, ...aliases]),
    ...descendants.map(({ entity }) => entity),
    ...[trigger, ...further.map((scope) => scope.trigger)].flatMap((one) => aboutOf(one) ?? []),
  ])

function isWanted(
  { target, serves }: PlanStep,
  wanted: readonly { reaches: ReadonlySet<EntityId> }[] | undefined,
  [only]: readonly [Assessable, ...Assessable[]],
): boolean {
  if (wanted === undefined) return only.wanted
  return wanted.some(({ reaches }) => reaches.has(target) || serves.some((entity) => reaches.has(entity)))
}

/** Break-glass and own by the estate's facts: what `createActionDesk` takes as `protectedNow`, too. */
export async function protectedAmong(view: EstateView, entities: readonly EntityId[]): Promise<ProtectedEntity[]> {
  const facts = await view.facts([...new Set(entities)])
  return [...facts].flatMap(([entity, known]): ProtectedEntity[] => {
    if (known['breakGlass'] === true) return [{ entity, why: 'break-glass' }]
    return known['own'] === true ? [{ entity, why: 'own' }] : []
  })
}
