import type { SignalRule } from '../look.ts'
import { excess, floors, pointsOf, reasonOf } from './volume.ts'

/** More different resources in a day than ever: somebody looks around, or takes all there is. */
export const breadth: SignalRule = (look, say) => {
  const count = look.day.count('resources')
  if (count <= floors.resources) return
  const mine = look.usual('resources')
  const points = pointsOf(count, excess(count, 'resources', mine), mine)
  if (points > 0) say({ name: 'breadth', kind: 'reach', points, reason: reasonOf(count, 'resources', mine) })
}
