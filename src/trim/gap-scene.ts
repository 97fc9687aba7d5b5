import { authorityOf, type EntityId, type TenantId } from '#model'

import type { Matter } from './matter.ts'
import type { Protects } from './rank.ts'
import { standingOf, type Deed, type Right } from './rights.ts'
import type { Contents, Loser } from './simulate.ts'
import type { Book } from './sign-in/book.ts'
import { dayMs } from './use.ts'

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

export const evidenceMax = 20
const noticedShownMax = 20
/** To read, or to be able to give oneself the right to. */
export const reading: ReadonlySet<Deed | null> = new Set<Deed>(['read', 'share', 'admin'])

export type Draft = { gap: Omit<Gap, 'newly' | 'peopleSoFar' | 'people' | 'holders'>; protects: Protects }
/** All that gaps are looked for in. */
export type Scene = Contents & {
  tenant: TenantId
  matter: Matter
  rareDays: number
  isIn(day: number): boolean
  /** Authorities whose source tells on which network or device a key's rights depend. */
  conditionsTold: ReadonlySet<string>
  /** Authorities whose rules of sign-in decide, whether or not they were read; and the rules, where they were read whole. */
  rulesDecide: ReadonlySet<string>
  books: ReadonlyMap<string, Book>
}
export const untoldRules = 'what its rules of sign-in ask for no source tells'
export type CannotTell = (kind: GapKind, authority: string, why: string) => void

export const isOwnOrSpared = ({ matter: { rights, spared } }: Scene, entity: EntityId): boolean => {
  const { own, breakGlass, enabled } = rights.facts.get(entity) ?? {}
  return own === true || breakGlass === true || enabled === false || spared.has(entity)
}

/** Whether what is asked of them at sign-in hangs on rules: a source could tell those, or says at least that there are some. */
export const rulesDecideFor = ({ rulesDecide, matter: { rights } }: Scene, entity: EntityId): boolean =>
  rulesDecide.has(authorityOf(entity)) || rights.facts.get(entity)?.['factorByRules'] === true

/** Rights to read that somebody holds for sure. */
export const grantsFrom = ({ rights }: Matter, entity: EntityId): Right[] =>
  [...standingOf(rights, [entity])].flatMap((one) =>
    (rights.grantsOf.get(one) ?? []).filter(({ certain, deed }) => certain && reading.has(deed)),
  )

export function peopleBehind({ contentsOf, people }: Contents, grants: readonly Right[]): Set<number> {
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

export function noticing(matter: Matter, lastBy: ReadonlyMap<EntityId, number>, isIn: (day: number) => boolean) {
  const all = [...lastBy]
    .filter(([, day]) => isIn(day))
    .sort(([a, day], [b, other]) => other - day || (a < b ? -1 : 1))
    .map(([entity, day]): Loser => ({ entity, name: nameIn(matter, entity), lastUsedMs: day * dayMs }))
  return { noticedBy: all.slice(0, noticedShownMax), noticedTotal: all.length }
}

export const nameIn = ({ rights }: Matter, entity: EntityId): string | null => {
  const name = rights.facts.get(entity)?.['name']
  return typeof name === 'string' ? name : null
}
