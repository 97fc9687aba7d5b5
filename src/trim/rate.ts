import { breather } from './breathe.ts'
import type { Matter } from './matter.ts'
import type { Ask } from './guards.ts'
import { placeOf, type Right } from './rights.ts'
import { dayMs } from './use.ts'
import { verdictOn } from './verdict.ts'

/** Of so many rights that the same rule would have taken away before, so many were used within the horizon after it. */
export type Tried = { proposed: number; used: number }

/**
 * What is to be expected of a trim, said before anything is taken away. `tried`: over all earlier times, a right once for
 * each; `distinct`: so many different ones. Earlier times know less of what was before them: the rate errs upwards.
 * `expected`: how many of those proposed will be wanted within the horizon; `most`: with 95 in 100. Null: nothing was tried.
 * `newUses`: rights, proposed or not, that will be used within the horizon after silence in the window, by how many were
 * used on few days (Good and Toulmin); an estimate from the window alone that needs no history.
 */
export type Rate = {
  tried: Tried
  distinct: number
  byKind: Record<string, Tried>
  times: number
  expected: number | null
  most: number | null
  newUses: number
}

/** Earlier times at which the rule is tried, one horizon apart. */
const timesMax = 6
const confidence = 0.95
/** Jeffreys: what is believed before anything was tried. */
const prior = 0.5

export const strataOf = (right: Right): string => `${right.kind} ${placeOf(right)}`

/** The same rule, guards and all, as of earlier times, against what was used after each. */
export async function tryBefore(matter: Matter, ask: Ask): Promise<Omit<Rate, 'expected' | 'most' | 'newUses'>> {
  const breathe = breather()
  const distinct = new Set<Right>()
  const tried: Tried = { proposed: 0, used: 0 }
  const byKind: Record<string, Tried> = {}
  let times = 0
  for (let n = 1; n <= timesMax; n++) {
    const atMs = ask.atMs - n * ask.horizonMs
    if (atMs - ask.windowMs < matter.readSinceMs) break
    times++
    for (const right of matter.rights.all) {
      await breathe()
      const verdict = verdictOn(matter, right, { ...ask, atMs })
      if (verdict.is !== 'proposed' || !verdict.isLogged) continue
      distinct.add(right)
      const isUsed = isUsedAfter(matter, right, atMs, ask.horizonMs)
      for (const one of [tried, (byKind[strataOf(right)] ??= { proposed: 0, used: 0 })]) {
        one.proposed++
        if (isUsed) one.used++
      }
    }
  }
  return { tried, distinct: distinct.size, byKind, times }
}

export function isUsedAfter(matter: Matter, right: Right, atMs: number, horizonMs: number): boolean {
  const [from, to] = [Math.floor(atMs / dayMs), Math.floor((atMs + horizonMs) / dayMs)]
  for (const day of matter.use.of.get(right)?.days ?? []) if (day > from && day <= to) return true
  return false
}

/**
 * How many of `count` will be wanted: beta-binomial, its mean and its 95th percentile. The same right tried at six times is
 * no six witnesses: the share is that of all tries, and its weight that of the different rights.
 */
export function foretell(
  { proposed, used }: Tried,
  distinct: number,
  count: number,
): { expected: number; most: number } {
  const wanted = (used / proposed) * distinct
  const [a, b] = [wanted + prior, distinct - wanted + prior]
  let below = 0
  let most = 0
  for (; most < count; most++) {
    below += Math.exp(logChoose(count, most) + logBeta(most + a, count - most + b) - logBeta(a, b))
    if (below >= confidence) break
  }
  return { expected: (count * a) / (a + b), most }
}

/**
 * Good and Toulmin (Biometrika 43, 1956): with Φk things seen on exactly k days of a window, a stretch t times as long shows
 * t·Φ1 − t²·Φ2 + t³·Φ3 − … that the window did not. Holds for t ≤ 1.
 */
export function goodToulmin(daysUsed: readonly number[], t: number): number {
  const seen = new Map<number, number>()
  for (const days of daysUsed) seen.set(days, (seen.get(days) ?? 0) + 1)
  let sum = 0
  for (const [days, count] of seen) if (days > 0) sum -= (-t) ** days * count
  return Math.max(0, sum)
}

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/** Stirling's series, after as many steps up as make it exact to 1e-10 (Abramowitz and Stegun 6.1.41). */
function logGamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 12; at++) shift += Math.log(at)
  const inverse = 1 / at
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260 - inverse ** 7 / 1680
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift
}
