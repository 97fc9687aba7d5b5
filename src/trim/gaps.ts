import type { EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import { breather } from './breathe.ts'
import { factorGap, keyGap, standingGap } from './gap-kinds.ts'
import type { Draft, Gap, GapKind, Scene } from './gap-scene.ts'
import { rankByProtection } from './rank.ts'
import { readBooks } from './sign-in/book.ts'
import { comersIn, signInGaps, type Comers } from './sign-in/gaps.ts'
import { readMatter, type TrimOptions } from './trim.ts'
import { dayMs, readContents } from './use.ts'

export type { Gap, GapKind } from './gap-scene.ts'

/** Of so many nobody can say, and why. */
export type UntoldGap = { kind: GapKind; authority: string; why: string; count: number }
export type Gaps = {
  asOf: number
  window: { fromMs: number; toMs: number }
  rareDays: number
  found: number
  gaps: Gap[]
  untold: UntoldGap[]
}

export type GapsOptions = TrimOptions & {
  /** Authorities whose source tells on which network or device a key's rights depend. */
  conditionsTold: ReadonlySet<string>
  /** Authorities where rules of sign-in decide what is asked for; and those whose source has told all of them. */
  rulesDecide: ReadonlySet<string>
  rulesTold: ReadonlySet<string>
  changesMax: number
  /** Only gaps of this kind; all when left out. */
  kind?: GapKind
}

/** Used on at most one day in ten: rarely. */
const rareShare = 0.1

/** Gaps by what their change protects, each counted without what those before it protect already. Pure. */
export async function gapsIn(view: EstateView, options: GapsOptions): Promise<Gaps> {
  const { atMs, windowMs, changesMax } = options
  const scene = await readScene(view, options)
  const { matter } = scene
  const untold = new Map<string, UntoldGap>()
  const cannotTell = (kind: GapKind, authority: string, why: string): void => {
    const key = `${kind} ${authority} ${why}`
    const known = untold.get(key) ?? { kind, authority, why, count: 0 }
    untold.set(key, { ...known, count: known.count + 1 })
  }
  const drafts: Draft[] = []
  const breathe = breather()
  const isAsked = (kind: GapKind): boolean => options.kind === undefined || options.kind === kind
  for (const right of matter.rights.all) {
    await breathe()
    if (!isAsked(right.kind === 'credential' ? 'condition' : 'standing')) continue
    const found = right.kind === 'credential' ? keyGap(scene, right, cannotTell) : standingGap(scene, right, cannotTell)
    if (found !== undefined) drafts.push(found)
  }
  const openTo = new Map<EntityId, ReadonlySet<EntityId>>()
  let comers: Comers | undefined
  for (const kind of (['factor', 'condition'] as const).filter(isAsked)) {
    comers ??= await comersIn(view, scene)
    const { found, open } = await signInGaps(scene, comers, kind, cannotTell)
    drafts.push(...found)
    if (kind === 'factor') for (const [subject, things] of open) openTo.set(subject, things)
  }
  for (const entity of isAsked('factor') ? await view.find('identity', { kind: 'human' }) : []) {
    await breathe()
    const found = factorGap(scene, entity, openTo.get(entity) ?? new Set(), cannotTell)
    if (found !== undefined) drafts.push(found)
  }
  drafts.sort((a, b) => a.gap.daysUsed - b.gap.daysUsed || (a.gap.id < b.gap.id ? -1 : 1))
  const ranked = rankByProtection(
    drafts.map((change) => ({ change, protects: change.protects })),
    changesMax,
  )
  const names = await namesOf(
    view,
    ranked.flatMap(({ change: { gap } }) => (gap.on === null ? [] : [gap.on])),
  )
  return {
    asOf: view.asOf,
    window: { fromMs: atMs - windowMs, toMs: atMs },
    rareDays: scene.rareDays,
    found: drafts.length,
    gaps: ranked.map(({ change: { gap, protects }, newly, peopleSoFar }) => ({
      ...gap,
      onName: gap.on === null ? null : (names.get(gap.on) ?? null),
      holders: protects.size,
      people: new Set([...protects.values()].flatMap((numbers) => [...numbers])).size,
      newly,
      peopleSoFar,
    })),
    untold: [...untold.values()].sort(
      (a, b) => b.count - a.count || (a.kind + a.authority < b.kind + b.authority ? -1 : 1),
    ),
  }
}

async function readScene(view: EstateView, options: GapsOptions): Promise<Scene> {
  const { tenant, atMs, windowMs, conditionsTold, rulesDecide, rulesTold } = options
  const matter = await readMatter(view, options)
  const granted = [...matter.rights.grantsOn.keys()]
  const contentsOf = await readContents(view, granted)
  const inside = [...new Set(granted.flatMap((one) => [...contentsOf(one)]))]
  const people = new Map(await paged(inside, async (page) => [...(await view.people(page))]))
  const [fromDay, toDay] = [Math.floor((atMs - windowMs) / dayMs), Math.floor(atMs / dayMs)]
  const books = await readBooks(view)
  return {
    tenant,
    matter,
    contentsOf,
    people,
    rareDays: Math.floor((windowMs / dayMs) * rareShare),
    isIn: (day) => day > fromDay && day <= toDay,
    conditionsTold,
    rulesDecide,
    books: new Map([...books].filter(([authority]) => rulesTold.has(authority))),
  }
}

async function namesOf(view: EstateView, entities: readonly EntityId[]): Promise<Map<EntityId, string>> {
  const stated = await paged([...new Set(entities)], async (page) => [...(await view.facts(page))])
  return new Map(stated.flatMap(([entity, { name }]) => (typeof name === 'string' ? [[entity, name] as const] : [])))
}
