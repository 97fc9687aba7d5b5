import { days, shown, type SignalRule } from '../look.ts'
import { usualCount, withDay } from '../state/drift.ts'
import { floors, words } from './volume.ts'

const counted = ['people', 'records', 'bytes'] as const
/** A sum of five deviations: a day's count that only varies gets there once in years (k = 1, h = 5). */
const sumMin = 5
const perDeviation = 6
const pointsMax = 60
/** Two days at least, and together more than this many times what is never much in one. */
const daysMin = 2
const floorTimes = 3
/** People do what their peers do now and then; a program does what it was made for. */
const amongPeers = 0.4

/**
 * Slow drains: a little more than usual, day after day. A day that is not over counts as far as it went, so that the sum of a
 * day is never higher than it will be at its end.
 */
export const drift: SignalRule = (look, say) => {
  for (const name of counted) {
    const count = look.day.count(name)
    if (count <= floors[name]) continue
    const before = look.drift(name)
    if (before === undefined) continue
    const sum = withDay(before, count)
    const [total, over] = [before.counted + count, before.days + 1]
    if (sum === undefined || sum <= sumMin || over < daysMin || total <= floors[name] * floorTimes) continue
    const peers = look.isMachine ? undefined : look.usual(name).peers
    const points =
      Math.min(pointsMax, perDeviation * (sum - sumMin)) * (peers !== undefined && count <= peers ? amongPeers : 1)
    const reason =
      `${shown(total)} ${words[name]} in ${days(over)}, where such a day has ${shown(usualCount(before))} ` +
      `(${days(before.base)} before): ${sum.toFixed(1)} deviations together`
    say({ name: `drift.${name}`, kind: 'amount', points, reason })
  }
}
