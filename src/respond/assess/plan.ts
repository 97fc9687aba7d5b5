import {
  authorityOf,
  isEntityId,
  phases,
  type EntityId,
  type Exposure,
  type IncidentId,
  type Phase,
  type Plan,
  type PlanStep,
  type Severity,
  type SourceId,
  type StepPreview,
  type TenantId,
  type Trust,
} from '#model'
import type { EstateView } from '#estate'
import type { Policy, StepDecision } from '#policy'

import type { Believed } from '../assessing.ts'
import { actionKey, planHash } from '../keys.ts'
import { disruptionOf, type Disruption } from './disruption.ts'
import { inUseOf, leftBy } from './left-behind.ts'
import { mendTasks, mendingPhases, onlyMending } from './mending.ts'
import { membersOf, speakersOf, targetAttributes, type Facts, type PlanMember } from './members.ts'
import { openPlaces, placeOf, whyUnwritten } from './places.ts'
import type { Ladder, PlanSource } from './plan-source.ts'
import { foresee } from './survivors.ts'

export type PlanInput = {
  tenant: TenantId
  incident: IncidentId | null
  severity: Severity
  trust: Trust
  /** Where parts of the incident are believed unequally: see `assessing.ts`. */
  believed?: readonly Believed[]
  exposure: Exposure
  view: EstateView
  sources: readonly PlanSource[]
  policy: Policy
  /** Generation of the newest action of a verb on a target; absent means the first, 1. */
  generationOf?: (verb: string, target: EntityId) => number
  /** Steps of a verb already begun within the cap's window. */
  startsOf?: (connector: string, verb: string) => number
  /** Rung of a verb on the rollout ladder; absent: what the source says. */
  rungOf?: (connector: string, verb: string) => Ladder
  /** Break-glass and own entities that somebody named beside the estate's facts. */
  isProtected?: (entity: EntityId) => boolean
  nowMs: number
}

export const planKey = (first: string, second: string): string => `${first} ${second}`
export const generationFirst = 1
export const manualVerb = 'manual.task'
const manualConnector = 'manual'

type Draft = {
  phase: Phase
  source: SourceId | null
  placeSource?: SourceId
  connector: string
  verb: string
  target: EntityId
  serves: PlanMember[]
  preview: StepPreview
  ladder: Ladder
  /** Why this hand-over is a task for a person. */
  unwritten?: string
}

/**
 * Exposure × what connectors can do × policy → ordered steps (containment.md §3). Pure: the same inputs give the same
 * hash. Inside a phase what can be put back comes first.
 */
export async function makePlan(input: PlanInput): Promise<Plan> {
  const { exposure, view, sources, tenant, incident, policy, nowMs } = input
  const { members: all, facts } = await membersOf(exposure, view)
  const inUse = inUseOf(exposure)
  const members = all.filter(({ entity }) => !inUse.has(entity))
  const possible = onlyMending(exposure, draftSteps(members, sources, facts, openPlaces(exposure)))
  const drafted = possible.filter(({ target }) => !inUse.has(target))
  const drafts = drafted.filter((draft) => draft.unwritten === undefined)
  const unwritten = new Map(
    drafted.flatMap(({ serves, unwritten: why }) =>
      why === undefined ? [] : serves.map((one) => [one, why] as const),
    ),
  )
  const targetFacts = new Map([...facts, ...(await view.facts(drafts.map(({ target }) => target)))])
  const disruption = await disruptionOf(
    view,
    exposure,
    [...drafts.map(({ target }) => target), ...members.flatMap(namesOf)],
    nowMs,
  )
  drafts.push(...byHand([...leftBy(exposure, all), ...mendTasks(exposure, all, drafts)]))
  drafts.push(...isolations(members, drafts), ...(await handOvers(members, drafts, unwritten, disruption, view, nowMs)))
  drafts.sort(compareDrafts)

  const counts = new Map<string, number>()
  const steps = drafts.map((draft): PlanStep => {
    const verbKey = planKey(draft.connector, draft.verb)
    const recentOfVerb = (counts.get(verbKey) ?? input.startsOf?.(draft.connector, draft.verb) ?? 0) + 1
    counts.set(verbKey, recentOfVerb)
    return finish(draft, input, targetFacts, disruption, recentOfVerb)
  })
  const body = {
    tenant,
    incident,
    inputs: {
      asOf: view.asOf,
      policyVersion: policy.version,
      connectorVersions: Object.fromEntries(
        sources.map(({ connector, connectorVersion }) => [connector, connectorVersion] as const).sort(byText),
      ),
      epoch: exposure.credentials.reduce(
        (least, { epoch }) => Math.min(least, epoch),
        Math.floor(exposure.window.fromMs / 1000),
      ),
    },
    steps,
    survivorsForeseen: foresee(exposure, all, steps, sources, nowMs),
  }
  return { hash: planHash(body), ...body }
}

