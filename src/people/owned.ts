import { kindOf, type EntityId } from '#model'
import type { EstateView } from '#estate'

/** What answers to an account and must answer to somebody else: `usedBy` cannot work without it. */
export type Owned = { account: EntityId; thing: EntityId; usedBy: EntityId[] }

/** Things looked at of one account; beyond, the list says so by its length. */
export const ownedMax = 200

/**
 * What an account leaves behind: what it owns that is no way into itself (an app, a service, a repository's key), and its
 * own credentials that something else works by. INVARIANT: neither is killed with the account blindly.
 */
export async function ownedBy(view: EstateView, accounts: readonly EntityId[], atMs: number): Promise<Owned[]> {
  const at = Math.floor(atMs / 1000)
  const ways = await view.edgesTo(accounts, { types: ['AUTHENTICATES_AS'], at })
  const wayIn = new Map(ways.map(({ src, dst }) => [src, dst]))
  const owned = new Map<string, Owned>()
  const counts = new Map<EntityId, number>()
  const add = (account: EntityId, thing: EntityId, usedBy: readonly EntityId[]): void => {
    const key = `${account} ${thing}`
    const known = owned.get(key)
    if (known === undefined) {
      const count = (counts.get(account) ?? 0) + 1
      counts.set(account, count)
      if (count <= ownedMax) owned.set(key, { account, thing, usedBy: [...usedBy] })
    } else known.usedBy = [...new Set([...known.usedBy, ...usedBy])].sort()
  }
  for (const { src, dst } of await view.edgesTo(accounts, { types: ['OWNED_BY'], at })) {
    if (!wayIn.has(src) && isHandedOn(src)) add(dst, src, [])
  }
  const mine = [...wayIn.keys()]
  // A fingerprint that an inventory claims is that very credential: what lies in a pipeline's secrets is known by it.
  const prints = new Map(
    (await view.edgesTo(mine, { types: ['SAME_AS'], at })).map(({ src, dst }) => [src, dst] as const),
  )
  const consumers = await view.edgesTo([...accounts, ...mine, ...prints.keys()], {
    types: ['DEPENDS_ON', 'STORES'],
    at,
  })
  for (const { src, dst, type } of consumers) {
    // Somebody's laptop keeps their own key; a pipeline, a cluster, a secret store keeps one that programs work by.
    if (type === 'STORES' && kindOf(src) !== 'resource') continue
    const credential = prints.get(dst) ?? dst
    const account = wayIn.get(credential) ?? (accounts.includes(credential) ? credential : undefined)
    if (account !== undefined && !accounts.includes(src)) add(account, credential, [src])
  }
  return [...owned.values()].sort((a, b) => (`${a.account} ${a.thing}` < `${b.account} ${b.thing}` ? -1 : 1))
}

/** Files and mail pass on by the vendor's own rules when an account ends: too many to name, and no program works by them. */
const isHandedOn = (thing: EntityId): boolean => ['app', 'identity', 'credential', 'host'].includes(kindOf(thing))
