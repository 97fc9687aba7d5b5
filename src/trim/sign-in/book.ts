import {
  authorityOf,
  signInAsks,
  signInList,
  signInPolicyKind,
  signInRuleKind,
  type EntityId,
  type SignInAsk,
  type SignInList,
  type SignInPlace,
} from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

import type { Attributes } from '../rights.ts'

/** Place in `signInAsks`: the higher, the more is asked. */
export type Ask = number
export const askOf = (word: SignInAsk): Ask => signInAsks.indexOf(word)

export type Names = { of: string; named: ReadonlySet<EntityId>; not: ReadonlySet<EntityId> }
export type Condition = Record<SignInList, Names> & {
  guests: string
  /** Null: all of them. */
  platforms: ReadonlySet<string> | null
  notPlatforms: ReadonlySet<string>
  clients: ReadonlySet<string> | null
  outsider: string
}
export type Rule = {
  /** Place in its book. */
  index: number
  entity: EntityId
  name: string
  order: number
  enabled: boolean
  asks: { least: Ask; most: Ask }
  otherwise: Ask
  isDefault: boolean
  /** Its own, and those of the policy it stands in. */
  conditions: readonly Condition[]
  /** Log offsets of what states that it is there. */
  evidence: readonly number[]
}
/** 0: no; 1: nobody can say; 2: yes. */
export type Truth = 0 | 1 | 2
/** None is a yes, as all of nothing is. */
export const both = (...of: readonly Truth[]): Truth => (of.includes(0) ? 0 : of.includes(1) ? 1 : 2)
export const either = (...of: readonly Truth[]): Truth => (of.includes(2) ? 2 : of.includes(1) ? 1 : 0)

/** The rules of sign-in of one authority. */
export type Book = {
  rules: readonly Rule[]
  /** In the order in which they are tried. */
  chains: readonly (readonly Rule[])[]
  /** Each way to come that whoever signs in chooses, as rules see it: which of them match it, by index. */
  ways: readonly (readonly Truth[])[]
  /** The same of whoever is in one of the networks of one's own that rules name. */
  ownWays: readonly (readonly Truth[])[]
  /** Identities and resources that some condition names: what else somebody is in makes no difference. */
  mentioned: ReadonlySet<EntityId>
}

/** Of an authority with more nothing is told: each rule would be tried in each way. */
const waysMax = 20_000
const rulesMax = 2_000
/** What no condition names. */
const other = '*'

/** The rules that stand, by authority. An authority whose rules are too many to try has none: nothing is told of it. */
export async function readBooks(view: EstateView): Promise<Map<string, Book>> {
  const rules = await standing(view, await view.find('resource', { kind: signInRuleKind }))
  const policies = await standing(view, await view.find('resource', { kind: signInPolicyKind }))
  const facts = new Map<EntityId, Attributes>()
  for await (const [entity, stated] of pagedFacts(view, [...rules.keys(), ...policies.keys()]))
    facts.set(entity, stated)
  const lists = [...rules.keys(), ...policies.keys()].flatMap((entity) =>
    (['who', 'on', 'at'] as const).flatMap((list) => [false, true].map((isOut) => signInList(entity, list, isOut))),
  )
  const named = await paged(lists, (page) => view.edgesTo(page, { types: ['NAMED_IN'] }))
  const namedIn = Map.groupBy(named, ({ dst }) => dst)
  const inList = (entity: EntityId, list: SignInList, isOut: boolean): Set<EntityId> =>
    new Set((namedIn.get(signInList(entity, list, isOut)) ?? []).map(({ src }) => src))
  const conditionOf = (entity: EntityId): Condition => readCondition(entity, facts.get(entity) ?? {}, inList)

  const known = new Map<string, EntityId>([...policies.keys()].map((one) => [one, one]))
  const read = [...rules].flatMap(([entity, evidence]) => {
    const stated = facts.get(entity) ?? {}
    const policy = known.get(text(stated['policy']))
    // A rule whose policy is gone went with it.
    if (stated['policy'] !== '' && policy === undefined) return []
    const rule = readRule(entity, stated, evidence)
    const isPolicyOn = policy === undefined || facts.get(policy)?.['enabled'] === true
    const conditions = [conditionOf(entity), ...(policy === undefined ? [] : [conditionOf(policy)])]
    return [{ chain: text(stated['chain']), rule: { ...rule, enabled: rule.enabled && isPolicyOn, conditions } }]
  })
  const books = new Map<string, Book>()
  for (const [authority, some] of Map.groupBy(read, ({ rule }) => authorityOf(rule.entity))) {
    const book = await bookOf(view, some)
    if (book !== undefined) books.set(authority, book)
  }
  return books
}

/** Those that something holds, each with the evidence of it: facts about what was deleted stay. */
async function standing(view: EstateView, entities: readonly EntityId[]): Promise<Map<EntityId, number[]>> {
  const held = await paged(entities, (page) => view.edgesTo(page, { types: ['CONTAINS'] }))
  return new Map(
    [...Map.groupBy(held, ({ dst }) => dst)].map(([dst, edges]) => [dst, edges.map(({ evidence }) => evidence)]),
  )
}

