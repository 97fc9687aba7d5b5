import type { EntityId, Exposure, Phase, StepPreview } from '#model'

import type { PlanMember } from './members.ts'

/** What takes something away for good or for a while; isolating a host or writing a successor is more than any fix says. */
const mendingPhases: ReadonlySet<Phase> = new Set(['revoke', 'end-sessions', 'uninstall', 'remove-descendants'])

type Drafted = {
  phase: Phase
  target: EntityId
  preview: Pick<StepPreview, 'reversible'>
  serves: readonly PlanMember[]
}

/**
 * Of weak things: steps on the thing itself alone, and where one of them can be put back, none beside it that cannot, but
 * for the end of sessions. Of all other triggers: every step.
 */
export function onlyMending<Draft extends Drafted>({ trigger }: Exposure, drafts: readonly Draft[]): Draft[] {
  if (trigger.kind !== 'weakness') return [...drafts]
  const things = new Set(trigger.things.map(({ target }) => target))
  const own = drafts.filter(({ phase, target }) => mendingPhases.has(phase) && things.has(target))
  const isEnd = ({ phase }: Draft): boolean => phase === 'end-sessions'
  const restorable = new Set(
    own.filter((draft) => !isEnd(draft) && draft.preview.reversible).map(({ target }) => target),
  )
  return own.filter((draft) => isEnd(draft) || draft.preview.reversible || !restorable.has(draft.target))
}

type MendTask = { target: EntityId; serves: PlanMember[]; effects: string[]; owner?: EntityId }

/** Tasks for people: what no vendor lets a program do, and what no connected source has a step for. */
export function mendTasks(
  { trigger }: Exposure,
  members: readonly PlanMember[],
  drafts: readonly Drafted[],
): MendTask[] {
  if (trigger.kind !== 'weakness') return []
  const done = new Set(drafts.map(({ target }) => target))
  const memberOf = new Map(members.map((member) => [member.entity, member]))
  const asked = new Set<EntityId>()
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
            : 'a person does it: no connected source has a step for it',
        ],
        ...(owner === null ? {} : { owner }),
      },
    ]
  })
}
