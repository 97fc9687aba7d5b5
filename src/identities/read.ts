import { authorityOf, kindOf, nativeOf, type EntityFact, type EntityId } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'
import { nameOf, reachOf, type Reach } from '#posture'

import { modelVendors } from './agents.ts'
import { tell, type Told } from './kind.ts'
import { ownersOf, type Owner } from './owner.ts'

type Attributes = EntityFact['attributes']
export type ConnectorOf = (authority: string) => string | undefined

/** `also`: identities that are this very app's own at its vendor. Times in ms UTC; null: no source tells. */
export type Identity = Told & {
  identity: EntityId
  also: EntityId[]
  name: string | null
  purpose: string | null
  owner: Owner | null
  createdAtMs: number | null
  lastUsedAtMs: number | null
  enabled: boolean | null
}

/** More is refused by the estate, never cut. */
const entitiesMax = 1_000_000
/** No one acts as these by themselves: rights are put together in them. */
const notSomebody: ReadonlySet<unknown> = new Set(['role', 'group'])
const textOf = (facts: Attributes, ...keys: string[]): string | null => {
  for (const key of keys) {
    const value = facts[key]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}
const msOf = (facts: Attributes, key: string): number | null => {
  const value = facts[key]
  return typeof value === 'number' ? value : null
}

/**
 * Everybody and everything that acts somewhere, told apart; Cordon's own left out. An app is one with the identity that it
 * has at its vendor. An app that nothing says acts as anybody is a tile to click on, and in no list.
 */
export async function readIdentities(view: EstateView, connectorOf: ConnectorOf): Promise<Identity[]> {
  const facts = new Map<EntityId, Attributes>()
  for (const kind of ['identity', 'app'] as const)
    for await (const [entity, stated] of pagedFacts(view, await view.find(kind, {}, entitiesMax))) {
      if (stated['own'] !== true && !notSomebody.has(stated['kind'])) facts.set(entity, stated)
    }
  const apps = [...facts.keys()].filter((entity) => kindOf(entity) === 'app')
  const acting = await paged(apps, (page) => view.edgesFrom(page, { types: ['ACTS_AS'] }))
  const appOf = new Map<EntityId, EntityId>()
  const also = new Map<EntityId, EntityId[]>()
  for (const { src, dst } of acting) {
    const own = also.get(src) ?? []
    also.set(src, own)
    // Acting in somebody's name it is not them: what stands for that is the app's own.
    if (!facts.has(dst) || facts.get(dst)?.['kind'] === 'human') continue
    appOf.set(dst, src)
    if (!own.includes(dst)) own.push(dst)
  }
  const shown = [...facts.keys()].filter((entity) =>
    kindOf(entity) === 'app' ? also.has(entity) : !appOf.has(entity) && !isShadow(entity),
  )
  const standing = new Set(
    await existing(
      view,
      shown.filter((entity) => kindOf(entity) !== 'app'),
    ),
  )
  const there = shown.filter((entity) => kindOf(entity) === 'app' || standing.has(entity))
  const modelKeys = await modelKeysOf(view, [...there, ...appOf.keys()], connectorOf)
  const owners = await ownersOf(view, there, { also, facts })
  return there
    .map((identity): Identity => {
      const own = (also.get(identity) ?? []).sort()
      // The app's own word counts for more than that of what stands for it; what either says is said of both.
      const stated = own.reduceRight<Attributes>(
        (all, one) => ({ ...facts.get(one), ...all }),
        facts.get(identity) ?? {},
      )
      const keys = [identity, ...own].flatMap((one) => modelKeys.get(one) ?? [])
      const isSaid = [identity, ...own].some((one) => facts.get(one)?.['agent'] === true)
      const signed = isSaid ? { ...stated, agent: true } : stated
      const enabled = stated['enabled']
      return {
        identity,
        also: own,
        ...tell(identity, signed, { connectorOf, modelKeys: keys }),
        name: nameOf(stated) ?? null,
        purpose: textOf(stated, 'purpose', 'description'),
        owner: owners.get(identity) ?? null,
        createdAtMs: msOf(stated, 'createdAtMs'),
        lastUsedAtMs: msOf(stated, 'lastUsedAtMs'),
        enabled: typeof enabled === 'boolean' ? enabled : null,
      }
    })
    .sort((a, b) => (a.identity < b.identity ? -1 : 1))
}

/** Provisioned under an id of Cordon's own: a person here, and no account by it. */
const isShadow = (entity: EntityId): boolean => nativeOf(entity).startsWith('scim/')

/** Those that an edge still speaks of: an inventory that no longer shows one has closed its edges. */
async function existing(view: EstateView, entities: readonly EntityId[]): Promise<EntityId[]> {
  const out = await paged(entities, (page) => view.edgesFrom(page, { types: standingTypes }))
  const from = new Set(out.map(({ src }) => src))
  const rest = entities.filter((entity) => !from.has(entity))
  const into = await paged(rest, (page) => view.edgesTo(page, { types: ['AUTHENTICATES_AS', 'ACTS_AS'] }))
  const to = new Set(into.map(({ dst }) => dst))
  return entities.filter((entity) => from.has(entity) || to.has(entity))
}
const standingTypes = [
  'MEMBER_OF',
  'ASSUMES',
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CAN_SHARE',
  'CAN_GRANT',
  'RUNS_ON',
  'OWNED_BY',
] as const

/** By who cannot work without it: credentials, by any name of theirs, that log in at a vendor of models. */
async function modelKeysOf(
  view: EstateView,
  entities: readonly EntityId[],
  connectorOf: ConnectorOf,
): Promise<Map<EntityId, EntityId[]>> {
  const needed = await paged(entities, (page) => view.edgesFrom(page, { types: ['DEPENDS_ON'] }))
  const credentials = [...new Set(needed.map(({ dst }) => dst).filter((dst) => kindOf(dst) === 'credential'))]
  const same = await paged(credentials, (page) => view.edgesFrom(page, { types: ['SAME_AS'] }))
  const names = Map.groupBy(same, ({ src }) => src)
  const isOfModel = (entity: EntityId): boolean => modelVendors[connectorOf(authorityOf(entity)) ?? ''] !== undefined
  const found = new Map<EntityId, EntityId[]>()
  for (const { src, dst } of needed) {
    const key = [dst, ...(names.get(dst) ?? []).map((one) => one.dst)].find(isOfModel)
    if (key !== undefined) found.set(src, [...(found.get(src) ?? []), key])
  }
  return found
}

/** Of one page: how it proves itself, and what it reaches. `by`: kinds of its standing credentials, or a human's factors. */
export type Means = {
  credentials: number
  endless: number
  by: Record<string, number>
  reach: Reach
  /** The newest that a source tells of its credentials. */
  lastUsedAtMs: number | null
}

export async function meansOf(view: EstateView, { identity, also, kind }: Identity, atMs: number): Promise<Means> {
  const own = [identity, ...also]
  const into = await view.edgesTo(own, { types: ['AUTHENTICATES_AS', 'OWNED_BY'] })
  const names = [...new Set(into.map(({ src }) => src).filter((src) => kindOf(src) === 'credential'))]
  const facts = await view.facts(names)
  const means: Means = { credentials: 0, endless: 0, by: {}, reach: await reachOf(view, identity), lastUsedAtMs: null }
  for (const name of names) {
    const stated = facts.get(name) ?? {}
    const { enabled, status, expiresAtMs } = stated
    const isOff = enabled === false || status === 'deleted' || (typeof expiresAtMs === 'number' && expiresAtMs <= atMs)
    const factor = textOf(stated, 'factorType')
    if (isOff || (factor !== null && kind !== 'human')) continue
    const by =
      factor === null ? (textOf(stated, 'kind') ?? 'credential of a kind that no source tells') : `factor ${factor}`
    means.by[by] = (means.by[by] ?? 0) + 1
    if (factor !== null) continue
    means.credentials++
    const usedAtMs = msOf(stated, 'lastUsedAtMs')
    if (usedAtMs !== null) means.lastUsedAtMs = Math.max(means.lastUsedAtMs ?? 0, usedAtMs)
    if (typeof expiresAtMs !== 'number') means.endless++
  }
  return means
}
