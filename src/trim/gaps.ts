import { hashId } from '#kit'
import { authorityOf, kindOf, type EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import { personKey } from './attribute.ts'
import { breather } from './breathe.ts'
import { whyUntold, type Matter } from './matter.ts'
import { rankByProtection, type Protects } from './rank.ts'
import { givenBy, holdersOf, isSomebody, placeOf, standingOf, type Deed, type Right } from './rights.ts'
import { keepsIt, type Contents, type Loser } from './simulate.ts'
import { readMatter, type TrimOptions } from './trim.ts'
import { dayMs, readContents } from './use.ts'

/**
 * Where access rests on trust alone. `standing`: a right is held all the time and needed on few days. `factor`: a password
 * alone lets a human in. `condition`: a key that lasts opens from anywhere, on any device.
 */
export type GapKind = 'standing' | 'factor' | 'condition'

/** One gap and the one change that closes it. `newly`: what no change before it in the list protects. */
export type Gap = {
  id: `gap_${string}`
  kind: GapKind
  of: EntityId
  name: string | null
  /** Of a standing right what it is on, or the group; of a key the identity it signs in as. */
  on: EntityId | null
  onName: string | null
  deed: Deed | null
  change: string
  /** Who could come to people's data by it and by nothing else. */
  holders: number
  people: number
  /** Pairs of a holder and a person whose data no earlier change keeps from that holder. */
  newly: number
  peopleSoFar: number
  /** Days of the window on which it was used, and by whom: they would notice. */
  daysUsed: number
  noticedBy: Loser[]
  noticedTotal: number
  evidence: number[]
}
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
  /** Authorities whose source tells on which network or device a right depends. */
  conditionsTold: ReadonlySet<string>
  changesMax: number
  /** Only gaps of this kind; all when left out. */
  kind?: GapKind
}

/** Used on at most one day in ten: rarely. */
const rareShare = 0.1
const noticedShownMax = 20
const evidenceMax = 20
/** To read, or to be able to give oneself the right to. */
const reading: ReadonlySet<Deed | null> = new Set<Deed>(['read', 'share', 'admin'])

type Draft = { gap: Omit<Gap, 'newly' | 'peopleSoFar' | 'people' | 'holders'>; protects: Protects }
type Scene = Contents & { matter: Matter; options: GapsOptions; rareDays: number; isIn(day: number): boolean }

