import type { SignalRule } from '../look.ts'
import { excess, pointsOf, reasonOf } from './volume.ts'

/** More rights gained, and credentials made, in a day than ever. */
export const grants: SignalRule = ({ act, day, usual }) => {
  if (act.rights.length === 0) return []
  const count = day.count('rights')
  const mine = usual('rights')
  const points = pointsOf(count, excess(count, 'rights', mine), mine)
  return points === 0 ? [] : [{ name: 'grants', kind: 'rights', points, reason: reasonOf(count, 'rights', mine) }]
}
