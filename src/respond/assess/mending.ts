import { isMending, type EntityId, type Exposure, type Phase, type StepPreview } from '#model'

import type { PlanMember } from './members.ts'

/** What takes something away for good or for a while; isolating a host or writing a successor is more than any fix says. */
export const mendingPhases: ReadonlySet<Phase> = new Set(['revoke', 'end-sessions', 'uninstall', 'remove-descendants'])

type Drafted = {
  phase: Phase
  target: EntityId
  preview: Pick<StepPreview, 'reversible'>
  serves: readonly PlanMember[]
}

/**
 * Of weak things and of a pause: steps on the thing itself alone, and where one of them can be put back, none beside it that
 * cannot, but for the end of sessions. INVARIANT: of a pause that is not for good nothing that could not be put back is planned.
 * Of all other triggers: every step.
 */
export function onlyMending<Draft extends Drafted>({ trigger }: Exposure, drafts: readonly Draft[]): Draft[] {
  if (!isMending(trigger)) return [...drafts]
  const things = new Set(trigger.things.map(({ target }) => target))
  const isOf = (phase: Phase): boolean => mendingPhases.has(phase) || (trigger.kind === 'pause' && phase === 'deny')
  const own = drafts.filter(({ phase, target }) => isOf(phase) && things.has(target))
  const isEnd = ({ phase }: Draft): boolean => phase === 'end-sessions'
  const restorable = new Set(
    own.filter((draft) => !isEnd(draft) && draft.preview.reversible).map(({ target }) => target),
  )
  const isFinalAllowed = trigger.kind === 'weakness' || trigger.forGood
  return own.filter(
    (draft) => isEnd(draft) || draft.preview.reversible || (isFinalAllowed && !restorable.has(draft.target)),
  )
}

type MendTask = { target: EntityId; serves: PlanMember[]; effects: string[]; owner?: EntityId }

/** Tasks for people: what no vendor lets a program do, and what no connected source has a step for. */
export function mendTasks(
  { trigger }: Exposure,
  members: readonly PlanMember[],
  drafts: readonly Drafted[],
): MendTask[] {
  if (!isMending(trigger)) return []
  const done = new Set(drafts.map(({ target }) => target))
  const memberOf = new Map(members.map((member) => [member.entity, member]))
  const asked = new Set<EntityId>()
  const isPause = trigger.kind === 'pause' && !trigger.forGood
  return trigger.things.flatMap(({ target, mending, does, owner }) => {
    if ((mending !== 'task' && done.has(target)) || asked.has(target)) return []
    asked.add(target)
    const member = memberOf.get(target)
    return [
      {
        target,
        serves: member === undefined ? [] : [member],
        effects: [
          does,
          mending === 'task'
            ? 'a person does it: no program can'
            : `a person does it: no connected source has a step for it${isPause ? ' that can be put back' : ''}`,
        ],
        ...(owner === null ? {} : { owner }),
      },
    ]
  })
}
