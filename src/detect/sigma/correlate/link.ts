import type { Condition } from '../condition.ts'
import { SigmaError } from '../errors.ts'
import { readField } from '../fields.ts'
import type { SigmaRule } from '../types.ts'
import { namesIn, type Correlation, type UnlinkedCorrelation } from './read.ts'
import { waysOf } from './ways.ts'

export type Fault = { correlation: UnlinkedCorrelation; error: SigmaError }

const chainDepthMax = 8

/**
 * Turns names into ids and aliases into fields, in an order in which each correlation follows those it refers to. Those
 * that refer to what is not there are faults, and so is what refers to them.
 */
export function linkCorrelations(
  rules: readonly SigmaRule[],
  unlinked: readonly UnlinkedCorrelation[],
): { correlations: Correlation[]; faults: Fault[] } {
  const idOf = new Map<string, string>()
  for (const { id, name } of [...rules, ...unlinked]) {
    idOf.set(id, id)
    if (name !== null && !idOf.has(name)) idOf.set(name, id)
  }
  const correlations: Correlation[] = []
  const faults: Fault[] = []
  const depths = new Map<string, number>(rules.map(({ id }) => [id, 0]))
  let open = [...unlinked]
  for (let progress = true; progress && open.length > 0;) {
    progress = false
    const later: UnlinkedCorrelation[] = []
    for (const correlation of open) {
      const ids = correlation.rules.map((name) => idOf.get(name) ?? name)
      const depth = 1 + Math.max(...ids.map((id) => depths.get(id) ?? Infinity))
      if (depth === Infinity) {
        later.push(correlation)
        continue
      }
      progress = true
      try {
        if (depth > chainDepthMax)
          throw new SigmaError('ERR_SIGMA_LIMIT', `correlations chain deeper than ${chainDepthMax}`, {
            hint: 'join fewer levels',
          })
        correlations.push(linked(correlation, ids))
        depths.set(correlation.id, depth)
      } catch (error) {
        if (!(error instanceof SigmaError)) throw error
        faults.push({ correlation, error })
      }
    }
    open = later
  }
  for (const correlation of open) faults.push({ correlation, error: missing(correlation, idOf, depths) })
  return { correlations, faults }
}

function missing(
  correlation: UnlinkedCorrelation,
  idOf: ReadonlyMap<string, string>,
  depths: ReadonlyMap<string, number>,
): SigmaError {
  const name = correlation.rules.find((rule) => !depths.has(idOf.get(rule) ?? rule)) ?? ''
  const isKnown = idOf.has(name)
  return new SigmaError(
    'ERR_SIGMA_REFERENCE',
    isKnown
      ? `it refers to \`${name}\`, which is refused or refers back to it`
      : `it refers to \`${name}\`, which is not loaded`,
    {
      path: ['correlation', 'rules'],
      hint: isKnown ? 'see what is said of that rule' : 'load the rule of that id or name with it',
    },
  )
}

function linked({ aliases, ...correlation }: UnlinkedCorrelation, ids: readonly string[]): Correlation {
  const position = new Map<string, number>()
  correlation.rules.forEach((name, index) => position.set(name, index).set(ids[index] ?? '', index))
  for (const [alias, mapping] of aliases) {
    for (const rule of mapping.keys()) {
      if (!position.has(rule))
        throw new SigmaError(
          'ERR_SIGMA_REFERENCE',
          `the alias \`${alias}\` speaks of \`${rule}\`, which is not among its rules`,
          {
            path: ['correlation', 'aliases', alias],
            hint: 'use the names under `rules`',
          },
        )
    }
  }
  const groupFields = correlation.groupBy.map((name) => {
    const mapping = aliases.get(name)
    return correlation.rules.map(
      (rule, index) => mapping?.get(rule) ?? mapping?.get(ids[index] ?? '') ?? readField(name),
    )
  })
  const expression = correlation.expression === null ? null : withPositions(correlation.expression, position)
  if (expression !== null && correlation.type === 'temporal_ordered') waysOf(expression)
  return { ...correlation, rules: ids, groupFields, expression }
}

/** Names become places in `rules`. */
function withPositions(condition: Condition, position: ReadonlyMap<string, number>): Condition {
  const unknown = namesIn(condition).find((name) => !position.has(name))
  if (unknown !== undefined)
    throw new SigmaError('ERR_SIGMA_REFERENCE', `the condition names \`${unknown}\`, which is not among its rules`, {
      path: ['correlation', 'condition'],
      hint: 'use the names under `rules`',
    })
  const walk = (part: Condition): Condition => {
    if (part.kind === 'name') return { kind: 'name', name: String(position.get(part.name)) }
    if (part.kind === 'not') return { kind: 'not', of: walk(part.of) }
    return part.kind === 'of' ? part : { kind: part.kind, of: part.of.map(walk) }
  }
  return walk(condition)
}
