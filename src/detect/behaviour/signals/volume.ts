import { type Volume } from '../act.ts'
import { days, shown, warmUp, type Look, type SignalRule } from '../look.ts'
import type { Signal } from '../score.ts'
import type { Usual } from '../state/usual.ts'

/** Less than this in a day is never much. */
export const floors = { people: 20, records: 500, bytes: 50_000_000, resources: 12, rights: 4 } as const
const counted: readonly Exclude<Volume, 'resources' | 'rights'>[] = ['people', 'records', 'bytes']
export const words = {
  people: 'distinct people',
  records: 'records',
  bytes: 'bytes',
  resources: 'resources',
  rights: 'rights',
}

/** Points for each doubling beyond what is usual. */
const doubling = 16
const pointsMax = 70
/** Within what its peers' days come to, it counts for this much. */
const amongPeers = 0.4
/** A week beside the fullest earlier one. */
const weekDoubling = 36
const weekMax = 55
const weeksMin = 2

/** How far beyond its own usual a count is: 1 is as much as ever. Own past where there is enough of it, else its peers'. */
export function excess(count: number, volume: Volume, { own, days: past, peers }: Usual): number {
  const least = floors[volume]
  if (count <= least) return 0
  // Nobody is given rights by habit: none so far is a past, too.
  const isOwn = past >= warmUp.volumeDays || volume === 'rights'
  if (!isOwn && peers === undefined) return 0
  return count / Math.max(least / 2, isOwn ? own : (peers ?? 0))
}

export const pointsOf = (count: number, times: number, { peers }: Usual, perDoubling = doubling): number =>
  times <= 1.5
    ? 0
    : Math.min(pointsMax, perDoubling * Math.log2(times)) * (peers !== undefined && count <= peers ? amongPeers : 1)

/** "412 distinct people in a day; own p99 over 60 days is 37, peers' 51". */
export function reasonOf(count: number, volume: Volume, { own, days: past, peers }: Usual): string {
  const mine = past >= warmUp.volumeDays ? `own p99 over ${days(past)} is ${shown(own)}` : `too few days of its own`
  return `${shown(count)} ${words[volume]} in a day; ${mine}${peers === undefined ? '' : `, peers' ${shown(peers)}`}`
}

/** More in a day than ever: people, records, bytes. A day that is not over counts as far as it went. */
export const volume: SignalRule = (look, say) => {
  for (const name of counted) {
    const count = look.day.count(name)
    if (count <= floors[name]) continue
    const usual = look.usual(name)
    const points = pointsOf(count, excess(count, name, usual), usual)
    if (points > 0) say({ name: `volume.${name}`, kind: 'amount', points, reason: reasonOf(count, name, usual) })
    if (look.profile.kept >= warmUp.volumeDays) weekly(look, name, count, say)
  }
}

/** Slow drains stay below every day's limit: the week that ends today, beside the fullest week well before it. */
function weekly(look: Look, name: Volume, count: number, say: (signal: Signal) => void): void {
  const { now, before, weeks } = look.weeks(name)
  const sum = now + count
  const times = sum / Math.max(before, (floors[name] * 7) / 2)
  if (weeks < weeksMin || times <= 1.5) return
  const points = Math.min(weekMax, weekDoubling * Math.log2(times))
  const reason = `${shown(sum)} ${words[name]} in a week, ${times.toFixed(1)} times the fullest of ${weeks} earlier weeks (${shown(before)})`
  say({ name: `week.${name}`, kind: 'amount', points, reason })
}