const byText = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : a > b ? 1 : 0)
const namesOf = ({ entity, aliases, identity }: PlanMember): EntityId[] => [
  entity,
  ...aliases,
  ...(identity === null ? [] : [identity]),
]

/**
 * INVARIANT: what a trim takes can be given back, unless somebody wanted it ended for good, and no action acts on it that would
 * do more than that; what a lease gives is given by nothing but an action that lends.
 */
function targetOf(action: PlanSource['actions'][number], member: PlanMember): EntityId | undefined {
  const { membership, lease, entity } = member
  if (lease !== undefined) return action.lends?.(lease.member, lease.thing) === entity ? entity : undefined
  if (membership === undefined) return action.targetFor(member)
  if (membership.forGood === true) {
    const ends =
      mendingPhases.has(action.phase) && action.needsPlace === undefined ? action.targetFor(member) : undefined
    return ends === entity ? entity : undefined
  }
  const target = action.takesRight?.(membership.member, membership.group)
  return target === entity && action.preview(entity, {}).reversible ? target : undefined
}

/** Asks every action of every source about every member; the same verb on the same target becomes one step. */
function draftSteps(
  members: readonly PlanMember[],
  sources: readonly PlanSource[],
  facts: Facts,
  open: ReadonlySet<EntityId>,
): Draft[] {
  const drafts = new Map<string, Draft>()
  const ordered = sources.toSorted((a, b) => (planKey(a.connector, a.source) < planKey(b.connector, b.source) ? -1 : 1))
  for (const { source, connector, authority, actions, ladder, ladderByVerb } of ordered) {
    for (const action of actions) {
      for (const member of members) {
        const target = targetOf(action, member)
        if (target === undefined) continue
        if ((action.authorityFor?.(member) ?? authorityOf(target)) !== authority) continue
        const key = planKey(action.verb, target)
        const known = drafts.get(key)
        if (known !== undefined) {
          if (known.source === source) known.serves.push(member)
          continue
        }
        const held = action.needsPlace === undefined ? undefined : placeOf(ordered, target)
        const why = whyUnwritten(action, target, held, open)
        drafts.set(key, {
          phase: action.phase,
          source,
          ...(held === undefined ? {} : { placeSource: held.source }),
          ...(why === undefined ? {} : { unwritten: why }),
          connector,
          verb: action.verb,
          target,
          serves: [member],
          preview: {
            ...action.preview(target, facts.get(target) ?? member.attributes, held?.place),
            ...(member.lease === undefined ? {} : { lentForMs: member.lease.forMs }),
          },
          ladder: ladderByVerb?.[action.verb] ?? ladder,
        })
      }
    }
  }
  return [...drafts.values()]
}

const manual = (phase: Phase, target: EntityId, serves: PlanMember[], effects: string[], owner?: EntityId): Draft => ({
  phase,
  source: null,
  connector: manualConnector,
  verb: manualVerb,
  target,
  serves,
  preview: {
    effects,
    reversible: true,
    undoWithinMs: null,
    residualMs: null,
    scopes: [],
    proofs: [],
    ...(owner === undefined ? {} : { owner }),
  },
  ladder: 'auto',
})

/** What only people can do, before or instead of the end of something. */
const byHand = (tasks: ReturnType<typeof leftBy>): Draft[] =>
  tasks.map(({ target, serves, effects, owner }) => manual('hand-over', target, serves, effects, owner))

/** A machine that no source can cut off, under any of its names, is a task. */
function isolations(members: readonly PlanMember[], drafts: readonly Draft[]): Draft[] {
  const isolated = new Set(
    drafts.filter(({ phase }) => phase === 'isolate').flatMap(({ serves }) => serves.flatMap(namesOf)),
  )
  const asked = new Set<EntityId>()
  return members
    .filter((member) => {
      if (member.role !== 'host' || isolated.has(member.entity) || asked.has(member.entity)) return false
      for (const name of namesOf(member)) asked.add(name)
      return true
    })
    .map((host) =>
      manual(
        'isolate',
        host.entity,
        [host],
        [
          'a person takes this host off the network and leaves it running, before anything on it notices a dead credential',
        ],
      ),
    )
}