type Read = { chain: string; rule: Omit<Rule, 'index'> }

async function bookOf(view: EstateView, read: readonly Read[]): Promise<Book | undefined> {
  const rules = read.map(({ rule }, index) => ({ ...rule, index }))
  const conditions = rules.flatMap((rule) => rule.conditions)
  const placed = [...new Set(conditions.flatMap(({ at }) => [...at.named, ...at.not]))]
  const places = new Map<EntityId, SignInPlace>()
  for await (const [entity, { where }] of pagedFacts(view, placed)) {
    places.set(entity, where === 'own' || where === 'anyone' ? where : 'untold')
  }
  const placesOf = (where: SignInPlace): EntityId[] => placed.filter((one) => places.get(one) === where)
  const platforms = distinct(conditions.flatMap((one) => [...(one.platforms ?? []), ...one.notPlatforms]))
  const clients = distinct(conditions.flatMap((one) => [...(one.clients ?? [])]))
  if (rules.length > rulesMax || (placed.length + 1) * platforms.length * clients.length > waysMax) return undefined
  // Ways that no rule tells apart are one.
  const waysFrom = (from: readonly (EntityId | null)[]): Truth[][] => {
    const ways = new Map<string, Truth[]>()
    for (const place of from) {
      for (const platform of platforms) {
        for (const client of clients) {
          const way = rules.map((rule) =>
            both(...rule.conditions.map((one) => isWay(one, { place, platform, client }, places))),
          )
          ways.set(way.join(''), way)
        }
      }
    }
    return [...ways.values()]
  }
  const inOrder = rules.toSorted((a, b) => a.order - b.order || (a.entity < b.entity ? -1 : 1))
  return {
    rules,
    chains: [...Map.groupBy(inOrder, ({ index }) => read[index]?.chain).values()],
    ways: waysFrom([null, ...placesOf('anyone')]),
    ownWays: waysFrom(placesOf('own')),
    mentioned: new Set(conditions.flatMap(({ who, on }) => [...who.named, ...who.not, ...on.named, ...on.not])),
  }
}

/** `place` null: on no network and in no country that a rule names. */
type Way = { place: EntityId | null; platform: string; client: string }

function isWay(
  { at, platforms, notPlatforms, clients }: Condition,
  { place, platform, client }: Way,
  places: ReadonlyMap<EntityId, SignInPlace>,
): Truth {
  if ((platforms !== null && !platforms.has(platform)) || notPlatforms.has(platform)) return 0
  if (clients !== null && !clients.has(client)) return 0
  // Somebody outside is in none of one's own networks, and of the others in the one that they choose.
  return isNamed(at, (one) => (one === place ? 2 : (places.get(one) ?? 'untold') === 'untold' ? 1 : 0))
}

/** Whom a condition leaves out it leaves out, whatever else names them. */
export function isNamed({ of, named, not }: Names, isOne: (one: EntityId) => Truth): Truth {
  const isIn: Truth = of === 'all' ? 2 : of === 'named' ? either(...[...named].map(isOne)) : 1
  const isOut = either(...[...not].map(isOne))
  return isOut === 2 ? 0 : isOut === 1 ? both(isIn, 1) : isIn
}

const distinct = (words: readonly string[]): string[] => [...new Set([other, ...words])]

function readRule(
  entity: EntityId,
  stated: Attributes,
  evidence: readonly number[],
): Omit<Rule, 'conditions' | 'index'> {
  const ask = (key: string, ifUnknown: SignInAsk): Ask =>
    askOf(signInAsks.find((known) => known === stated[key]) ?? ifUnknown)
  const { order, name } = stated
  return {
    entity,
    name: typeof name === 'string' ? name : entity,
    order: typeof order === 'number' ? order : 0,
    enabled: stated['enabled'] === true,
    asks: { least: ask('asksLeast', 'nothing'), most: ask('asksMost', 'refused') },
    otherwise: ask('otherwise', 'nothing'),
    isDefault: stated['isDefault'] === true,
    evidence,
  }
}

function readCondition(
  entity: EntityId,
  stated: Attributes,
  inList: (entity: EntityId, list: SignInList, isOut: boolean) => Set<EntityId>,
): Condition {
  const names = (list: SignInList): Names => ({
    of: text(stated[list]),
    named: inList(entity, list, false),
    not: inList(entity, list, true),
  })
  const words = (key: string): Set<string> => new Set(text(stated[key]).split(' ').filter(Boolean))
  return {
    who: names('who'),
    on: names('on'),
    at: names('at'),
    guests: text(stated['guests']),
    platforms: stated['platforms'] === 'all' ? null : words('platforms'),
    notPlatforms: words('notPlatforms'),
    clients: stated['clients'] === 'all' ? null : words('clients'),
    outsider: text(stated['outsider']),
  }
}

const text = (value: Attributes[string] | undefined): string => (typeof value === 'string' ? value : '')
