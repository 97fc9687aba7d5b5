import { dayMs } from '../act.ts'
import { days, type SignalRule } from '../look.ts'

/** Holidays and leave are shorter. */
const awayMin = 45
const perDoubling = 12
const base = 45
const pointsMax = 65

/** Somebody acts who did nothing for a long time, by what was seen or by the vendor's own word. */
export const dormant: SignalRule = ({ act, awayMs }, say) => {
  if (act.passive || awayMs === undefined || awayMs < awayMin * dayMs) return
  const away = Math.floor(awayMs / dayMs)
  const points = Math.min(pointsMax, base + perDoubling * Math.log2(away / awayMin))
  say({ name: 'dormant-awake', kind: 'time', points, reason: `acts again after ${days(away)} of nothing` })
}
