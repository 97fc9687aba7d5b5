import type { Statement } from './policy.ts'
import { maybe, no, yes, type Request, type Sure } from './verdict.ts'

/** All conditions hold (yes), one of them surely does not (no), or it cannot be told. */
export function decide({ conditions }: Statement, { context }: Request): Sure {
  let sure: Sure = yes
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(keys)) {
      const one = test(operator, context[key], values)
      if (one === no) return no
      if (one < sure) sure = one
    }
  }
  return sure
}

const comparisons: Readonly<Record<string, (held: string, wanted: string) => boolean>> = {
  StringEquals: (held, wanted) => held === wanted,
  StringEqualsIgnoreCase: (held, wanted) => held.toLowerCase() === wanted.toLowerCase(),
  StringLike: (held, wanted) => like(wanted, held),
  ArnEquals: (held, wanted) => like(wanted, held),
  ArnLike: (held, wanted) => like(wanted, held),
  Bool: (held, wanted) => held.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (held, wanted) => Number(held) === Number(wanted),
  NumericLessThan: (held, wanted) => Number(held) < Number(wanted),
  NumericLessThanEquals: (held, wanted) => Number(held) <= Number(wanted),
  NumericGreaterThan: (held, wanted) => Number(held) > Number(wanted),
  NumericGreaterThanEquals: (held, wanted) => Number(held) >= Number(wanted),
  DateLessThan: (held, wanted) => Date.parse(held) < Date.parse(wanted),
  DateLessThanEquals: (held, wanted) => Date.parse(held) <= Date.parse(wanted),
  DateGreaterThan: (held, wanted) => Date.parse(held) > Date.parse(wanted),
  DateGreaterThanEquals: (held, wanted) => Date.parse(held) >= Date.parse(wanted),
}

/** Sets (`ForAnyValue:`), `Null` and address ranges are not decided: they ask what only the request itself can tell. */
function test(operator: string, held: string | undefined, values: readonly string[]): Sure {
  const name = operator.replace(/IfExists$/, '')
  const positive = name.replace(/^(String|Arn|Numeric|Date)Not/, '$1')
  const compare = comparisons[positive]
  if (compare === undefined || held === undefined || values.some((one) => one.includes('${'))) return maybe
  const holds = values.some((wanted) => compare(held, wanted))
  return holds === (positive === name) ? yes : no
}

/**
 * `*` any run, `?` any one character; everything else is itself. Goes back to the last `*` alone, so that a pattern made
 * by an attacker costs no more than its length times the text's.
 */
export function like(pattern: string, text: string): boolean {
  let [at, from, starAt, resumeAt] = [0, 0, -1, 0]
  while (from < text.length) {
    const wanted = pattern[at]
    if (wanted === '*') {
      starAt = at++
      resumeAt = from
    } else if (wanted === '?' || wanted === text[from]) {
      at++
      from++
    } else if (starAt >= 0) {
      at = starAt + 1
      from = ++resumeAt
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

/** A pattern with its policy variables filled in; undefined where one is not known. */
export function fill(pattern: string, request: Request): string | undefined {
  if (!pattern.includes('${')) return pattern
  let isKnown = true
  const filled = pattern.replace(/\$\{([^}]*)\}/g, (_, key: string) => {
    const literal = /^[*?$]$/.test(key) ? key : undefined
    const value = literal ?? request.context[key.toLowerCase()]
    if (value === undefined) isKnown = false
    return value ?? ''
  })
  return isKnown ? filled : undefined
}
