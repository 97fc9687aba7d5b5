import { toSecondsDown } from '#kit'
import { authorityOf, kindOf, type Edge, type EntityFact, type EntityId } from '#model'
import { pagedFacts, paged, type EstateView } from '#estate'

import { textOf } from './person.ts'

/** One credential that is an account's own. `by`: the edges that say so, the account's last. */
export type Way = {
  credential: EntityId
  account: EntityId
  by: Edge[]
  /** A session or token that another one of them gave out. */
  isDerived: boolean
  /** As its source states it. */
  kind: string | null
  /** Other names of the very same: its fingerprint. */
  aliases: EntityId[]
}

/** Kinds that open something by themselves; a factor, an assignment, a membership belongs to somebody and opens nothing. */
const opening: ReadonlySet<string> = new Set(['key', 'token', 'session', 'grant', 'password', 'certificate', 'ssh-key'])
/** Sessions of tokens of grants: nothing known is deeper. */
const depthMax = 8

/**
 * Every credential that stands at `atMs` and is an account's own: it logs in as it, belongs to it, or was given out by one
 * of these. What a factor alone opens is nothing. Whatever else its owner made or could read is not its own.
 */
export async function waysInto(view: EstateView, accounts: readonly EntityId[], atMs: number): Promise<Way[]> {
  const at = toSecondsDown(atMs)
  const own = new Set(accounts)
  const found = new Map<EntityId, Omit<Way, 'kind' | 'aliases'>>()
  const direct = await paged(accounts, (page) => view.edgesTo(page, { types: ['AUTHENTICATES_AS', 'OWNED_BY'], at }))
  for (const edge of direct) {
    const isNew = kindOf(edge.src) === 'credential' && own.has(edge.dst) && !found.has(edge.src)
    if (isNew) found.set(edge.src, { credential: edge.src, account: edge.dst, by: [edge], isDerived: false })
  }
  let fresh = [...found.values()]
  for (let depth = 0; fresh.length > 0 && depth < depthMax; depth++) {
    const from = new Map(fresh.map((way) => [way.credential, way]))
    fresh = []
    for (const edge of await paged([...from.keys()], (page) => view.edgesFrom(page, { types: ['DERIVES'], at }))) {
      const parent = from.get(edge.src)
      if (parent === undefined || found.has(edge.dst)) continue
      const way = { credential: edge.dst, account: parent.account, by: [edge, ...parent.by], isDerived: true }
      found.set(edge.dst, way)
      fresh.push(way)
    }
  }
  const facts = new Map<EntityId, EntityFact['attributes']>()
  for await (const [entity, stated] of pagedFacts(view, [...found.keys()])) facts.set(entity, stated)
  const ways = [...found.values()].flatMap((way): Way[] => {
    const stated = facts.get(way.credential) ?? {}
    const kind = textOf(stated, 'kind')
    const opens = way.by[0]?.type !== 'OWNED_BY' || (kind !== null && opening.has(kind))
    return opens && isUsable(stated, atMs) ? [{ ...way, kind, aliases: [] }] : []
  })
  await nameAlso(view, ways, at)
  return ways.sort((a, b) => (a.credential < b.credential ? -1 : 1))
}

/** A fingerprint that an inventory claims is that very credential. */
async function nameAlso(view: EstateView, ways: readonly Way[], at: number): Promise<void> {
  const byName = new Map(ways.map((way) => [way.credential, way]))
  const names = [...byName.keys()]
  const out = await paged(names, (page) => view.edgesFrom(page, { types: ['SAME_AS'], at }))
  const into = await paged(names, (page) => view.edgesTo(page, { types: ['SAME_AS'], at }))
  for (const [own, other] of [
    ...out.map(({ src, dst }) => [src, dst] as const),
    ...into.map(({ src, dst }) => [dst, src] as const),
  ]) {
    const way = byName.get(own)
    if (authorityOf(other) === 'fp' && way?.aliases.includes(other) === false) way.aliases.push(other)
  }
}

function isUsable(facts: EntityFact['attributes'], atMs: number): boolean {
  const { enabled, status, expiresAtMs, factorType } = facts
  if (enabled === false || status === 'deleted' || factorType !== undefined) return false
  return typeof expiresAtMs !== 'number' || expiresAtMs > atMs
}
