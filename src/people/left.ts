import { toSecondsDown } from '#kit'
import { kindOf, type EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import type { Way } from './ways.ts'

/**
 * What an account leaves behind. `things` answer to it and are no way into it: an app, a service, a machine. `used` are
 * credentials of its own, or itself, that something else works by.
 */
export type Left = { things: EntityId[]; used: { entity: EntityId; by: EntityId[] }[] }

/** Things named of one account. */
export const thingsMax = 200

/**
 * By account. INVARIANT: what stands here is not killed with the account blindly: somebody must answer for it, or the work
 * that hangs on it stops.
 */
export async function leftBehind(
  view: EstateView,
  accounts: readonly EntityId[],
  ways: readonly Way[],
  atMs: number,
): Promise<Map<EntityId, Left>> {
  const at = toSecondsDown(atMs)
  const left = new Map<EntityId, Left>()
  const of = (account: EntityId): Left => {
    const known = left.get(account) ?? { things: [], used: [] }
    left.set(account, known)
    return known
  }
  const names = ways.map(({ credential }) => credential)
  const acting = await paged(names, (page) => view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], at }))
  // What a token of theirs logs in as (a holder of its narrower rights) ends with the token.
  const own = new Set<EntityId>([...accounts, ...names, ...acting.map(({ dst }) => dst)])
  for (const { src, dst } of await paged(accounts, (page) => view.edgesTo(page, { types: ['OWNED_BY'], at }))) {
    const { things } = of(dst)
    if (!own.has(src) && isHandedOver(src) && things.length < thingsMax && !things.includes(src)) things.push(src)
  }
  const bearers = new Map<EntityId, { account: EntityId; entity: EntityId }>(
    accounts.map((account) => [account, { account, entity: account }]),
  )
  for (const { credential, account, aliases } of ways) {
    for (const name of [credential, ...aliases]) bearers.set(name, { account, entity: credential })
  }
  const consumers = await paged([...bearers.keys()], (page) =>
    view.edgesTo(page, { types: ['DEPENDS_ON', 'STORES'], at }),
  )
  for (const { src, dst, type } of consumers) {
    // Somebody's machine keeps their own keys; a pipeline, a cluster, a store of secrets keeps what programs work by.
    if (own.has(src) || (type === 'STORES' && kindOf(src) !== 'resource')) continue
    const bearer = bearers.get(dst)
    if (bearer === undefined) continue
    const { used } = of(bearer.account)
    const known = used.find(({ entity }) => entity === bearer.entity)
    if (known === undefined) used.push({ entity: bearer.entity, by: [src] })
    else if (!known.by.includes(src)) known.by.push(src)
  }
  for (const { things, used } of left.values()) {
    things.sort()
    for (const { by } of used) by.sort()
    used.sort((a, b) => (a.entity < b.entity ? -1 : 1))
  }
  return left
}

/** Files, mail and factors pass on by the vendor's own rules when an account ends, and no program works by them. */
const isHandedOver = (thing: EntityId): boolean => ['app', 'identity', 'host'].includes(kindOf(thing))
