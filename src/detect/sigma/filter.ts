import { isObject } from '#kit'

import { parseCondition, resolveCondition, type Condition } from './condition.ts'
import { readSelection } from './detection.ts'
import type { SigmaDocument } from './document.ts'
import { SigmaError } from './errors.ts'
import { detectionOptions, identityOf, readLogsource, textAt, type ReadOptions } from './rule.ts'
import type { Logsource, Node, SigmaRule } from './types.ts'

/** Takes matches away from rules. `unless`: what must not hold for a match to stand. */
export type SigmaFilter = {
  id: string
  title: string
  logsource: Logsource
  /** Ids or names; null: every rule its log source covers. */
  rules: readonly string[] | null
  unless: Node
  place: string
}

export function readFilter({ body, place }: SigmaDocument, options: ReadOptions): SigmaFilter {
  const title = textAt(body, 'title') ?? 'a filter'
  const { filter } = body
  if (!isObject(filter))
    throw new SigmaError('ERR_SIGMA_FILTER', '`filter` is no map', {
      path: ['filter'],
      hint: 'it has rules, a selection and a condition',
    })
  const selections = new Map<string, Node>()
  const settings = detectionOptions(body, options)
  for (const [name, written] of Object.entries(filter)) {
    if (name === 'rules' || name === 'condition') continue
    const of = readSelection(written, ['filter', name], settings)
    selections.set(name, { kind: 'selection', name: `filter ${name}`, of })
  }
  const text = filter['condition']
  if (typeof text !== 'string')
    throw new SigmaError('ERR_SIGMA_FILTER', 'there is no condition', {
      path: ['filter', 'condition'],
      hint: '`condition: selection`',
    })
  const condition = parseCondition(text)
  const node = resolveCondition(condition, selections, text)
  return {
    id: identityOf(body, title).id,
    title,
    logsource: readLogsource(body['logsource']),
    rules: rulesOf(filter['rules']),
    unless: isOnlyNegated(condition, false) ? { kind: 'not', of: node } : node,
    place,
  }
}

function rulesOf(written: unknown): readonly string[] | null {
  if (typeof written === 'string') return /^(?:any|all)$/i.test(written) ? null : [written]
  if (Array.isArray(written) && written.length > 0 && written.every((rule) => typeof rule === 'string')) return written
  throw new SigmaError('ERR_SIGMA_FILTER', 'it does not say which rules it filters', {
    path: ['filter', 'rules'],
    hint: 'a list of ids or names, or `any`',
  })
}

/**
 * The specification's own example filters what its condition matches (`condition: selection`); pySigma's users write
 * what must hold besides (`condition: not selection`). Both mean the same rule, so both are understood: a condition in
 * which every name stands under a `not` is of the second kind.
 */
function isOnlyNegated(condition: Condition, negated: boolean): boolean {
  if (condition.kind === 'not') return isOnlyNegated(condition.of, !negated)
  if (condition.kind === 'and' || condition.kind === 'or')
    return condition.of.every((part) => isOnlyNegated(part, negated))
  return negated
}

export function applies(filter: SigmaFilter, { id, name, logsource }: SigmaRule): boolean {
  if (filter.rules !== null && !filter.rules.some((rule) => rule === id || rule === name)) return false
  const covers = (wanted: string | null, has: string | null): boolean => wanted === null || wanted === has
  return (
    covers(filter.logsource.product, logsource.product) &&
    covers(filter.logsource.category, logsource.category) &&
    covers(filter.logsource.service, logsource.service)
  )
}

export const withFilter = (rule: SigmaRule, { unless }: SigmaFilter): SigmaRule => ({
  ...rule,
  detection: { kind: 'and', of: [rule.detection, { kind: 'not', of: unless }] },
})
