import type { EdgeType, EntityFact, EntityId } from '#model'
import type { EstateView } from '#estate'

import { joinAccounts, type AccountJoin, type JoinWay } from './join.ts'
import { hasEnded, type Person } from './person.ts'
import { readRegister, type Register } from './register.ts'

/** `credentials`: those that log in as it and stand. `signsIn`: whether its vendor still lets the account in. */
export type AliveAccount = { account: EntityId; way: JoinWay; signsIn: boolean; credentials: EntityId[] }
/** Somebody who no longer works here, with what of theirs is alive. */
export type EndedActive = { person: Person; alive: AliveAccount[] }

const pageEntities = 1_000
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
  register?: Register,
): Promise<{ ended: EndedActive[]; ambiguous: AccountJoin['ambiguous'] }> {
  const { people, accounts } = register ?? (await readRegister(view))
  const { of, ambiguous } = joinAccounts(people, accounts, atMs)
  const gone = people.filter((person) => hasEnded(person, atMs) && of.has(person.person))
  const ended: EndedActive[] = []
  for (let at = 0; at < gone.length; at += pageEntities) {
    const page = gone.slice(at, at + pageEntities)
    const joined = page.flatMap(({ person }) => of.get(person) ?? [])
    const alive = await aliveOf(view, joined, atMs)
    for (const person of page) {
      const theirs = (of.get(person.person) ?? []).flatMap(({ account }) => alive.get(account.account) ?? [])
      if (theirs.length > 0) ended.push({ person, alive: theirs })
    }
  }
  ended.sort((a, b) => endOf(a) - endOf(b) || (a.person.person < b.person.person ? -1 : 1))
  return { ended, ambiguous }
}

const endOf = ({ person }: EndedActive): number => person.endAtMs ?? 0

async function aliveOf(
  view: EstateView,
  joined: readonly { account: { account: EntityId; enabled: boolean | null }; way: JoinWay }[],
  atMs: number,
): Promise<Map<EntityId, AliveAccount>> {
  const names = joined.map(({ account }) => account.account)
  const at = Math.floor(atMs / 1000)
  const logins = await view.edgesTo(names, { types: ['AUTHENTICATES_AS'], at })
  const held = new Set((await view.edgesFrom(names, { types: standing, at })).map(({ src }) => src))
  const facts = await view.facts(logins.map(({ src }) => src))
  const found = new Map<EntityId, AliveAccount>()
  for (const { account, way } of joined) {
    const credentials = [
      ...new Set(
        logins
          .filter(({ src, dst }) => dst === account.account && isUsable(facts.get(src) ?? {}, atMs))
          .map(({ src }) => src),
      ),
    ].sort()
    // A vendor that does not say whether an account is enabled shows by its rights that it is one.
    const isListed = account.enabled ?? (held.has(account.account) || credentials.length > 0)
    if (isListed || credentials.length > 0)
      found.set(account.account, { account: account.account, way, signsIn: isListed, credentials })
  }
  return found
}

function isUsable(facts: EntityFact['attributes'], atMs: number): boolean {
  const expiresAtMs = facts['expiresAtMs']
  if (facts['enabled'] === false || facts['status'] === 'deleted') return false
  return typeof expiresAtMs !== 'number' || expiresAtMs > atMs
}