/** Gaps by what their change protects, each counted without what those before it protect already. Pure. */
export async function gapsIn(view: EstateView, options: GapsOptions): Promise<Gaps> {
  const { atMs, windowMs, changesMax } = options
  const matter = await readMatter(view, options)
  const granted = [...matter.rights.grantsOn.keys()]
  const contentsOf = await readContents(view, granted)
  const inside = [...new Set(granted.flatMap((one) => [...contentsOf(one)]))]
  const people = new Map(await paged(inside, async (page) => [...(await view.people(page))]))
  const [fromDay, toDay] = [Math.floor((atMs - windowMs) / dayMs), Math.floor(atMs / dayMs)]
  const scene: Scene = {
    matter,
    options,
    contentsOf,
    people,
    rareDays: Math.floor((windowMs / dayMs) * rareShare),
    isIn: (day) => day > fromDay && day <= toDay,
  }
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
    const found =
      right.kind === 'credential' ? conditionGap(scene, right, cannotTell) : standingGap(scene, right, cannotTell)
    if (found !== undefined) drafts.push(found)
  }
  for (const entity of isAsked('factor') ? await view.find('identity', { kind: 'human' }) : []) {
    await breathe()
    const found = factorGap(scene, entity, cannotTell)
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

type CannotTell = (kind: GapKind, authority: string, why: string) => void

const isOwnOrSpared = ({ matter: { rights, spared } }: Scene, entity: EntityId): boolean => {
  const { own, breakGlass, enabled } = rights.facts.get(entity) ?? {}
  return own === true || breakGlass === true || enabled === false || spared.has(entity)
}

/** Everybody who reads people's data by this right and by no other that they hold for sure. */
function standingGap(scene: Scene, right: Right, cannotTell: CannotTell): Draft | undefined {
  const { matter, rareDays, isIn } = scene
  const { rights, use, containersOf } = matter
  const { kind, of, on, deed, certain, evidence, spells } = right
  // What is given and taken back again and again is a lease already; what everybody is in nobody can be taken out of.
  if (!certain || spells >= 2 || [of, on].some((one) => rights.facts.get(one)?.['everyone'] === true)) return undefined
  const isOwners = kind === 'grant' && rights.owners.get(on)?.includes(of) === true
  if (isOwners || (kind === 'grant' && !reading.has(deed))) return undefined
  const given = givenBy(rights, right).filter((one) => one.certain && reading.has(one.deed))
  const protects = new Map<EntityId, ReadonlySet<number>>()
  for (const holder of holdersOf(rights, of)) {
    if (kindOf(holder) !== 'identity' || !isSomebody(rights, holder) || isOwnOrSpared(scene, holder)) continue
    const standing = standingOf(rights, [holder], new Set([right]))
    const lost = given.filter((one) => !keepsIt(rights, right, one, standing, containersOf))
    const numbers = peopleBehind(scene, lost)
    if (numbers.size > 0) protects.set(holder, numbers)
  }
  if (protects.size === 0) return undefined
  const used = use.of.get(right)
  const days = [...(used?.days ?? [])].filter(isIn)
  if (days.length > rareDays) return undefined
  // Where not all use is logged, few days known are no few days.
  const why = whyUntold(matter, right, isIn)
  if (why !== null) {
    cannotTell('standing', placeOf(right), why)
    return undefined
  }
  return {
    protects,
    gap: {
      id: hashId('gap', scene.options.tenant, `standing ${right.key}`),
      kind: 'standing',
      of,
      name: nameIn(matter, of),
      on,
      onName: null,
      deed,
      change:
        days.length === 0
          ? 'take it away, and give it when somebody asks (`cordon access trim` says what it would mean)'
          : 'give it for hours when it is needed, instead of all the time',
      daysUsed: days.length,
      ...noticing(matter, used?.lastBy ?? new Map<EntityId, number>(), isIn),
      evidence: evidence.slice(0, evidenceMax),
    },
  }
}

/** A human whom a password alone lets in. */
function factorGap(scene: Scene, entity: EntityId, cannotTell: CannotTell): Draft | undefined {
  const { matter, isIn } = scene
  const { rights, use } = matter
  if (isOwnOrSpared(scene, entity)) return undefined
  const mine = grantsFrom(matter, entity)
  const numbers = peopleBehind(scene, mine)
  if (numbers.size === 0) return undefined
  const mfa = rights.facts.get(entity)?.['mfa']
  if (typeof mfa !== 'boolean') {
    cannotTell('factor', authorityOf(entity), 'no source tells whether more than a password lets them in')
    return undefined
  }
  if (mfa) return undefined
  const days = [...(use.active.get(personKey(rights, entity)) ?? [])].filter(isIn)
  return {
    protects: new Map([[entity, numbers]]),
    gap: {
      id: hashId('gap', scene.options.tenant, `factor ${entity}`),
      kind: 'factor',
      of: entity,
      name: nameIn(matter, entity),
      on: null,
      onName: null,
      deed: null,
      change: 'they enrol a security key or passkey, and sign in by it',
      daysUsed: days.length,
      ...noticing(matter, new Map(days.length === 0 ? [] : [[entity, Math.max(...days)]]), isIn),
      evidence: mine.flatMap(({ evidence }) => evidence).slice(0, evidenceMax),
    },
  }
}

/** A key that lasts, and what it opens for sure depends on no network and no device. */
function conditionGap(scene: Scene, right: Right, cannotTell: CannotTell): Draft | undefined {
  const { matter, isIn, options } = scene
  const { of, on, evidence } = right
  if (kindOf(on) !== 'identity' || isOwnOrSpared(scene, of) || isOwnOrSpared(scene, on)) return undefined
  const numbers = peopleBehind(scene, grantsFrom(matter, on))
  if (numbers.size === 0) return undefined
  if (!options.conditionsTold.has(authorityOf(on))) {
    cannotTell('condition', authorityOf(on), 'no source tells on which network or device its rights depend')
    return undefined
  }
  const used = matter.use.of.get(right)
  const days = [...(used?.days ?? [])].filter(isIn)
  return {
    protects: new Map([[on, numbers]]),
    gap: {
      id: hashId('gap', options.tenant, `condition ${of}`),
      kind: 'condition',
      of,
      name: nameIn(matter, of),
      on,
      onName: null,
      deed: null,
      change: 'what it opens is opened only from the networks it is used from (a condition of its policies)',
      daysUsed: days.length,
      ...noticing(matter, used?.lastBy ?? new Map<EntityId, number>(), isIn),
      evidence: evidence.slice(0, evidenceMax),
    },
  }
}

/** Rights to read that somebody holds for sure. */
const grantsFrom = ({ rights }: Matter, entity: EntityId): Right[] =>
  [...standingOf(rights, [entity])].flatMap((one) =>
    (rights.grantsOf.get(one) ?? []).filter(({ certain, deed }) => certain && reading.has(deed)),
  )

function peopleBehind({ contentsOf, people }: Contents, grants: readonly Right[]): Set<number> {
  const numbers = new Set<number>()
  const seen = new Set<EntityId>()
  for (const { on } of grants) {
    for (const thing of seen.has(on) ? [] : contentsOf(on)) {
      if (seen.has(thing)) continue
      seen.add(thing)
      for (const number of people.get(thing) ?? []) numbers.add(number)
    }
  }
  return numbers
}

function noticing(matter: Matter, lastBy: ReadonlyMap<EntityId, number>, isIn: (day: number) => boolean) {
  const all = [...lastBy]
    .filter(([, day]) => isIn(day))
    .sort(([a, day], [b, other]) => other - day || (a < b ? -1 : 1))
    .map(([entity, day]): Loser => ({ entity, name: nameIn(matter, entity), lastUsedMs: day * dayMs }))
  return { noticedBy: all.slice(0, noticedShownMax), noticedTotal: all.length }
}

const nameIn = ({ rights }: Matter, entity: EntityId): string | null => {
  const name = rights.facts.get(entity)?.['name']
  return typeof name === 'string' ? name : null
}

async function namesOf(view: EstateView, entities: readonly EntityId[]): Promise<Map<EntityId, string>> {
  const stated = await paged([...new Set(entities)], async (page) => [...(await view.facts(page))])
  return new Map(stated.flatMap(([entity, { name }]) => (typeof name === 'string' ? [[entity, name] as const] : [])))
}
