import { authorityOf, edgeTypes, entityId, isEdgeType, isEntityId, kindOf, nativeOf, type EntityId } from '#model'
import { paged } from '#estate'
import { entitiesOf, isOn, msOf, textOf, wordsOf, type Attributes, type Scene, type Thing } from '#posture'

import { publisherOf } from './publisher.ts'
import type { App, LetIn, Publisher } from './types.ts'

const everyType = Object.keys(edgeTypes).filter(isEdgeType)
const always = { from: 0, to: 0xffff_fffe }
/** Programs of the house that run somewhere: nobody let them in. */
const workloads = new Set(['function', 'instance-profile'])
const scopesMax = 200

export type PublishedApp = App & { publisher: Publisher }

/**
 * Every app that has rights here or may be signed in to, with who let it in. Left out: programs that the house runs itself,
 * what a vendor brings of its own (Microsoft Graph), Cordon, and apps all of whose edges have ended.
 */
export async function readApps(scene: Scene): Promise<PublishedApp[]> {
  const stated = (await scene.findStated('app', {})).filter(isSoftware)
  const acts = await scene.from(entitiesOf(stated), 'ACTS_AS')
  const silent = entitiesOf(stated).filter((app) => !acts.has(app))
  const ever = await paged(silent, (page) => scene.view.edgesFrom(page, { types: everyType, window: always }))
  const ended = new Set(ever.map(({ src }) => src))
  const apps: PublishedApp[] = []
  for (const thing of stated) {
    if (ended.has(thing.entity)) continue
    const actsAs = (acts.get(thing.entity) ?? []).map(({ dst }) => dst)
    apps.push(await readApp(scene, thing, actsAs))
  }
  return apps.sort((a, b) => (a.app < b.app ? -1 : 1))
}

const isSoftware = ({ entity, facts }: Thing): boolean =>
  facts['microsoft'] !== true &&
  !workloads.has(textOf(facts, 'kind') ?? '') &&
  !nativeOf(entity).startsWith('workload/')

async function readApp(
  scene: Scene,
  { entity: app, facts }: Thing,
  actsAs: readonly EntityId[],
): Promise<PublishedApp> {
  const where = { client: nativeOf(app) }
  const isHere = ({ entity }: Thing): boolean => authorityOf(entity) === authorityOf(app)
  const given = (await scene.findStated('credential', where)).filter(isHere)
  const standing = new Set(entitiesOf(await scene.find('credential', where)))
  const beings = await scene.facts(actsAs)
  const bots = actsAs.filter((one) => beings.get(one)?.['kind'] !== 'human')
  const held = given.filter((one) => standing.has(one.entity) && isOn(one.facts, scene.atMs))
  const known = new Set(entitiesOf(given))
  for (const edges of (await scene.to(bots, 'AUTHENTICATES_AS')).values()) {
    const more = edges.map(({ src }) => src).filter((one) => !known.has(one))
    for (const [entity, told] of await scene.facts(more)) {
      known.add(entity)
      if (isOn(told, scene.atMs)) held.push({ entity, facts: told })
    }
  }
  const credentials = entitiesOf(held).sort()
  const letIn = await lettersIn(scene, app, facts, held)
  const users = await usersOf(scene, actsAs, held)
  const all = [facts, ...held.map((one) => one.facts)]
  return {
    app,
    publisher: publisherOf(app, facts),
    name: textOf(facts, 'name') ?? nameByGrant(held) ?? null,
    house: facts['external'] === false,
    verified: typeof facts['verified'] === 'boolean' ? facts['verified'] : null,
    enabled: stateOf(facts),
    scopes: union(all.flatMap((one) => scopesIn(one))).slice(0, scopesMax),
    opens: union(all.flatMap((one) => [...wordsOf(one, 'opens'), ...wordsOf(one, 'opensOfAll')])),
    owners: await ownersOfApp(scene, app, facts, bots),
    letIn,
    users,
    bots: [...bots].sort(),
    credentials,
    ended: entitiesOf(given)
      .filter((one) => !credentials.includes(one))
      .sort(),
    createdAtMs: msOf(facts, 'createdAtMs') ?? null,
    lastUsedAtMs: newest(all.map((one) => msOf(one, 'lastUsedAtMs'))),
  }
}

