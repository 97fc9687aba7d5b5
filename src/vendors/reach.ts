import { authorityOf, kindOf, type EdgeType, type EntityId, type Interval } from '#model'
import { atLeastOf, atMostOf, paged, peopleBehind, type EstateView } from '#estate'
import { textOf, type Scene } from '#posture'

import type { App, Vendor } from './types.ts'

/**
 * What of ours a vendor's grants reach now. `people`: for sure, and at most (conditions that nobody could decide, and rights
 * that no scope narrows, count above). `records`: rows of what is reached, as far as its source tells; `atMost` null: of a
 * part no source tells, so that there is no bound.
 */
export type Reach = {
  people: Interval
  records: { atLeast: number; atMost: number | null }
  resources: { sure: EntityId[]; possible: EntityId[] }
  classes: { class: EntityId; people: Interval; resources: number }[]
  customers: EntityId[]
  /** Reached, and nobody says whose data it holds. */
  unstated: number
  /** May change, share or administer something, beside reading. */
  changes: boolean
}

const standing: readonly EdgeType[] = ['AUTHENTICATES_AS', 'MEMBER_OF', 'ASSUMES', 'DERIVES']
const changing: readonly EdgeType[] = ['CAN_WRITE', 'CAN_SHARE', 'CAN_ADMIN', 'CAN_GRANT']
const rights: readonly EdgeType[] = ['CAN_READ', ...changing]
const always = { from: 0, to: 0xffff_fffe }

/** Where walks begin: beings and secrets that have all of their rights, and things that a scope names. */
export type Starts = { whole: EntityId[]; sure: EntityId[]; possible: EntityId[] }

/**
 * A grant in a person's name opens what its scopes name, never all that the person may: of such grants the scopes' own edges
 * are walked, and the person's rights only where nothing tells the scopes. Tokens and keys are what they sign in as.
 */
export async function startsOf(scene: Scene, apps: readonly App[], isEver: boolean): Promise<Starts> {
  const held = apps.flatMap(({ credentials, ended }) => (isEver ? [...credentials, ...ended] : credentials))
  const when = isEver ? { window: always } : {}
  const facts = await scene.facts(held)
  const logins = Map.groupBy(
    await paged(held, (page) => scene.view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], ...when })),
    ({ src }) => src,
  )
  const beings = await scene.facts([...logins.values()].flat().map(({ dst }) => dst))
  const own = Map.groupBy(
    await paged(held, (page) => scene.view.edgesFrom(page, { types: rights, ...when })),
    ({ src }) => src,
  )
  const starts: Starts = { whole: apps.flatMap(({ bots }) => bots), sure: [], possible: [] }
  for (const one of held) {
    const told = facts.get(one) ?? {}
    const isHumans = (logins.get(one) ?? []).some(({ dst }) => beings.get(dst)?.['kind'] === 'human')
    if (told['kind'] !== 'grant' || !isHumans) {
      starts.whole.push(one)
      continue
    }
    const named = own.get(one) ?? []
    for (const { dst, conditional } of named) (conditional ? starts.possible : starts.sure).push(dst)
    if (named.length === 0 && textOf(told, 'scopes') === undefined) starts.possible.push(one)
  }
  return starts
}

export async function reachOfApps(scene: Scene, apps: readonly App[]): Promise<Reach> {
  const starts = await startsOf(scene, apps, false)
  const { view } = scene
  const [sure, possible] = [await walk(view, starts, true), await walk(view, starts, false)]
  const given = [...starts.whole, ...apps.flatMap(({ credentials }) => credentials)]
  const beings = (await view.reach(given, { types: standing })).map(({ entity }) => entity)
  const changed = await paged([...given, ...beings], (page) => view.edgesFrom(page, { types: changing }))
  const window = secondsAt(scene.atMs)
  const all = await peopleBehind(view, possible, window)
  const certain = await peopleBehind(view, sure, window)
  return {
    people: { atLeast: atLeastOf(certain), atMost: atMostOf(all) },
    records: await recordsIn(scene, sure, possible),
    resources: { sure, possible },
    classes: await classesIn(scene, sure, possible),
    customers: [...(await view.customersOf(all.possible)).keys()].sort(),
    unstated: all.unstated.length,
    changes: changed.length > 0,
  }
}

export const secondsAt = (atMs: number): { from: number; to: number } => ({
  from: Math.floor(atMs / 1000),
  to: Math.ceil(atMs / 1000),
})

/**
 * Resources that are reached from there, those that scopes name with what lies in them. Whoever may write somewhere counts as
 * reaching it: few vendors let a program write what it may not read.
 */
export async function walk(
  view: EstateView,
  { whole, sure, possible }: Starts,
  isCertain: boolean,
  when: { window?: { from: number; to: number } } = {},
): Promise<EntityId[]> {
  const named = isCertain ? sure : [...sure, ...possible]
  const query = { types: [...standing, ...rights, 'CONTAINS'] as const, ...when, unconditionalOnly: isCertain }
  const found = new Set(named.filter((entity) => kindOf(entity) === 'resource'))
  for (const { entity } of await view.reach([...whole, ...named], query)) {
    if (kindOf(entity) === 'resource') found.add(entity)
  }
  return [...found].sort()
}

/** By the numbers of rows that sources tell of tables; estimates of theirs, as they say. */
export async function recordsIn(
  scene: Scene,
  sure: readonly EntityId[],
  possible: readonly EntityId[],
): Promise<Reach['records']> {
  const facts = await scene.facts(possible)
  const rowsOf = (resource: EntityId): number | undefined => {
    const rows = facts.get(resource)?.['rowsEstimate']
    return typeof rows === 'number' ? rows : undefined
  }
  const sum = (resources: readonly EntityId[]): number =>
    resources.reduce((all, resource) => all + (rowsOf(resource) ?? 0), 0)
  const isWhole = possible.every((resource) => rowsOf(resource) !== undefined)
  return { atLeast: sum(sure), atMost: isWhole ? sum(possible) : null }
}

async function classesIn(scene: Scene, sure: readonly EntityId[], possible: readonly EntityId[]) {
  const { view } = scene
  const stated = await paged(possible, (page) => view.edgesFrom(page, { types: ['CLASSIFIED_AS'] }))
  const isSure = new Set(sure)
  const window = secondsAt(scene.atMs)
  const found: Reach['classes'] = []
  for (const [of, edges] of Map.groupBy(stated, ({ dst }) => dst)) {
    const resources = [...new Set(edges.map(({ src }) => src))]
    const certain = await peopleBehind(
      view,
      resources.filter((one) => isSure.has(one)),
      window,
    )
    const all = await peopleBehind(view, resources, window)
    found.push({
      class: of,
      people: { atLeast: atLeastOf(certain), atMost: atMostOf(all) },
      resources: resources.length,
    })
  }
  return found.sort((a, b) => b.people.atMost - a.people.atMost || (a.class < b.class ? -1 : 1))
}

/** Authorities in which a vendor has anything of ours. */
export const authoritiesOf = ({ apps, parts }: Vendor): string[] =>
  [...new Set([...apps.map(({ app }) => app), ...parts.map(({ entity }) => entity)].map(authorityOf))].sort()
