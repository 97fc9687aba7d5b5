import { authorityOf, type EntityId } from '#model'
import type { EstateView } from '#estate'

import type { Registry } from '../registry.ts'

/** How a right is taken: `takes` is what a step acts on, and its undo gives it back; or why none can. */
export type TakingWay = { takes: EntityId } | { why: string }

export type TakingParts = {
  sources: { list(): readonly { connector: string; authority: string | null }[] }
  registry: Pick<Registry, 'find'>
}

/** Of a right to `thing` that `member` has directly: as its place in a group or role, or on the thing itself. */
export async function wayToTake(
  { sources, registry }: TakingParts,
  view: Pick<EstateView, 'facts'>,
  member: EntityId,
  thing: EntityId,
): Promise<TakingWay> {
  const there = sources.list().filter(({ authority }) => authority === authorityOf(thing))
  let why: string | undefined
  for (const { connector } of there) {
    for (const action of registry.find(connector)?.actions ?? []) {
      const takes = action.undo === undefined ? undefined : action.takesRight?.(member, thing)
      if (takes === undefined) continue
      const takable = action.takesStated === true ? (await view.facts([takes])).get(takes)?.['takable'] : true
      if (takable === true) return { takes }
      if (typeof takable === 'string') why = takable
    }
  }
  if (why !== undefined) return { why }
  const names = [...new Set(there.map(({ connector }) => connector))].sort()
  return {
    why:
      names.length === 0
        ? `no connected source acts at ${authorityOf(thing)}`
        : `no step of ${names.join(', ')} takes this right alone and can give it back`,
  }
}
