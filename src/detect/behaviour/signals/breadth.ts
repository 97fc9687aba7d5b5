import type { SignalRule } from '../look.ts'
import { excess, pointsOf, reasonOf } from './volume.ts'

/** More different resources in a day than ever: somebody looks around, or takes all there is. */
export const breadth: SignalRule = ({ day, usual }) => {
  const count = day.count('resources')
  const mine = usual('resources')
  const points = pointsOf(count, excess(count, 'resources', mine), mine)
  return points === 0 ? [] : [{ name: 'breadth', kind: 'reach', points, reason: reasonOf(count, 'resources', mine) }]
}