/** Where something outside the scope cannot work without a credential that will die, its owner gets the task first. */
async function handOvers(
  members: readonly PlanMember[],
  drafts: readonly Draft[],
  unwritten: ReadonlyMap<PlanMember, string>,
  disruption: Disruption,
  view: EstateView,
  nowMs: number,
): Promise<Draft[]> {
  const handed = new Set(drafts.filter(({ phase }) => phase === 'hand-over').flatMap(({ serves }) => serves))
  const dying = new Set(drafts.filter(({ phase }) => phase !== 'isolate').flatMap(({ serves }) => serves))
  const waiting = members.filter(
    (member) =>
      member.credentialKind !== null &&
      dying.has(member) &&
      !handed.has(member) &&
      (unwritten.has(member) || disruption.dependants([member.entity, ...member.aliases]).length > 0),
  )
  const at = Math.ceil(nowMs / 1000)
  const owners = new Map<EntityId, EntityId>()
  const owned = await view.edgesFrom(waiting.flatMap(namesOf), { types: ['OWNED_BY'], at })
  for (const { src, dst } of owned) if (dst < (owners.get(src) ?? '~')) owners.set(src, dst)
  return waiting.map((member) => {
    const consumers = disruption.dependants([member.entity, ...member.aliases])
    const owner = namesOf(member).flatMap((name) => owners.get(name) ?? [])[0] ?? member.attributes['owner']
    return manual(
      'hand-over',
      member.entity,
      [member],
      [
        `${typeof owner === 'string' ? owner : 'its owner, whom no source names,'} gives a successor under a fresh identity to ${consumers.length === 0 ? 'whoever works with it' : consumers.join(', ')}`,
        `service gap: from the moment this credential dies until the successor is in place; ${
          unwritten.get(member) ?? 'no connector can write it there'
        }`,
      ],
      typeof owner === 'string' && isEntityId(owner) ? owner : undefined,
    )
  })
}

/** What one part would be let do by itself it is let do beside others: none is taken back for what joined it. */
const leastOf = (decisions: readonly StepDecision[]): StepDecision =>
  decisions.reduce((least, one) => ((one.level ?? Infinity) < (least.level ?? Infinity) ? one : least))

function compareDrafts(a: Draft, b: Draft): number {
  const byPhase = phases.indexOf(a.phase) - phases.indexOf(b.phase)
  const byUndo = Number(b.preview.reversible) - Number(a.preview.reversible)
  const [first, second] = [a, b].map(({ connector, verb, target }) => `${connector} ${verb} ${target}`)
  return byPhase || byUndo || ((first ?? '') < (second ?? '') ? -1 : 1)
}

function finish(
  draft: Draft,
  { tenant, severity, trust, believed = [], policy, generationOf, rungOf, isProtected }: PlanInput,
  facts: Facts,
  disruption: Disruption,
  recentOfVerb: number,
): PlanStep {
  const { phase, source, placeSource, connector, verb, target, serves, preview, ladder } = draft
  const hit = [target, ...serves.flatMap(({ entity, aliases }) => [entity, ...aliases])]
  const isTask = verb === manualVerb
  const isWritten = phase === 'hand-over' && !isTask
  const cut = isWritten ? [] : [...disruption.dependants(hit), ...(isTask ? [] : disruption.users(hit))]
  const cutsOff = [...new Set(cut)].sort()
  const generation = generationOf?.(verb, target) ?? generationFirst
  const attributes = {
    ...targetAttributes(target, serves, facts),
    ...(isProtected !== undefined && speakersOf(target, serves).some(isProtected) ? { breakGlass: true } : {}),
  }
  const decide = (by: Trust) =>
    policy.decideStep({
      connector,
      verb,
      phase,
      target,
      targetAttributes: attributes,
      reversible: preview.reversible,
      cutsOff: cutsOff.length,
      recentOfVerb,
      severity,
      trust: by,
      insideConfinement: by.confinedTo === null || by.confinedTo.includes(target),
      ...(preview.lentForMs === undefined ? {} : { lentForMs: preview.lentForMs }),
      ladder: isTask ? ladder : (rungOf?.(connector, verb) ?? ladder),
    })
  const speaking = believed.filter(({ reaches }) => hit.some((entity) => reaches.has(entity)))
  const wanted = speaking.filter((one) => one.wanted)
  const trusts = (wanted.length > 0 ? wanted : speaking).map((one) => one.trust)
  const decisions = (trusts.length > 0 ? trusts : [trust]).map(decide)
  const { level, decidedBy } = leastOf(decisions)
  return {
    key: actionKey(tenant, verb, target, generation),
    phase,
    source,
    ...(placeSource === undefined ? {} : { placeSource }),
    connector,
    verb,
    target,
    serves: [
      ...new Set(serves.flatMap(({ entity, role, aliases }) => (role === 'host' ? [entity, ...aliases] : [entity]))),
    ].sort(),
    generation,
    preview,
    cutsOff,
    level,
    decidedBy,
  }
}
