import { formatTime, isId, type Clock } from '#kit'
import {
  kindOf,
  trimmedMembershipsMax,
  type Action,
  type EntityId,
  type Incident,
  type TenantId,
  type UnusedMembership,
} from '#model'
import { usingView, type EstateView } from '#estate'
import type { AccessDesk } from '#api'
import { mendingPhases, type ResponseCore } from '#respond'
import { foretell, TrimError, type Proposal, type Rate, type Trim } from '#trim'

import { wayToTake, type TakingParts } from './taking-rights.ts'
import { actionsServing } from './verbs-serving.ts'

/** What more people have than this is not taken in a stage: who would be refused could not be told apart. */
const holdersMax = 1_000
const settled: ReadonlySet<Action['state']> = new Set(['contained', 'failed', 'unknown', 'undone'])

export type TrimStages = Pick<AccessDesk, 'trimStage' | 'giveBack'>
/** `ids`: of all proposals that go with it. */
type Takable = Omit<UnusedMembership, 'right'> & { proposal: Proposal; ids: string[] }
type StagedIncident = Incident & { trigger: Extract<Incident['trigger'], { kind: 'trim' }> }
export const isStage = (incident: Incident): incident is StagedIncident => incident.trigger.kind === 'trim'

/**
 * A trim, one stage after another, each an incident with a plan, approvals and receipts as any other. INVARIANT: only what an
 * action takes by itself and gives back is taken, or what whoever asked wants ended for good; nothing goes on while a stage runs, is watched, or cost more than was stated.
 */
export function createTrimStages(
  parts: Omit<TakingParts, 'sources'> & {
    tenant: TenantId
    clock: Clock
    view(): Promise<EstateView>
    sources: { list(): readonly { id: string; connector: string; authority: string | null }[] }
    responder: Pick<ResponseCore, 'open' | 'list' | 'report' | 'undo'>
    propose(view: EstateView, asked: { windowMs: number; withPartly: boolean }): Promise<Trim>
  },
): TrimStages {
  const { tenant, clock, responder } = parts
  const stages = (): StagedIncident[] => responder.list(tenant).filter(isStage)

  /** Deeds of one grant go together: one line for all of them. */
  const takableOf = async (view: EstateView, proposals: readonly Proposal[]): Promise<Takable[]> => {
    const found = new Map<EntityId, Takable>()
    for (const proposal of proposals) {
      const taken = await takingOf(view, proposal)
      if (taken === undefined) continue
      const known = found.get(taken.takes)
      if (known === undefined) found.set(taken.takes, { ...taken, proposal, ids: [proposal.id] })
      else known.ids.push(proposal.id)
    }
    return [...found.values()]
  }

  const takingOf = async (
    view: EstateView,
    { kind, of, on, app, losersTotal, isWhole }: Proposal,
  ): Promise<Omit<Takable, 'proposal' | 'ids'> | undefined> => {
    if (losersTotal > holdersMax || !isWhole) return undefined
    if (kind === 'credential') {
      const isEnded = app !== null && kindOf(on) === 'identity' && isMended(of)
      return isEnded ? { member: on, group: app, takes: of, forGood: true } : undefined
    }
    const way = await wayToTake(parts, view, of, on)
    return 'takes' in way ? { member: of, group: on, takes: way.takes } : undefined
  }
  const isMended = (grant: EntityId): boolean =>
    actionsServing(parts.sources.list(), parts.registry, grant, {}).some(({ action }) =>
      mendingPhases.has(action.phase),
    )

  return {
    async trimStage({ windowMs, partly, rights, max, waitMs, forGood, dryRun }, by) {
      const { proposals, rate, all } = await usingView(parts.view(), async (view) => {
        const found = await parts.propose(view, { windowMs, withPartly: partly })
        return { ...found, all: await takableOf(view, found.proposals) }
      })
      const before = stages()
      const taken = new Set(before.flatMap(({ trigger }) => trigger.memberships.map(({ takes }) => takes)))
      const takable = all.filter((one) => forGood || one.forGood === undefined)
      // What was given back once is taken again only where somebody names it.
      const open = rights === undefined ? takable.filter(({ takes }) => !taken.has(takes)) : named(takable, rights)
      const some = open.toSorted(smallestFirst).slice(0, Math.min(max, trimmedMembershipsMax))
      const memberships = some.map(shown)
      const [last] = before
      const stage = { number: (last?.trigger.stage.number ?? 0) + 1, waitMs, most: mostOf(rate, some.length) }
      const untakable = proposals.length - takable.reduce((sum, { ids }) => sum + ids.length, 0)
      const final = all.length - takable.length
      const rest = { stage, memberships, left: open.length - some.length, untakable, final }
      if (dryRun || some.length === 0) return { incident: null, plan: null, ...rest }
      if (last !== undefined) await refuseEarly(last)
      const { id, plan } = await responder.open({
        tenant,
        title: `${some.length} unused rights are taken, stage ${stage.number}`,
        // Nothing is wrong: by the built-in policy every step waits for an approval.
        severity: 'low',
        trigger: {
          kind: 'trim',
          memberships: some.map(unused),
          stage,
        },
        window: { fromMs: clock.nowMs(), toMs: null },
        trust: { origin: 'person', sources: [by], confinedTo: null },
        findings: [],
        containBy: by,
      })
      return { incident: id, plan, ...rest }
    },

    async giveBack(right, by) {
      for (const incident of stages()) {
        const membership = incident.trigger.memberships.find((one) => one.right === right)
        if (membership === undefined) continue
        const { actions } = await responder.report(tenant, incident.id)
        const action = taking(actions, membership.takes)
        if (action === undefined) continue
        const { id, state } = await responder.undo(tenant, action.id, by)
        return { right: membership.right, action: id, state, member: membership.member, group: membership.group }
      }
      throw new TrimError('ERR_TRIM_UNKNOWN', `nothing was taken by the name \`${right}\``, {
        place: 'right',
        hint: '`cordon incident list` shows the stages of a trim, and `cordon incident show` what each took',
      })
    },
  }

  /** A stage that somebody closed is over, whatever became of it. */
  async function refuseEarly({ id, state, trigger: { stage } }: StagedIncident): Promise<void> {
    if (state === 'closed') return
    const { actions } = await responder.report(tenant, id)
    const hint = `wait, or look at \`${id}\` and close it: then the next stage goes on`
    const refuse = (why: string): never => {
      throw new TrimError('ERR_TRIM_STAGE', `stage ${stage.number} ${why}`, { hint })
    }
    if (actions.some((action) => !settled.has(action.state))) refuse('is under way')
    const wanted = actions.filter((action) => action.state === 'undone').length
    if (wanted > (stage.most ?? 0)) refuse(`had ${wanted} given back, and ${stage.most ?? 0} at most were foreseen`)
    const applied = actions.flatMap(({ appliedAtMs }) => appliedAtMs ?? [])
    const untilMs = Math.max(0, ...applied) + stage.waitMs
    if (applied.length > 0 && clock.nowMs() < untilMs) refuse(`is watched until ${formatTime(untilMs)}`)
  }
}

