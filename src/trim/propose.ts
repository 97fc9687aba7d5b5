import { hashId } from '#kit'
import { authorityOf, entityId, kindOf, type EntityId, type TenantId } from '#model'
import { paged, type EstateView } from '#estate'

import { leavesNobody } from './guards.ts'
import type { Matter } from './matter.ts'
import type { Rights, Right } from './rights.ts'
import { lossOf, type Loss } from './simulate.ts'
import { readContents } from './use.ts'
import type { Verdict } from './verdict.ts'

/** One right that can go. `lastUseMs`: the day it was last used, as far as is known. */
export type Proposal = Loss &
  Pick<Right, 'kind' | 'of' | 'deed' | 'on' | 'notes' | 'certain' | 'sinceMs' | 'evidence'> & {
    id: `trm_${string}`
    /** The app that a grant was given to. */
    app: EntityId | null
    name: string | null
    onName: string | null
    lastUseMs: number | null
    isLogged: boolean
    /** Nothing stays of what `of` was given there, or on what lies in it: what takes all of that at once takes no more than this. */
    isWhole: boolean
  }
type Proposed = Extract<Verdict, { is: 'proposed' }>

/**
 * One thing is said once: of a credential, or of what only credentials open, narrower rights are proposed where it is used
 * itself; of a group, memberships where not all that it gives is proposed.
 */
export function withoutImplied(
  { into, grantsOf, out, credentials }: Rights,
  verdicts: ReadonlyMap<Right, Verdict>,
): Map<Right, Proposed> {
  const isUsed = (right: Right | undefined): boolean => right !== undefined && verdicts.get(right)?.is === 'used'
  const isOpen = (of: EntityId): boolean => {
    const own = credentials.get(of)
    if (own !== undefined) return isUsed(own)
    const ways = (into.get(of) ?? []).filter(({ src }) => kindOf(src) !== 'app')
    const keys = ways.flatMap(({ src }) => credentials.get(src) ?? [])
    return ways.length === 0 || keys.length < ways.length || keys.some(isUsed)
  }
  const isGoing = (right: Right): boolean => verdicts.get(right)?.is === 'proposed'
  const isWhole = (group: EntityId): boolean =>
    (out.get(group) ?? []).length === 0 && (grantsOf.get(group) ?? []).every(isGoing)
  const proposed = new Map<Right, Proposed>()
  for (const [right, verdict] of verdicts) {
    if (verdict.is !== 'proposed') continue
    const isImplied = right.kind === 'membership' ? isWhole(right.on) : right.kind === 'grant' && !isOpen(right.of)
    if (!isImplied) proposed.set(right, verdict)
  }
  return proposed
}

/** Each with what it would mean to take it, most people first. */
export async function proposalsOf(
  view: EstateView,
  tenant: TenantId,
  { rights, use, containersOf }: Matter,
  proposed: ReadonlyMap<Right, Proposed>,
): Promise<[Right, Proposal][]> {
  const granted = [...rights.grantsOn.keys()]
  const contentsOf = await readContents(view, granted)
  const inside = [...new Set(granted.flatMap((one) => [...contentsOf(one)]))]
  const people = new Map(await paged(inside, async (page) => [...(await view.people(page))]))
  const names = new Map<EntityId, unknown>()
  for (const one of await paged([...new Set([...proposed.keys()].map(({ on }) => on))], async (page) => [
    ...(await view.facts(page)),
  ]))
    names.set(one[0], one[1]['name'])
  const nameOf = (name: unknown): string | null => (typeof name === 'string' ? name : null)
  const proposals = [...proposed].map(([right, { lastUseMs, isLogged }]): [Right, Proposal] => {
    const { key, kind, of, deed, on, notes, certain, sinceMs, evidence } = right
    const proposal = {
      id: hashId('trm', tenant, key),
      kind,
      of,
      deed,
      on,
      notes,
      certain,
      sinceMs,
      evidence,
      app: appOf(rights, right),
      name: nameOf(rights.facts.get(of)?.['name']),
      onName: nameOf(names.get(on)),
      lastUseMs,
      isLogged,
      isWhole: true,
      ...lossOf(rights, right, use.of.get(right), containersOf, { contentsOf, people }),
    }
    return [right, proposal]
  })
  return proposals.sort(
    ([, a], [, b]) =>
      b.people - a.people || b.things * b.losersTotal - a.things * a.losersTotal || (a.id < b.id ? -1 : 1),
  )
}

/** Each alone may leave an administrator, and all of them none: whichever would take the last one away stays. */
export function withAdminsLeft(
  matter: Matter,
  taken: readonly (readonly [Right, Proposal])[],
  verdicts: Map<Right, Verdict>,
): Proposal[] {
  const gone = new Set<Right>()
  return taken.flatMap(([right, proposal]) => {
    gone.add(right)
    if (!leavesNobody(matter, right, gone)) return [proposal]
    gone.delete(right)
    verdicts.set(right, { is: 'held', why: 'last' })
    return []
  })
}

/** Of one grant its vendor may take all deeds or none: beside one that is used, is held back or is not told none is whole. */
export function markWhole(
  { rights, containersOf }: Matter,
  proposals: readonly Proposal[],
  verdicts: ReadonlyMap<Right, Verdict>,
): Proposal[] {
  return proposals.map((one) => {
    if (one.kind !== 'grant') return one
    const beside = (rights.grantsOf.get(one.of) ?? []).filter(({ on }) => containersOf(on).has(one.on))
    return { ...one, isWhole: beside.every((right) => verdicts.get(right)?.is === 'proposed') }
  })
}

function appOf({ facts }: Rights, { of }: Right): EntityId | null {
  const { kind, client } = facts.get(of) ?? {}
  return kind === 'grant' && typeof client === 'string' ? entityId('app', authorityOf(of), client) : null
}
