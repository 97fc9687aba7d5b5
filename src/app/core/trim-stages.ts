import { formatTime, isId, type Clock } from '#kit'
import { trimmedMembershipsMax, type Action, type EntityId, type Incident, type TenantId } from '#model'
import { usingView, type EstateView } from '#estate'
import type { AccessDesk } from '#api'
import type { ResponseCore } from '#respond'
import { foretell, TrimError, type Proposal, type Rate, type Trim } from '#trim'

import { wayToTake, type TakingParts } from './taking-rights.ts'

/** What more people have than this is not taken in a stage: who would be refused could not be told apart. */
const holdersMax = 1_000
const settled: ReadonlySet<Action['state']> = new Set(['contained', 'failed', 'unknown', 'undone'])

export type TrimStages = Pick<AccessDesk, 'trimStage' | 'giveBack'>
type Takable = { proposal: Proposal; takes: EntityId }
type StagedIncident = Incident & { trigger: Extract<Incident['trigger'], { kind: 'trim' }> }
export const isStage = (incident: Incident): incident is StagedIncident => incident.trigger.kind === 'trim'

/**
 * A trim, one stage after another, each an incident with a plan, approvals and receipts as any other. INVARIANT: only what an
 * action takes by itself and gives back is taken; nothing goes on while a stage runs, is watched, or cost more than was stated.
 */
export function createTrimStages(
  parts: TakingParts & {
    tenant: TenantId
    clock: Clock
    view(): Promise<EstateView>
    responder: Pick<ResponseCore, 'open' | 'list' | 'report' | 'undo'>
    propose(view: EstateView, asked: { windowMs: number; withPartly: boolean }): Promise<Trim>
  },
): TrimStages {
  const { tenant, clock, responder } = parts
  const stages = (): StagedIncident[] => responder.list(tenant).filter(isStage)

  const takesOf = ({ kind, of, on, losersTotal }: Proposal): EntityId | undefined => {
    if (kind !== 'membership' || losersTotal > holdersMax) return undefined
    const way = wayToTake(parts, of, on)
    return 'takes' in way ? way.takes : undefined
  }

  return {
    async trimStage({ windowMs, partly, rights, max, waitMs, dryRun }, by) {
      const { proposals, rate } = await usingView(parts.view(), (view) =>
        parts.propose(view, { windowMs, withPartly: partly }),
      )
      const before = stages()
      const taken = new Set(before.flatMap(({ trigger }) => trigger.memberships.map(({ right }) => right)))
      const takable = proposals.flatMap((proposal): Takable[] => {
        const takes = takesOf(proposal)
        return takes === undefined ? [] : [{ proposal, takes }]
      })
      // What was given back once is taken again only where somebody names it.
      const open =
        rights === undefined ? takable.filter(({ proposal }) => !taken.has(proposal.id)) : named(takable, rights)
      const some = open.toSorted(smallestFirst).slice(0, Math.min(max, trimmedMembershipsMax))
      const memberships = some.map(({ proposal, takes }) => shown(proposal, takes))
      const [last] = before
      const stage = { number: (last?.trigger.stage.number ?? 0) + 1, waitMs, most: mostOf(rate, some.length) }
      const rest = { stage, memberships, left: open.length - some.length, untakable: proposals.length - takable.length }
      if (dryRun || some.length === 0) return { incident: null, plan: null, ...rest }
      if (last !== undefined) await refuseEarly(last)
      const { id, plan } = await responder.open({
        tenant,
        title: `${some.length} unused memberships are taken, stage ${stage.number}`,
        // Nothing is wrong: by the built-in policy every step waits for an approval.
        severity: 'low',
        trigger: {
          kind: 'trim',
          memberships: some.map(({ proposal: { id: right, of, on }, takes }) => ({
            right,
            member: of,
            group: on,
            takes,
          })),
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
  return [...new Set(rights)].map((right) => {
    const found = takable.find(({ proposal }) => proposal.id === right)
    if (found !== undefined) return found
    throw new TrimError(
      'ERR_TRIM_UNKNOWN',
      isId('trm', right)
        ? `\`${right}\` is not proposed now, or no source can take it and give it back`
        : `\`${right}\` is no proposal`,
      { place: 'rights', hint: '`cordon access trim` shows what is proposed; memberships alone go by stages' },
    )
  })
}

function mostOf({ tried, distinct }: Rate, count: number): number | null {
  return tried.proposed === 0 || count === 0 ? null : foretell(tried, distinct, count).most
}

const shown = (
  { id: right, of: member, name, on: group, onName, people, losersTotal, lastUseMs }: Proposal,
  takes: EntityId,
) => ({ right, member, name, group, groupName: onName, takes, people, losersTotal, lastUseMs })
