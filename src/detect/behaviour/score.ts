import type { EntityId, Trust } from '#model'

/**
 * What a signal speaks of. Signals of one kind go together in ordinary life (a trip is a new network, country and browser),
 * so a kind has a cap, and one alone never makes a finding.
 */
export const signalKinds = ['origin', 'time', 'reach', 'amount', 'outflow', 'rights'] as const
export type SignalKind = (typeof signalKinds)[number]

/** What one signal says of an act: `points` out of `kindCap`, and why, with the numbers. */
export type Signal = { name: string; kind: SignalKind; points: number; reason: string }

/** A signal that stands, and fades. `others`: who else took part in the act. */
export type Score = Signal & { atMs: number; offset: number; trust: Trust; others: readonly EntityId[] }

export const threshold = 100
/** Of one kind at most, so that no kind alone gets there. */
export const kindCap = 70
export const halfLifeMs = 12 * 3_600_000
/** Below this a kind does not count as a second one. */
export const kindMin = 15
/** What of further signals of a kind counts beside its strongest. */
const sideShare = 0.25
const scoresMax = 24
/** Faded to less than this it is gone. */
const pointsMin = 1

export const faded = ({ points, atMs }: Pick<Score, 'points' | 'atMs'>, nowMs: number): number =>
  points * 2 ** (-Math.max(0, nowMs - atMs) / halfLifeMs)

/** Each signal once, the strongest as of now; bounded, the weakest go. */
export function standing(scores: readonly Score[], fresh: readonly Score[], nowMs: number): Score[] {
  const byName = new Map<string, Score>()
  for (const score of [...scores, ...fresh]) {
    const known = byName.get(score.name)
    if (faded(score, nowMs) < pointsMin) continue
    if (known === undefined || faded(score, nowMs) > faded(known, nowMs)) byName.set(score.name, score)
  }
  const all = [...byName.values()]
  if (all.length <= scoresMax) return all
  return all.toSorted((a, b) => faded(b, nowMs) - faded(a, nowMs)).slice(0, scoresMax)
}

export type Sum = { points: number; kinds: SignalKind[] }

export function sumOf(scores: readonly Score[], nowMs: number): Sum {
  const kinds: SignalKind[] = []
  let points = 0
  for (const kind of signalKinds) {
    const mine = scores.filter((score) => score.kind === kind).map((score) => faded(score, nowMs))
    if (mine.length === 0) continue
    const strongest = Math.max(...mine)
    const sides = mine.reduce((sum, one) => sum + one, 0) - strongest
    const total = Math.min(kindCap, strongest + sides * sideShare)
    points += total
    if (total >= kindMin) kinds.push(kind)
  }
  return { points, kinds }
}

export const isEnough = ({ points, kinds }: Sum): boolean => points >= threshold && kinds.length >= 2
