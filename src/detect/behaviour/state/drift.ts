import { weekday, type Volume } from '../act.ts'
import { decodeCount, type Rows } from './rows.ts'

/** What is usual on such a day, in doublings, and how far the newest days have drifted from it. */
export type Drift = {
  mean: number
  deviation: number
  /** The sum up to the last closed day, in deviations; and the days since it was zero. */
  sum: number
  days: number
  /** Of these days. */
  counted: number
  /** Days that usual is made of. */
  base: number
}

/** The newest days of an actor are held against the ones before: a drift that goes on is not what it is measured by. */
const newestDays = 14
const baseDaysMin = 10
/** Fewer days of the kind (workday, weekend) say nothing of it, and all of them are taken. */
const kindDaysMin = 4
/** Days of a job that always does the same still differ by so much: a fifth, in doublings. */
const deviationMin = 0.25
/** Of what is drift: half of the shift that is looked for, two deviations. */
const slack = 1
/** One day says no more than this, however full it was: full days alone are `volume`. */
const dayMax = 4

const isRestDay = (day: number): boolean => weekday(day) >= 5
const doublings = (count: number): number => Math.log2(1 + count)

/**
 * The cumulative sum of Page, "Continuous inspection schemes", Biometrika 41 (1954), one-sided and upwards, over daily
 * counts in doublings: S = max(0, S + (x - mean) / deviation - slack). Each day is cut as in Lucas and Crosier, "Robust CUSUM",
 * Communications in Statistics 11 (1982), so that a single full day is none. `read` gives [day, count] of the days kept.
 */
export function driftBefore(read: Iterable<readonly [day: number, count: number]>, today: number): Drift | undefined {
  const known = [...read].filter(([day]) => day < today).sort(([a], [b]) => a - b)
  const base = known.filter(([day]) => today - day > newestDays)
  if (base.length < baseDaysMin) return undefined
  const kinds = new Map([false, true].map((isRest) => [isRest, usualOn(base, isRest)]))
  let [sum, days, counted] = [0, 0, 0]
  for (const [day, count] of known.slice(base.length)) {
    const usual = kinds.get(isRestDay(day))
    if (usual === undefined) continue
    sum = cumulated(sum, deviationsOf(count, usual), slack)
    days = sum === 0 ? 0 : days + 1
    counted = sum === 0 ? 0 : counted + count
  }
  const usual = kinds.get(isRestDay(today))
  return usual === undefined ? undefined : { ...usual, sum, days, counted, base: base.length }
}

/** Page's sum after one more value; `slack` is what a value may be off without adding to it. */
export const cumulated = (sum: number, value: number, slack: number): number => Math.max(0, sum + value - slack)

/** The sum with a day that came to `count`; undefined where that day alone takes from it. */
export function withDay({ sum, ...usual }: Drift, count: number): number | undefined {
  const value = deviationsOf(count, usual)
  return value <= slack ? undefined : cumulated(sum, value, slack)
}

const deviationsOf = (count: number, { mean, deviation }: Pick<Drift, 'mean' | 'deviation'>): number =>
  Math.min(dayMax, (doublings(count) - mean) / deviation)

export const usualCount = ({ mean }: Pick<Drift, 'mean'>): number => 2 ** mean - 1

function usualOn(base: readonly (readonly [number, number])[], isRest: boolean): Pick<Drift, 'mean' | 'deviation'> {
  const ofKind = base.filter(([day]) => isRestDay(day) === isRest)
  const values = (ofKind.length >= kindDaysMin ? ofKind : base).map(([, count]) => doublings(count))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.max(deviationMin, Math.sqrt(square)) }
}

/** Days and counts out of two rows of numbers. */
export function* dayCounts(rows: Rows, days: number, counts: number, kept: number): Generator<[number, number]> {
  for (let at = 0; at < kept; at++) yield [rows.get(days, at), decodeCount(rows.get(counts, at))]
}
export type Drifts = Map<Volume, Drift | null>
