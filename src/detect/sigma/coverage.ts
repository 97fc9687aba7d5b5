import { canHold, carriedBy, fieldsOf, type Has } from './carried.ts'
import type { Correlation } from './correlate/read.ts'
import { createDispatch, type EventLogsource } from './logsource.ts'
import type { Logsource, SigmaEvent, SigmaRule } from './types.ts'

/** Records of one stream: how rules know them, and the paths they may carry; `a.*` is anything below `a`, `*` anything. */
export type Carrier = {
  name: string
  logsource: EventLogsource
  fields: readonly string[]
  /** Of a stream of several logs, where carriers share its name: is this record of this one? Absent: all are. */
  holds?(event: SigmaEvent): boolean
}

/** `on`: carriers on which it can match; where there is none, `why` says what is missing. */
export type RuleCoverage = {
  rule: string
  title: string
  place: string
  on: string[]
  why: { lacks: 'log source' | 'fields' | 'rules'; says: string; fields: string[] } | null
}

type Known = { name: string; logsource: EventLogsource; has: Has }

/**
 * Which rules can match anything that the carriers carry, and why the others cannot. One that can may still never meet the
 * values it asks for.
 */
export function coverageOf(
  rules: readonly SigmaRule[],
  correlations: readonly Correlation[],
  carriers: readonly Carrier[],
): RuleCoverage[] {
  const dispatch = createDispatch(rules.map(({ logsource }) => logsource))
  const known = carriers.map(({ fields, ...carrier }) => ({ ...carrier, has: carriedBy(fields) }))
  const ofRules = rules.map((rule): RuleCoverage => {
    const meant = known.filter(({ logsource }) => dispatch.applies(rule.logsource, logsource))
    const on = [...new Set(meant.filter(({ has }) => canHold(rule.detection, has)).map(({ name }) => name))]
    return { ...identity(rule), on, why: on.length > 0 ? null : whyNot(rule, meant) }
  })
  const covered = new Map(ofRules.map((one) => [one.rule, one]))
  for (const correlation of correlations) covered.set(correlation.id, ofCorrelation(correlation, covered, known, rules))
  return [...covered.values()]
}

const identity = ({ id, title, place }: { id: string; title: string; place: string }) => ({ rule: id, title, place })

function whyNot({ logsource, detection }: SigmaRule, meant: readonly Known[]): RuleCoverage['why'] {
  if (meant.length === 0) return { lacks: 'log source', says: `no source has ${saidOf(logsource)}`, fields: [] }
  const missing = fieldsOf(detection).filter((field) => !meant.some(({ has }) => has(field)))
  const fields = [...new Set(missing.map(({ name }) => name))]
  const names = meant.map(({ name }) => name).join(', ')
  return {
    lacks: 'fields',
    says: fields.length === 0 ? `none of ${names} has all of its fields` : `${names} have no ${quoted(fields)}`,
    fields,
  }
}

/** Steps need all of their rules, anything else one. Where the fields of `group-by` are missing, nothing is counted. */
function ofCorrelation(
  correlation: Correlation,
  covered: ReadonlyMap<string, RuleCoverage>,
  known: readonly Known[],
  base: readonly SigmaRule[],
): RuleCoverage {
  const { rules, type, expression, groupFields } = correlation
  const usable = rules.map((rule, place) => {
    const on = covered.get(rule)?.on ?? []
    // What a chained one is grouped by are fields of its own findings, whatever records carry.
    if (!base.some(({ id }) => id === rule)) return on
    const paths = groupFields.flatMap((ofRules) => ofRules[place] ?? [])
    return on.filter((name) => paths.every((path) => known.some((one) => one.name === name && one.has(path))))
  })
  const dead = rules.filter((_, place) => usable[place]?.length === 0)
  const needsAll = type.startsWith('temporal') && expression === null
  const isDead = needsAll ? dead.length > 0 : dead.length === rules.length
  return {
    ...identity(correlation),
    on: isDead ? [] : [...new Set(usable.flat())],
    why: isDead
      ? { lacks: 'rules', says: `nothing matches ${quoted(dead)} and has the fields of \`group-by\``, fields: [] }
      : null,
  }
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')
const saidOf = (logsource: Logsource): string =>
  (['product', 'category', 'service'] as const)
    .flatMap((part) => (logsource[part] === null ? [] : [`${part}=${logsource[part]}`]))
    .join(',') || 'such a log source'
