import type { SignalRule } from '../look.ts'
import { excess, pointsOf, reasonOf } from './volume.ts'

const perDoubling = 30

/** More rights gained, and credentials made, in a day than ever. */
export const grants: SignalRule = (look, say) => {
  if (look.act.rights.length === 0) return
  const count = look.day.count('rights')
  const mine = look.usual('rights')
  const points = pointsOf(count, excess(count, 'rights', mine), mine, perDoubling)
  if (points > 0) say({ name: 'grants', kind: 'rights', points, reason: reasonOf(count, 'rights', mine) })
}
