import { dayOf, hourMs, weekday } from '../act.ts'
import { warmUp, type SignalRule } from '../look.ts'

const perBit = 6
const pointsMax = 35
const massMin = 40
const bitsMin = 2
const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** An hour of the week (UTC) in which this actor, on such days and within an hour of it, hardly ever acts. */
export const hour: SignalRule = (look, say) => {
  const { act, profile, isNewHour } = look
  if (act.passive || !isNewHour || profile.active < warmUp.hourDays) return
  const day = weekday(dayOf(act.timeMs))
  const at = Math.floor((act.timeMs / hourMs) % 24)
  const { near, all } = look.hours(day * 24 + at)
  if (all < massMin) return
  // Spread evenly over the day, three hours would have an eighth, on weekends two sevenths of it.
  const expected = (all / 8) * (day >= 5 ? 2 / 7 : 5 / 7)
  const bits = Math.log2((expected + 1) / (near + 1))
  if (bits < bitsMin) return
  const reason = `acts on ${names[day] ?? ''} at ${String(at).padStart(2, '0')}:00 UTC: ${near} of ${all} hours it worked in lie there`
  say({ name: 'hour-of-week', kind: 'time', points: Math.min(pointsMax, perBit * bits), reason })
}