/** An app that nobody named is called as its grant is. */
const nameByGrant = (held: readonly Thing[]): string | undefined =>
  held.flatMap(({ facts }) => textOf(facts, 'name') ?? [])[0]

function stateOf(facts: Attributes): boolean | null {
  if (facts['blocked'] === true || facts['status'] === 'restricted') return false
  return typeof facts['enabled'] === 'boolean' ? facts['enabled'] : null
}

/** GitHub's are `name: level`, parted by commas; all others stand between spaces. */
function scopesIn(facts: Attributes): string[] {
  const text = textOf(facts, 'scopes')
  return text === undefined ? [] : text.split(text.includes(', ') ? ', ' : ' ').filter((word) => word !== '')
}

/** Whoever gave it a grant; an administrator, where one consented for all; else who installed or allowed it. */
async function lettersIn(scene: Scene, app: EntityId, facts: Attributes, held: readonly Thing[]): Promise<LetIn[]> {
  const made = await scene.to([app, ...entitiesOf(held)], 'CREATED')
  const makerOf = (entity: EntityId): EntityId | null => made.get(entity)?.[0]?.src ?? null
  const found: LetIn[] = []
  for (const { entity, facts: told } of held) {
    if (told['kind'] !== 'grant' && told['kind'] !== 'token') continue
    const atMs = msOf(told, 'createdAtMs') ?? null
    const isForAll = told['consentedBy'] === 'administrator' || told['actsAsAnybody'] === true
    const owner = entityIn(told, 'owner')
    if (isForAll) found.push({ who: makerOf(entity), as: 'administrator', atMs })
    else if (told['kind'] === 'grant' && owner !== null && kindOf(owner) === 'identity')
      found.push({ who: owner, as: 'user', atMs })
    else if (makerOf(entity) !== null) found.push({ who: makerOf(entity), as: 'user', atMs })
  }
  const authority = authorityOf(app)
  for (const key of ['decidedBy', 'createdBy'] as const) {
    const id = textOf(facts, key)
    const atMs = msOf(facts, key === 'decidedBy' ? 'decidedAtMs' : 'createdAtMs') ?? null
    if (id !== undefined) found.push({ who: entityId('identity', authority, id), as: 'administrator', atMs })
  }
  const maker = makerOf(app)
  if (maker !== null) found.push({ who: maker, as: 'administrator', atMs: msOf(facts, 'createdAtMs') ?? null })
  const first = new Map<string, LetIn>()
  for (const one of found) {
    const known = first.get(`${one.as} ${one.who}`)
    if (known === undefined || (one.atMs ?? Infinity) < (known.atMs ?? Infinity)) first.set(`${one.as} ${one.who}`, one)
  }
  return [...first.values()].sort((a, b) => ((a.who ?? '') < (b.who ?? '') ? -1 : 1))
}

async function usersOf(scene: Scene, actsAs: readonly EntityId[], held: readonly Thing[]): Promise<EntityId[]> {
  const named = [...new Set([...actsAs, ...held.flatMap(({ facts }) => entityIn(facts, 'owner') ?? [])])]
  const facts = await scene.facts(named.filter((one) => kindOf(one) === 'identity'))
  return [...facts].flatMap(([one, told]) => (told['kind'] === 'human' ? [one] : [])).sort()
}

async function ownersOfApp(
  scene: Scene,
  app: EntityId,
  facts: Attributes,
  bots: readonly EntityId[],
): Promise<EntityId[]> {
  const owned = [...(await scene.from([app, ...bots], 'OWNED_BY')).values()].flat().map(({ dst }) => dst)
  return union([...owned, ...[entityIn(facts, 'owner')].filter((owner) => owner !== null)])
}

export function entityIn(facts: Attributes, key: string): EntityId | null {
  const text = textOf(facts, key)
  return text !== undefined && isEntityId(text) ? text : null
}

const union = <Value extends string>(values: readonly Value[]): Value[] => [...new Set(values)].sort()
const newest = (times: readonly (number | undefined)[]): number | null =>
  times.reduce<number | null>((last, ms) => (ms === undefined ? last : Math.max(last ?? ms, ms)), null)
