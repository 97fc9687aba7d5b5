import type { EntityId, Trust, Weight } from '#model'

import { dayOf } from './act.ts'

/**
 * What a signal speaks of. Signals of one kind go together in ordinary life (a trip is a new network, country and browser),
 * so a kind has a cap, and one alone never makes a finding.
 */
export const signalKinds = ['origin', 'time', 'reach', 'amount', 'outflow', 'rights'] as const
export type SignalKind = (typeof signalKinds)[number]

/** What one signal says of an act: `points` out of `kindCap`, and why, with the numbers. */
export type Signal = { name: string; kind: SignalKind; points: number; reason: string }

/**
 * A signal that stands, and fades. `others`: who else took part in the act. `weight`: by what people had said of the signal
 * when the act happened; its points are without it.
 */
export type Score = Signal & {
  weight: Weight
  atMs: number
  /** When it was first said of this story, and on how many days. */
  fromMs: number
  days: number
  offset: number
  trust: Trust
  others: readonly EntityId[]
}

export const threshold = 100
/** From here on it is no longer a matter of looking when there is time. */
export const highFrom = 140
/** Of one kind at most, so that no kind alone gets there. */
export const kindCap = 70
export const halfLifeMs = 36 * 3_600_000
/** Less of a kind does not count. */
export const kindMin = 15
/** What of further signals of a kind counts beside its strongest. */
const sideShare = 0.25
const scoresMax = 24
/** Of what still stands of a signal, so much is added when it is said again on another day. */
const againShare = 0.7
/** Where somebody acts from, and when, is the same story on the next day; what they take adds up. */
const growing: ReadonlySet<SignalKind> = new Set(['reach', 'amount', 'outflow', 'rights'])
/** Faded to less than this it is gone. */
const pointsMin = 1

export const faded = ({ points, atMs }: Pick<Score, 'points' | 'atMs'>, nowMs: number): number =>
  points * 2 ** (-Math.max(0, nowMs - atMs) / halfLifeMs)

/**
 * Each signal once, the stronger of its sayings as of now. What speaks of things taken grows by what is left of it when it is
 * said on another day, so that what stays small and goes on comes to something. Bounded: the weakest go.
 */
export function standing(scores: readonly Score[], fresh: readonly Score[], nowMs: number): Score[] {
  const byName = new Map(scores.filter((score) => faded(score, nowMs) >= pointsMin).map((score) => [score.name, score]))
  for (const score of fresh) {
    if (score.points < pointsMin) continue
    const known = byName.get(score.name)
    if (known === undefined) byName.set(score.name, { ...score, days: 1 })
    else if (dayOf(score.atMs) > dayOf(known.atMs) && growing.has(score.kind)) {
      const points = Math.min(kindCap, score.points + faded(known, nowMs) * againShare)
      byName.set(score.name, { ...score, points, days: known.days + 1, fromMs: known.fromMs })
    } else if (score.points > faded(known, nowMs))
      byName.set(score.name, { ...score, days: known.days, fromMs: known.fromMs })
  }
  const all = [...byName.values()]
  if (all.length <= scoresMax) return all
  return all.toSorted((a, b) => faded(b, nowMs) - faded(a, nowMs)).slice(0, scoresMax)
}

export type Sum = { points: number; kinds: SignalKind[] }
/** `isPlain`: weights are left out. */
export type Counted = Sum & { isPlain: boolean }

/** Without weights: what was seen, whatever people said. What is learnt and when a story ends go by this. */
export const plainSum = (scores: readonly Score[], nowMs: number): Sum => sumOf(scores, nowMs, faded)

/**
 * What a finding is made by: weighed, unless it is of severity high without weights. INVARIANT: verdicts never take away
 * what is high; whoever may give them could otherwise make Cordon blind before they begin.
 */
export function countedSum(scores: readonly Score[], nowMs: number): Counted {
  const weighed = sumOf(scores, nowMs, fadedWeighed)
  const plain = plainSum(scores, nowMs)
  const isPlain = isEnough(plain) && plain.points >= highFrom && plain.points > weighed.points
  return { ...(isPlain ? plain : weighed), isPlain }
}

/** What is left of a signal in such a sum. */
export const countedPoints = (score: Score, nowMs: number, { isPlain }: Pick<Counted, 'isPlain'>): number =>
  (isPlain ? faded : fadedWeighed)(score, nowMs)

const fadedWeighed = (score: Score, nowMs: number): number => faded(score, nowMs) * score.weight.value

function sumOf(scores: readonly Score[], nowMs: number, pointsOf: typeof fadedWeighed): Sum {
  const kinds: SignalKind[] = []
  let points = 0
  for (const kind of signalKinds) {
    const mine = scores.filter((score) => score.kind === kind).map((score) => pointsOf(score, nowMs))
    if (mine.length === 0) continue
    const strongest = Math.max(...mine)
    const sides = mine.reduce((sum, one) => sum + one, 0) - strongest
    const total = Math.min(kindCap, strongest + sides * sideShare)
    if (total < kindMin) continue
    points += total
    kinds.push(kind)
  }
  return { points, kinds }
}

export const isEnough = ({ points, kinds }: Sum): boolean => points >= threshold && kinds.length >= 2
