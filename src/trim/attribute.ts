import { authorityOf, kindOf, type EntityId, type TouchVerb } from '#model'

import { breather } from './breathe.ts'
import { isSomebody, standingOf, type Deed, type Right, type Rights } from './rights.ts'
import type { Acts } from './use.ts'

/** `days`: on which the right was used, or may have been; days since 1970 UTC. `lastBy`: by whom, each on which day last. */
export type RightUse = { days: Set<number>; lastBy: Map<EntityId, number> }

export type Attributed = {
  of: ReadonlyMap<Right, RightUse>
  /** Last day of acts of somebody somewhere that no right known here explains; by `unplacedKey`. */
  unplaced: ReadonlyMap<string, number[]>
  /** Last days of acts on a thing, or on what lies in it, that nobody is named for. */
  unnamed: ReadonlyMap<EntityId, number[]>
  /** Days on which somebody did anything anywhere, by `personKey`. */
  active: ReadonlyMap<string, Set<number>>
  /** Kinds of credentials, by authority, that the log names when they are used, each with the days on which it did. */
  named: ReadonlyMap<string, Set<number>>
}

export const unplacedKey = (entity: EntityId, authority: string): string => `${entity} ${authority}`
export const namedKey = (authority: string, kind: unknown): string => `${authority} ${String(kind)}`

/** Accounts of one address are one person's: who is silent in one of them may be busy in the others. */
export function personKey({ facts }: Rights, entity: EntityId): string {
  const { email, login, kind } = facts.get(entity) ?? {}
  const mail = [email, login].find((one) => typeof one === 'string' && one.includes('@'))
  return kind === 'human' && typeof mail === 'string' ? mail.toLowerCase() : entity
}

/**
 * By which right each act may have been done. INVARIANT: an act is never charged to fewer rights than could have allowed it
 * alone: of several ways of the same width all count as used, and a wider right is spared only by a narrower one that holds
 * for sure. Where a source names only what holds the thing, all that lies in it counts as meant. So a right that is said to
 * be unused was needed by no act that is known.
 */
const byWidth: Readonly<Record<TouchVerb, readonly Deed[]>> = {
  read: ['read', 'write', 'share', 'admin'],
  login: ['read', 'write', 'share', 'admin'],
  write: ['write', 'admin', 'share', 'read'],
  delete: ['write', 'admin', 'share', 'read'],
  share: ['share', 'admin', 'write', 'read'],
  admin: ['admin', 'share', 'write', 'read'],
}

export async function attribute(
  rights: Rights,
  acts: readonly Acts[],
  containersOf: (resource: EntityId) => ReadonlySet<EntityId>,
): Promise<Attributed> {
  const breathe = breather()
  const of = new Map<Right, RightUse>()
  const unplaced = new Map<string, number[]>()
  const unnamed = new Map<EntityId, number[]>()
  const active = new Map<string, Set<number>>()
  const named = new Map<string, Set<number>>()
  const standings = new Map<string, Set<EntityId>>()
  const standing = (starts: readonly EntityId[]): Set<EntityId> => {
    const key = starts.join(' ')
    const known = standings.get(key) ?? standingOf(rights, starts)
    standings.set(key, known)
    return known
  }
  const use = (right: Right, by: EntityId, days: readonly number[]): void => {
    const known = of.get(right) ?? { days: new Set<number>(), lastBy: new Map<EntityId, number>() }
    of.set(right, known)
    for (const day of days) known.days.add(day)
    known.lastBy.set(by, Math.max(known.lastBy.get(by) ?? 0, days.at(-1) ?? 0))
  }

  for (const { identity, credential, resource, verb, days } of acts) {
    await breathe()
    const starts = [identity, credential].filter((one) => one !== null)
    const by = identity ?? credential
    if (by === null) {
      for (const one of containersOf(resource)) push(unnamed, one, days)
      continue
    }
    for (const one of starts) for (const day of days) note(active, personKey(rights, one), day)
    if (credential !== null) {
      for (const day of days)
        note(named, namedKey(authorityOf(credential), rights.facts.get(credential)?.['kind']), day)
      const right = rights.credentials.get(credential)
      if (right !== undefined) use(right, by, days)
    }
    const mine = standing(starts)
    const ways = waysTo(rights, mine, containersOf(resource), verb)
    if (verb !== 'login') ways.push(...waysInside(rights, mine, resource, containersOf))
    if (ways.length === 0) {
      if (verb !== 'login') for (const one of starts) push(unplaced, unplacedKey(one, authorityOf(resource)), days)
      continue
    }
    for (const way of ways) use(way, by, days)
    for (const step of stepsTo(rights, mine, new Set(ways.map((way) => way.of)))) use(step, by, days)
  }
  return { of, unplaced, unnamed, active, named }
}

function waysTo(
  { grantsOn }: Rights,
  standing: ReadonlySet<EntityId>,
  containers: ReadonlySet<EntityId>,
  verb: TouchVerb,
): Right[] {
  const open = [...containers].flatMap((one) => (grantsOn.get(one) ?? []).filter(({ of }) => standing.has(of)))
  const ways: Right[] = []
  for (const deed of byWidth[verb]) {
    const some = open.filter((right) => right.deed === deed)
    ways.push(...some)
    if (some.some(({ certain }) => certain)) break
  }
  return ways
}

/** What somebody may do to things that lie in another: which of them was meant is not told. */
const waysInside = (
  { grantsOf }: Rights,
  standing: ReadonlySet<EntityId>,
  resource: EntityId,
  containersOf: (resource: EntityId) => ReadonlySet<EntityId>,
): Right[] =>
  [...standing].flatMap((one) =>
    (grantsOf.get(one) ?? []).filter(({ on }) => on !== resource && containersOf(on).has(resource)),
  )

/** Memberships that lie on a way from somebody to these. Who took a role on is often not told: then everybody may have who can. */
function stepsTo(rights: Rights, standing: ReadonlySet<EntityId>, to: ReadonlySet<EntityId>): Set<Right> {
  const isTold = [...standing].some((one) => kindOf(one) === 'identity' && isSomebody(rights, one))
  const towards = new Set(to)
  const steps = new Set<Right>()
  for (const entity of towards) {
    for (const { src, right } of rights.into.get(entity) ?? []) {
      if (isTold && !standing.has(src)) continue
      towards.add(src)
      if (right?.kind === 'membership') steps.add(right)
    }
  }
  return steps
}

function push<Key>(into: Map<Key, number[]>, key: Key, days: readonly number[]): void {
  const known = into.get(key)
  if (known === undefined) into.set(key, [...days])
  else known.push(...days)
}
function note<Key>(into: Map<Key, Set<number>>, key: Key, day: number): void {
  const known = into.get(key)
  if (known === undefined) into.set(key, new Set([day]))
  else known.add(day)
}
