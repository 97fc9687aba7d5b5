import { SigmaError } from './errors.ts'
import type { Node } from './types.ts'

const conditionCharsMax = 4096
const depthMax = 100

/** The tree of a condition, before its names are looked up. */
export type Condition =
  | { kind: 'name'; name: string }
  | { kind: 'and'; of: readonly Condition[] }
  | { kind: 'or'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  /** `1 of sel*` and `all of them`. */
  | { kind: 'of'; how: 'any' | 'all'; pattern: string }

const fault = (text: string, what: string, hint: string): SigmaError =>
  new SigmaError('ERR_SIGMA_CONDITION', `condition \`${text.slice(0, 120)}\`: ${what}`, { hint })

/** Binds from loosest: or, and, not, `x of`, parentheses (Sigma rules specification, "Condition"). */
export function parseCondition(text: string): Condition {
  if (text.length > conditionCharsMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `a condition is longer than ${conditionCharsMax} characters`, {
      hint: 'name its parts with `1 of name*`',
    })
  if (text.includes('|'))
    throw fault(text, 'aggregations with `|` are no longer part of Sigma', 'write a correlation rule instead')
  const tokens = text.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const word = (): string => (tokens[at] ?? '').toLowerCase()
  const take = (wanted: string): boolean => {
    if (word() !== wanted) return false
    at++
    return true
  }
  const list = (operator: 'and' | 'or', operand: (depth: number) => Condition, depth: number): Condition => {
    const of = [operand(depth)]
    while (take(operator)) of.push(operand(depth))
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: operator, of }
  }
  const either = (depth: number): Condition => list('or', both, depth)
  const both = (depth: number): Condition => list('and', unary, depth)
  const unary = (depth: number): Condition => {
    if (depth > depthMax) throw fault(text, `it nests deeper than ${depthMax}`, 'split the rule')
    if (take('not')) return { kind: 'not', of: unary(depth + 1) }
    if (take('(')) {
      const inside = either(depth + 1)
      if (!take(')')) throw fault(text, 'a `(` is not closed', 'add a `)`')
      return inside
    }
    const token = tokens[at++]
    if (token === undefined) throw fault(text, 'it ends too early', 'name a selection after the last word')
    if (word() === 'of') return quantified(token)
    if (!/^[\w.*?-]+$/.test(token) || ['and', 'or', 'of', ')'].includes(token.toLowerCase()))
      throw fault(text, `\`${token}\` is not expected here`, 'a condition is made of names, and, or, not, 1 of, all of')
    return { kind: 'name', name: token }
  }
  const quantified = (count: string): Condition => {
    at++
    const how =
      count === '1' || count.toLowerCase() === 'any' ? 'any' : count.toLowerCase() === 'all' ? 'all' : undefined
    if (how === undefined)
      throw fault(
        text,
        `\`${count} of\` is no quantifier`,
        'Sigma has `1 of` and `all of`; count with a correlation rule',
      )
    const pattern = tokens[at++]
    if (pattern === undefined || !/^[\w.*?-]+$/.test(pattern))
      throw fault(text, `\`${count} of\` names nothing`, 'write `them` or a pattern such as `selection_*`')
    return { kind: 'of', how, pattern }
  }
  const whole = either(0)
  if (at < tokens.length) throw fault(text, `\`${tokens[at]}\` is not expected here`, 'join names with and, or, not')
  return whole
}

/** Puts the selections in; throws ERR_SIGMA_CONDITION for a name that there is none of. */
export function resolveCondition(condition: Condition, selections: ReadonlyMap<string, Node>, text: string): Node {
  const known = [...selections.keys()].join(', ')
  const resolve = (part: Condition): Node => {
    if (part.kind === 'not') return { kind: 'not', of: resolve(part.of) }
    if (part.kind === 'and' || part.kind === 'or') return { kind: part.kind, of: part.of.map(resolve) }
    if (part.kind === 'name') {
      const node = selections.get(part.name)
      if (node === undefined) throw fault(text, `there is no selection \`${part.name}\``, `the rule has: ${known}`)
      return node
    }
    const names = [...selections.keys()].filter((name) => isMeant(part.pattern, name))
    const of = names.map((name) => selections.get(name)).filter((node) => node !== undefined)
    if (of.length === 0) throw fault(text, `\`of ${part.pattern}\` means no selection`, `the rule has: ${known}`)
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: part.how === 'any' ? 'or' : 'and', of }
  }
  return resolve(condition)
}

/** Names that begin with `_` are left out unless the pattern says the underscore itself. */
function isMeant(pattern: string, name: string): boolean {
  if (name.startsWith('_') && !pattern.startsWith('_')) return false
  if (pattern.toLowerCase() === 'them') return true
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.?-]/g, String.raw`\$&`))
  return new RegExp(`^${pieces.join('.*')}$`).test(name)
}
