import { toSecondsUp } from '#kit'
import { authorityOf, kindOf, nativeOf, type EntityFact, type EntityId } from '#model'
import { readersOf, subjectOf, type Sight } from '#access'
import { paged, pagedFacts, type EstateView } from '#estate'

import { ReviewError } from './error.ts'
import { reviewItemsMax, type NewItem } from './writer.ts'

/** So long before the opening, use is looked for. */
export const usedWindowMs = 90 * 86_400_000
const hops = ['MEMBER_OF', 'ASSUMES', 'ACTS_AS'] as const
const breatheEvery = 256
/** Things tried for a way to one of them; whoever reads others alone is shown without a way. */
const triedMax = 20

type Facts = ReadonlyMap<EntityId, EntityFact['attributes']>
export type Found = Omit<NewItem, 'reviewer'>
/** What a trim says of a membership, with its last use as far as that is known. */
export type UseOf = (of: EntityId, on: EntityId) => Pick<NewItem, 'use' | 'lastUseMs'>

/**
 * Who has which right, as it stands now: members of a group or role, readers of a data set or class, grants of an app. Pure.
 * Cordon's own are left out: no review decides about them.
 */
export async function rightsUnder(
  view: EstateView,
  of: EntityId,
  parts: { nowMs: number; sight: Sight; useOf: UseOf },
): Promise<Found[]> {
  const found =
    kindOf(of) === 'app'
      ? await grantsOf(view, of, parts.nowMs)
      : kindOf(of) === 'identity'
        ? await membersOf(view, of, parts)
        : await readersUnder(view, of, parts)
  if (found.length === 0) {
    throw new ReviewError('ERR_REVIEW_EMPTY', `nobody is known to have a right to \`${of}\``, {
      place: 'of',
      hint: 'review a group or role, a data set, a class or an app; `cordon access who` says who can read one',
    })
  }
  if (found.length > reviewItemsMax) {
    throw new ReviewError('ERR_REVIEW_SIZE', `${found.length} rights are more than one review holds`, {
      place: 'of',
      hint: `at most ${reviewItemsMax}: review the groups that give them`,
    })
  }
  return found
}

async function membersOf(
  view: EstateView,
  group: EntityId,
  { nowMs, useOf }: { nowMs: number; useOf: UseOf },
): Promise<Found[]> {
  const edges = await view.edgesTo([group], { types: [...hops], at: toSecondsUp(nowMs) })
  const facts = await factsOf(view, [...new Set(edges.map(({ src }) => src))])
  const seen = new Set<EntityId>()
  return edges.flatMap(({ src: of, evidence }): Found[] => {
    if (seen.has(of) || facts.get(of)?.['own'] === true) return []
    seen.add(of)
    return [
      {
        kind: 'membership',
        of,
        on: group,
        through: [],
        ...useOf(of, group),
        evidence: [evidence],
        ...called(of, facts),
      },
    ]
  })
}

async function readersUnder(
  view: EstateView,
  of: EntityId,
  { nowMs, sight }: { nowMs: number; sight: Sight },
): Promise<Found[]> {
  const subject = await subjectOf(view, of, { atMs: null })
  const used = { fromMs: Math.max(0, nowMs - usedWindowMs), toMs: nowMs }
  const { readers, readsLogged } = await readersOf(view, subject, { atMs: null, used, sight })
  const facts = await factsOf(
    view,
    readers.map(({ entity }) => entity),
  )
  const found: Found[] = []
  for (const [n, { entity, use }] of readers.entries()) {
    if (n % breatheEvery === breatheEvery - 1) await new Promise((resolve) => setImmediate(resolve))
    const path = await wayTo(view, entity, subject, nowMs)
    found.push({
      // What an app holds is ended itself: whoever gave it keeps what is theirs.
      kind: kindOf(entity) === 'credential' ? 'credential' : 'reader',
      of: entity,
      on: of,
      through: path.slice(0, -1).map(({ dst }) => dst),
      use: use !== null ? 'used' : readsLogged ? 'unused' : 'untold',
      lastUseMs: use?.lastAtMs ?? null,
      evidence: path.map(({ evidence }) => evidence),
      ...called(entity, facts),
    })
  }
  return found
}

