import { authorityOf, entityId, kindOf, type EntityFact, type EntityId, type EntityKind } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

import { namesAlong, pathOf, type PathStep } from './path.ts'
import { rightsTo, whenOf, type Moment } from './rights.ts'
import { lacksOf, logs, type Lacks, type Sight } from './sight.ts'
import type { Subject } from './subject.ts'
import { readVerbs, usesOf, type Use } from './use.ts'

/**
 * Somebody who can read it. `whole`: the thing itself (of a class: at least one thing of it), and not only something that
 * lies inside it. `certain`: what `whole` says stands under no condition that nobody could decide; a part for sure is said
 * before the whole on a condition. `enabled`: null where nobody tells.
 */
export type Reader = {
  entity: EntityId
  kind: string
  name: string | null
  enabled: boolean | null
  certain: boolean
  whole: boolean
  /** The app that a grant was given to. */
  app: EntityId | null
  use: Use | null
}
/** Who read it in the window and is not among the readers: rights that ended, or that no source states. */
export type StrangeUse = { entity: EntityId; use: Use }

export type Readers = Lacks & {
  asOf: number
  subject: Subject
  readers: Reader[]
  others: StrangeUse[]
  /** False: silence about reads means nothing there. */
  readsLogged: boolean
  isCut: boolean
}

export type ReadersOptions = Moment & {
  /** The window in which use counts, milliseconds UTC. */
  used: { fromMs: number; toMs: number }
  sight: Sight
}

const readerKinds: ReadonlySet<EntityKind> = new Set(['identity', 'credential', 'app'])

/**
 * Everybody who can read the subject, and who did. Groups are ways, not readers; a credential is a reader of its own where
 * whom it signs in as is none, or where somebody else holds it (the grant of an app).
 */
export async function readersOf(view: EstateView, subject: Subject, options: ReadersOptions): Promise<Readers> {
  const { roots, inside } = subject
  const scope = [...roots, ...inside]
  const reach = async (to: readonly EntityId[], isCertain: boolean): Promise<Set<EntityId>> => {
    const found = await view.whoCanReach(to, rightsTo('read', options, isCertain))
    return new Set(found.map(({ entity }) => entity).filter((entity) => readerKinds.has(kindOf(entity))))
  }
  const all = await reach(scope, false)
  const certain = await reach(scope, true)
  const whole = await reach(roots, false)
  const certainWhole = await reach(roots, true)
  const facts = await factsOf(view, [...all])
  const logins = await loginsOf(view, [...all], options)
  const { byActor, byCredential, isCut } = await usesOf(view, scope, { ...options.used, verbs: readVerbs })

  const readers = [...all].flatMap((entity): Reader[] => {
    const stated = facts.get(entity) ?? {}
    if (stated['kind'] === 'group' || stated['own'] === true) return []
    const client = typeof stated['client'] === 'string' ? stated['client'] : null
    const isHeldByApp = kindOf(entity) === 'credential' && stated['kind'] === 'grant' && client !== null
    if (!isHeldByApp && logins.get(entity)?.some((identity) => all.has(identity)) === true) return []
    return [
      {
        entity,
        kind: typeof stated['kind'] === 'string' ? stated['kind'] : kindOf(entity),
        name: typeof stated['name'] === 'string' ? stated['name'] : null,
        enabled: typeof stated['enabled'] === 'boolean' ? stated['enabled'] : null,
        certain: certain.has(entity),
        whole: certain.has(entity) ? certainWhole.has(entity) : whole.has(entity),
        app: isHeldByApp ? entityId('app', authorityOf(entity), client) : null,
        use: (kindOf(entity) === 'credential' ? byCredential : byActor).get(entity) ?? null,
      },
    ]
  })
  readers.sort(
    (a, b) =>
      Number(b.certain) - Number(a.certain) ||
      Number(b.whole) - Number(a.whole) ||
      (b.use?.lastAtMs ?? 0) - (a.use?.lastAtMs ?? 0) ||
      (a.entity < b.entity ? -1 : 1),
  )
  const others = [...byActor].flatMap(([entity, use]) => (all.has(entity) ? [] : [{ entity, use }]))
  const authorities = [...new Set(scope.map(authorityOf))]
  return {
    asOf: view.asOf,
    subject,
    readers,
    others: others.sort((a, b) => b.use.lastAtMs - a.use.lastAtMs || (a.entity < b.entity ? -1 : 1)),
    readsLogged: logs(options.sight, authorities, 'read'),
    isCut,
    ...lacksOf(
      options.sight,
      [subject.of, ...scope].filter((entity) => kindOf(entity) !== 'class'),
      options.atMs !== null,
    ),
  }
}

export type ShownReader = Reader & {
  /** Of the subject's parts, how many can be read. */
  reads: number
  path: PathStep[]
}

/** One page of readers with how each of them comes to it, by the steps it takes. */
export async function showReaders(
  view: EstateView,
  { roots, inside }: Subject,
  page: readonly Reader[],
  moment: Moment,
): Promise<{ readers: ShownReader[]; names: Record<EntityId, string> }> {
  const scope = new Set([...roots, ...inside])
  const readers: ShownReader[] = []
  for (const reader of page) {
    const query = rightsTo('read', moment, reader.certain)
    const reached = (await view.reach([reader.entity], query)).map(({ entity }) => entity)
    const mine = reached.filter((entity) => scope.has(entity))
    const to = roots.find((root) => mine.includes(root)) ?? mine[0]
    const path = to === undefined ? [] : await pathOf(view, reader.entity, to, query)
    readers.push({ ...reader, reads: mine.length, path })
  }
  return {
    readers,
    names: await namesAlong(
      view,
      readers.map(({ path }) => path),
    ),
  }
}

async function factsOf(view: EstateView, entities: readonly EntityId[]) {
  const facts = new Map<EntityId, EntityFact['attributes']>()
  for await (const [entity, stated] of pagedFacts(view, entities)) facts.set(entity, stated)
  return facts
}

async function loginsOf(view: EstateView, entities: readonly EntityId[], { atMs }: Moment) {
  const credentials = entities.filter((entity) => kindOf(entity) === 'credential')
  const query = { types: ['AUTHENTICATES_AS'], ...whenOf(atMs) } as const
  const edges = await paged(credentials, (page) => view.edgesFrom(page, query))
  const logins = new Map<EntityId, EntityId[]>()
  for (const { src, dst } of edges) logins.set(src, [...(logins.get(src) ?? []), dst])
  return logins
}
