import type { EntityId, IncidentId, Weight } from '#model'

import { dayMs, dayOf, features, volumes, type Feature, type Volume } from './act.ts'
import { isWarm, usualOf, warmUp } from './look.ts'
import type { Realm } from './realm.ts'
import { countedPoints, countedSum, halfLifeMs, threshold, type Score, type SignalKind } from './score.ts'
import { peersMin } from './state/peers.ts'
import { percentile, type Profile } from './state/profile.ts'

/** Values of one feature that are named; there may be more. */
export const knownShownMax = 25

export type ActorSummary = {
  entity: EntityId
  realm: string
  points: number
  kinds: SignalKind[]
  lastSeenMs: number
  activeDays: number
  isWarm: boolean
}
export type ShownActor = ActorSummary & {
  isMachine: boolean
  firstSeenMs: number
  /** What is still missing before it is judged by its own past; empty: nothing. */
  warmUp: { for: 'first-seen' | 'amounts' | 'hours'; activeDaysLeft: number; livedDaysLeft: number }[]
  peers: { group: string; members: number; isEnough: boolean } | null
  known: { feature: Feature; count: number; values: string[]; newOnDays: number }[]
  usual: { volume: Volume; today: number; p50: number; p99: number; days: number; peersP99: number | null }[]
  /** Days on which it acted in each hour of the week, UTC, Monday first. */
  hours: number[]
  /** Points as they count: weighed, unless the sum is plain. */
  signals: {
    name: string
    kind: SignalKind
    points: number
    weight: Weight
    reason: string
    atMs: number
    offset: number
  }[]
  /** Weights are left out: without them it is of severity high. */
  isPlain: boolean
  threshold: number
  halfLifeMs: number
  /** Open incidents because of which it teaches nothing. */
  frozenBy: IncidentId[]
  toldMs: number | null
}

const summaryOf = (realm: Realm, profile: Profile, nowMs: number): ActorSummary => {
  const { points, kinds } = countedSum(profile.scores, nowMs)
  return {
    entity: profile.id,
    realm: realm.name,
    points: Math.round(points),
    kinds,
    lastSeenMs: profile.lastMs,
    activeDays: profile.active,
    isWarm: isWarmAt(profile, nowMs),
  }
}
const isWarmAt = (profile: Profile, nowMs: number): boolean => isWarm({ profile, act: { timeMs: nowMs } })

/** A realm's actors by what stands of their signals; bounded. */
export function listActors(realm: Realm, max: number, nowMs: number): ActorSummary[] {
  const all: ActorSummary[] = []
  for (const profile of realm.actors.all()) {
    if (profile.scores.length > 0) all.push(summaryOf(realm, profile, nowMs))
  }
  return all
    .filter(({ points }) => points > 0)
    .toSorted((a, b) => b.points - a.points || (a.entity < b.entity ? -1 : 1))
    .slice(0, max)
}

export function showActor(realm: Realm, entity: EntityId, nowMs: number, frozenBy: IncidentId[]): ShownActor[] {
  const profile = realm.actors.get(entity)
  if (profile === undefined) return []
  const { actors, peers } = realm
  const group = peers.get(profile.group)
  const sum = countedSum(profile.scores, nowMs)
  const counted = (score: Score): number => countedPoints(score, nowMs, sum)
  const scores = profile.scores.toSorted((a, b) => counted(b) - counted(a))
  return [
    {
      ...summaryOf(realm, profile, nowMs),
      isMachine: realm.isMachine(entity),
      firstSeenMs: profile.firstDay * dayMs,
      warmUp: warmUpOf(profile, nowMs),
      peers:
        group === undefined ? null : { group: group.key, members: group.members, isEnough: group.members >= peersMin },
      known: knownOf(realm, profile),
      usual: volumes.map((volume) => {
        const values = actors.pasts.values(profile, volume)
        const { own, days, peers: usual } = usualOf(profile, actors.pasts, peers, volume)
        const today = profile.today?.count(volume) ?? 0
        return { volume, today, p50: percentile(values, 0.5), p99: own, days, peersP99: usual ?? null }
      }),
      hours: actors.pasts.hoursOf(profile),
      signals: scores.map((score) => {
        const { name, kind, reason, atMs, offset, weight } = score
        return { name, kind, points: Math.round(counted(score)), weight, reason, atMs, offset }
      }),
      isPlain: sum.isPlain,
      threshold,
      halfLifeMs,
      frozenBy,
      toldMs: profile.toldMs,
    },
  ]
}

function warmUpOf(profile: Profile, nowMs: number): ShownActor['warmUp'] {
  const lived = dayOf(nowMs) - profile.firstDay
  const needs = [
    { for: 'first-seen' as const, activeDays: warmUp.activeDays, livedDays: warmUp.livedDays },
    { for: 'amounts' as const, activeDays: warmUp.volumeDays, livedDays: 0 },
    { for: 'hours' as const, activeDays: warmUp.hourDays, livedDays: 0 },
  ]
  return needs
    .map((need) => ({
      for: need.for,
      activeDaysLeft: Math.max(0, need.activeDays - profile.active),
      livedDaysLeft: Math.max(0, need.livedDays - lived),
    }))
    .filter(({ activeDaysLeft, livedDaysLeft }) => activeDaysLeft + livedDaysLeft > 0)
}

/** A walk over all values of the realm: for one question at a time. */
function knownOf(realm: Realm, profile: Profile): ShownActor['known'] {
  const byFeature = new Map<Feature, string[]>(features.map((name) => [name, []]))
  for (const [feature, value, number] of realm.values.all()) {
    if (realm.pairs.has(profile.owner, number)) byFeature.get(feature)?.push(value)
  }
  return features.map((feature, at) => {
    const values = byFeature.get(feature) ?? []
    return {
      feature,
      count: values.length,
      values: values.sort().slice(0, knownShownMax),
      newOnDays: profile.novel[at] ?? 0,
    }
  })
}
