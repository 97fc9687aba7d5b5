import type { Condition } from '../condition.ts'
import { SigmaError } from '../errors.ts'

/** One way in which an ordered condition holds. Places in the list of rules: `steps` ascending, the order they must come in. */
export type Way = { steps: readonly number[]; absent: readonly number[] }

const waysMax = 64

/**
 * Of a condition over the places of `rules`, every way in which it holds (its disjunctive normal form). Throws
 * ERR_SIGMA_CORRELATION where a way asks for nothing to happen, since it has no order; ERR_SIGMA_LIMIT beyond 64 ways.
 */
export function waysOf(condition: Condition): readonly Way[] {
  const ways = spread(condition, true).filter(({ steps, absent }) => !steps.some((step) => absent.includes(step)))
  if (ways.length === 0 || ways.some(({ steps }) => steps.length === 0))
    throw new SigmaError('ERR_SIGMA_CORRELATION', 'the condition also holds where no rule of an order matches', {
      path: ['correlation', 'condition'],
      hint: 'let each side of an `or` name a rule that has to match, or use `temporal`',
    })
  return ways
}

/** `isSo`: whether the condition is to hold, or not to. */
function spread(condition: Condition, isSo: boolean): Way[] {
  if (condition.kind === 'not') return spread(condition.of, !isSo)
  if (condition.kind === 'name') {
    const place = Number(condition.name)
    return [isSo ? { steps: [place], absent: [] } : { steps: [], absent: [place] }]
  }
  if (condition.kind === 'of') return []
  const parts = condition.of.map((part) => spread(part, isSo))
  const isEither = (condition.kind === 'or') === isSo
  return isEither ? bounded(parts.flat()) : parts.reduce((all, part) => bounded(all.flatMap(joinedWith(part))))
}

const joinedWith =
  (part: readonly Way[]) =>
  (one: Way): Way[] =>
    part.map((other) => ({
      steps: union(one.steps, other.steps),
      absent: union(one.absent, other.absent),
    }))
const union = (a: readonly number[], b: readonly number[]): number[] =>
  [...new Set([...a, ...b])].toSorted((x, y) => x - y)

function bounded(ways: Way[]): Way[] {
  if (ways.length <= waysMax) return ways
  throw new SigmaError('ERR_SIGMA_LIMIT', `the condition holds in more than ${waysMax} ways`, {
    path: ['correlation', 'condition'],
    hint: 'chain several correlations',
  })
}