const undoable: ReadonlySet<Action['state']> = new Set(['applied', 'probing', 'contained', 'unknown'])
export const canUndo = ({ state }: Action): boolean => undoable.has(state)

/** What took it: the one that still can be undone, where it was given back before and taken again. */
export function taking(actions: readonly Action[], takes: EntityId): Action | undefined {
  const all = actions.filter(({ target, appliedAtMs }) => target === takes && appliedAtMs !== null)
  return all.find(canUndo) ?? all[0]
}

/** Fewest people's data first, then fewest who would lose it: what goes wrong early costs least. */
const smallestFirst = ({ proposal: a }: Takable, { proposal: b }: Takable): number =>
  a.people - b.people || a.losersTotal - b.losersTotal || a.things - b.things || (a.id < b.id ? -1 : 1)

function named(takable: readonly Takable[], rights: readonly string[]): Takable[] {
  const found = rights.map((right) => {
    const one = takable.find(({ ids }) => ids.includes(right))
    if (one !== undefined) return one
    throw new TrimError(
      'ERR_TRIM_UNKNOWN',
      isId('trm', right)
        ? `\`${right}\` is not proposed now, or no source can take it and give it back`
        : `\`${right}\` is no proposal`,
      {
        place: 'rights',
        hint: '`cordon access trim` shows what is proposed; grants of apps go with --for-good, and of a grant on a thing all of it or nothing',
      },
    )
  })
  return [...new Set(found)]
}

function mostOf({ tried, distinct }: Rate, count: number): number | null {
  return tried.proposed === 0 || count === 0 ? null : foretell(tried, distinct, count).most
}

const unused = ({ proposal, member, group, takes, forGood }: Takable): UnusedMembership => ({
  right: proposal.id,
  member,
  group,
  takes,
  ...(forGood === undefined ? {} : { forGood }),
})

const shown = (one: Takable) => {
  const { name, onName, people, losersTotal, lastUseMs, losers } = one.proposal
  const giver = losers.find(({ entity }) => entity === one.member)?.name ?? null
  const names = one.forGood === undefined ? { name, groupName: onName } : { name: giver, groupName: name }
  return { ...unused(one), ...names, people, losersTotal, lastUseMs }
}
