import { unjudged, type EntityId, type Weight } from '#model'

import type { Feature, Item } from './act.ts'
import type { Realm, RealmCounts } from './realm.ts'
import type { Score } from './score.ts'
import { Day } from './state/day.ts'
import type { Distinct } from './state/distinct.ts'
import type { Group } from './state/peers.ts'
import type { Pasts, Profile } from './state/profile.ts'

/** Numbers of one line; a line is what is held in memory beside the state. */
const chunk = 4_000

type SavedProfile = Omit<Profile, 'rows' | 'today' | 'scores'> & {
  rows: ReturnType<Pasts['toJson']>
  today: ReturnType<Day['toJson']> | null
  scores: SavedScore[]
}
/** A state from before there were weights has none. */
type SavedScore = Omit<Score, 'weight'> & { weight?: Weight }
type SavedGroup = Omit<Group, 'volumes'> & { volumes: (number[] | null)[] }

/** One line of a realm's state. */
export type RealmLine =
  | { kind: 'at'; openDay: number; nextOwner: number; releasedUntil: number | null; counts: RealmCounts }
  | { kind: 'machines'; ids: EntityId[] }
  | { kind: 'apps'; pairs: [EntityId, EntityId][] }
  | { kind: 'member'; who: EntityId; of: EntityId[] }
  | { kind: 'group'; group: SavedGroup }
  | { kind: 'values'; values: [Feature, string, number][] }
  | { kind: 'pairs'; numbers: number[] }
  | { kind: 'steps'; steps: [string, number][] }
  | { kind: 'holds'; resource: EntityId; people: ReturnType<Distinct['toJson']> }
  | { kind: 'waits'; item: Item }
  | { kind: 'past'; actor: EntityId; day: ReturnType<Day['toJson']> }
  | { kind: 'actor'; profile: SavedProfile }

export function* snapshotRealm(realm: Realm): Iterable<string> {
  for (const line of linesOf(realm)) yield JSON.stringify(line)
}

function* linesOf(realm: Realm): Iterable<RealmLine> {
  const { openDay, nextOwner, counts, waiting, peers, actors } = realm
  const releasedUntil = Number.isFinite(waiting.releasedUntil) ? waiting.releasedUntil : null
  yield { kind: 'at', openDay, nextOwner, releasedUntil, counts }
  for (const ids of chunks(realm.machines, chunk)) yield { kind: 'machines', ids }
  for (const pairs of chunks(realm.appOf, chunk)) yield { kind: 'apps', pairs }
  for (const [who, of] of peers.memberships()) yield { kind: 'member', who, of: [...of] }
  for (const { volumes, ...group } of peers.all())
    yield { kind: 'group', group: { ...group, volumes: volumes.map((one) => one?.toJson() ?? null) } }
  for (const values of chunks(realm.values.all(), chunk))
    yield { kind: 'values', values: values.map(([feature, value, number]) => [feature, value, number]) }
  for (const pairs of chunks(realm.pairs.all(), chunk)) yield { kind: 'pairs', numbers: pairs.flat() }
  for (const steps of chunks(realm.steps.all(), chunk)) yield { kind: 'steps', steps }
  for (const [resource, people] of realm.holdings.all()) yield { kind: 'holds', resource, people }
  for (const item of waiting.items()) yield { kind: 'waits', item }
  for (const { actor, day } of realm.history.values()) yield { kind: 'past', actor, day: day.toJson() }
  for (const profile of actors.all()) {
    const today = profile.today?.toJson() ?? null
    yield { kind: 'actor', profile: { ...profile, today, rows: actors.pasts.toJson(profile) } }
  }
}

/** Into a realm that has seen nothing, line by line in the order they were written. */
export function restoreLine(realm: Realm, line: RealmLine): void {
  switch (line.kind) {
    case 'at':
      realm.openDay = line.openDay
      realm.nextOwner = line.nextOwner
      realm.waiting.releasedUntil = line.releasedUntil ?? -Infinity
      Object.assign(realm.counts, line.counts)
      break
    case 'machines':
      for (const id of line.ids) realm.machines.add(id)
      break
    case 'apps':
      for (const [actsAs, app] of line.pairs) realm.appOf.set(actsAs, app)
      break
    case 'member':
      for (const of of line.of) realm.peers.state(line.who, of, false)
      break
    case 'group':
      realm.peers.restore(line.group)
      break
    case 'values':
      for (const value of line.values) realm.values.restore(...value)
      break
    case 'pairs':
      for (let at = 0; at < line.numbers.length; at += 4) {
        const [owner = 0, value = 0, day = 0, count = 0] = line.numbers.slice(at, at + 4)
        realm.pairs.teach(owner, value, day, count)
      }
      break
    case 'steps':
      realm.steps.restore(line.steps)
      break
    case 'holds':
      realm.holdings.restore(line.resource, line.people)
      break
    case 'waits':
      realm.waiting.add(line.item)
      break
    case 'past':
      realm.history.set(`${line.actor} ${line.day.day}`, { actor: line.actor, day: Day.fromJson(line.day) })
      break
    case 'actor':
      restoreProfile(realm, line.profile)
      break
  }
}

function restoreProfile(realm: Realm, { rows, today, ...saved }: SavedProfile): void {
  const { pasts } = realm.actors
  const made = pasts.make(saved.id, saved.owner, saved.firstDay)
  const profile = Object.assign(made, saved, {
    today: today === null ? null : Day.fromJson(today),
    scores: saved.scores.map((score) => ({ ...score, weight: score.weight ?? unjudged })),
  })
  pasts.fromJson(profile, rows)
  realm.actors.restore(profile)
  if (profile.today !== null) realm.reopen(profile)
}

function* chunks<T>(all: Iterable<T>, size: number): Iterable<T[]> {
  let part: T[] = []
  for (const one of all) {
    part.push(one)
    if (part.length < size) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
