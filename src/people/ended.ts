import { toSecondsDown } from '#kit'
import type { EdgeType, EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import type { Account, AccountJoin, JoinWay } from './join.ts'
import { hasEnded, type Person } from './person.ts'
import { readPeople, type People } from './register.ts'
import { waysInto, type Way } from './ways.ts'

/**
 * `credentials`: its own that stand. `signsIn`: whether its vendor still has it as an account. `evidence`: log offsets.
 */
export type AliveAccount = {
  account: EntityId
  way: JoinWay
  signsIn: boolean
  credentials: EntityId[]
  evidence: number[]
}
/** Somebody who no longer works here, with what of theirs is alive. */
export type EndedActive = { person: Person; alive: AliveAccount[] }

/** Credentials and evidence shown of one account. */
const shownMax = 100
/** What an account that still is somebody has. */
const standing: readonly EdgeType[] = [
  'MEMBER_OF',
  'ASSUMES',
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CAN_SHARE',
  'CAN_GRANT',
]

/**
 * Ended, still active: whose time is over by `atMs`, and who still has an account or a credential alive anywhere. Pure:
 * the same view and time give the same list, longest ended first. Accounts that could be of two people are nobody's here;
 * `ambiguous` names them.
 */
export async function endedActive(
  view: EstateView,
  atMs: number,
  known?: People,
): Promise<{ ended: EndedActive[]; ambiguous: AccountJoin['ambiguous'] }> {
  const { register, join } = known ?? (await readPeople(view, atMs))
  const { of, ambiguous } = join
  const gone = register.people.filter((person) => hasEnded(person, atMs) && of.has(person.person))
  const joined = gone.flatMap(({ person }) => of.get(person) ?? [])
  const alive = await aliveAccounts(view, joined, await waysInto(view, namesOf(joined), atMs), atMs)
  const ended = gone.flatMap((person): EndedActive[] => {
    const theirs = (of.get(person.person) ?? []).flatMap(({ account }) => alive.get(account.account) ?? [])
    return theirs.length === 0 ? [] : [{ person, alive: theirs }]
  })
  ended.sort((a, b) => endOf(a) - endOf(b) || (a.person.person < b.person.person ? -1 : 1))
  return { ended, ambiguous }
}

const endOf = ({ person }: EndedActive): number => person.endAtMs ?? 0

export const namesOf = (joined: readonly { account: Account }[]): EntityId[] =>
  joined.map(({ account }) => account.account)

/** Of these, the ones that are alive in any way. `ways`: those into them. */
export async function aliveAccounts(
  view: EstateView,
  joined: readonly { account: Account; way: JoinWay }[],
  ways: readonly Way[],
  atMs: number,
): Promise<Map<EntityId, AliveAccount>> {
  const names = namesOf(joined)
  const off = new Set(namesOf(joined.filter(({ account }) => account.enabled === false)))
  const at = toSecondsDown(atMs)
  const credentials = new Map<EntityId, EntityId[]>()
  const evidence = new Map<EntityId, number[]>()
  const add = <Value>(to: Map<EntityId, Value[]>, account: EntityId, value: Value): void => {
    const known = to.get(account)
    if (known === undefined) to.set(account, [value])
    else if (known.length < shownMax) known.push(value)
  }
  for (const { credential, account, by, kind } of ways) {
    // A session of an account that its vendor has switched off opens nothing; a key or a token may.
    if (kind === 'session' && off.has(account)) continue
    add(credentials, account, credential)
    for (const edge of by) add(evidence, account, edge.evidence)
  }
  const rights = await paged(names, (page) => view.edgesFrom(page, { types: standing, at }))
  for (const edge of rights) add(evidence, edge.src, edge.evidence)
  const held = new Set(rights.map(({ src }) => src))
  const found = new Map<EntityId, AliveAccount>()
  for (const { account, way } of joined) {
    const { account: name, enabled } = account
    const own = credentials.get(name) ?? []
    // A vendor that does not say whether an account is enabled shows by its rights that it is one.
    const signsIn = enabled ?? (held.has(name) || own.length > 0)
    if (!signsIn && own.length === 0) continue
    const offsets = [...new Set(evidence.get(name))].sort((a, b) => a - b)
    found.set(name, { account: name, way, signsIn, credentials: own, evidence: offsets })
  }
  return found
}