const rights = [
  ...hops,
  'AUTHENTICATES_AS',
  'DERIVES',
  'CAN_READ',
  'CAN_SHARE',
  'CAN_ADMIN',
  'CAN_GRANT',
  'CONTAINS',
] as const

/** The shortest way by which somebody comes to it, or to something in it. */
export async function wayTo(
  view: EstateView,
  from: EntityId,
  { roots, inside }: { roots: readonly EntityId[]; inside: readonly EntityId[] },
  nowMs: number,
): Promise<readonly { src: EntityId; type: string; dst: EntityId; evidence: number }[]> {
  for (const to of [...roots.slice(0, triedMax), ...inside.slice(0, triedMax)]) {
    const path = await view.explain(from, to, { types: [...rights], at: toSecondsUp(nowMs) })
    if (path !== undefined) return path
  }
  return []
}

async function grantsOf(view: EstateView, app: EntityId, nowMs: number): Promise<Found[]> {
  const grants = (await view.find('credential', { client: nativeOf(app) })).filter(
    (one) => authorityOf(one) === authorityOf(app),
  )
  const facts = await factsOf(view, grants)
  const edges = await paged(grants, (page) =>
    view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], at: toSecondsUp(nowMs) }),
  )
  const givers = new Map(edges.map(({ src, dst, evidence }) => [src, { dst, evidence }]))
  const people = await factsOf(view, [...new Set(edges.map(({ dst }) => dst))])
  return grants.flatMap((of): Found[] => {
    const giver = givers.get(of)
    const { lastUsedAtMs, tellsUse, own } = facts.get(of) ?? {}
    if (giver === undefined || own === true) return []
    const lastUseMs = typeof lastUsedAtMs === 'number' ? lastUsedAtMs : null
    const isUsed = lastUseMs !== null && lastUseMs >= nowMs - usedWindowMs
    const use = isUsed ? 'used' : lastUseMs !== null || tellsUse === true ? 'unused' : 'untold'
    const { name, names } = called(giver.dst, people)
    return [
      {
        kind: 'credential',
        of,
        on: app,
        through: [giver.dst],
        use,
        lastUseMs,
        evidence: [giver.evidence],
        name,
        names,
      },
    ]
  })
}

async function factsOf(view: EstateView, entities: readonly EntityId[]): Promise<Facts> {
  const facts = new Map<EntityId, EntityFact['attributes']>()
  for await (const [entity, stated] of pagedFacts(view, entities)) facts.set(entity, stated)
  return facts
}

/** What it is shown as, and every name under which whoever has it could sit here as a reviewer. */
export function called(entity: EntityId, facts: Facts): { name: string | null; names: string[] } {
  const stated = facts.get(entity) ?? {}
  const names = ['name', 'login', 'mail'].flatMap((key) => (typeof stated[key] === 'string' ? [stated[key]] : []))
  const { name } = stated
  return {
    name: typeof name === 'string' ? name : null,
    names: [...new Set([entity, ...names].map((one) => one.toLowerCase()))].sort(),
  }
}

/** In turns, and nobody their own; a right that all of them have themselves is nobody's. */
export function assign(found: readonly Found[], reviewers: readonly string[]): NewItem[] {
  let turn = 0
  return found.map((item) => {
    for (let tries = 0; tries < reviewers.length; tries++) {
      const reviewer = reviewers[turn++ % reviewers.length]
      if (reviewer !== undefined && !item.names.includes(reviewer.toLowerCase())) return { ...item, reviewer }
    }
    return { ...item, reviewer: null }
  })
}
