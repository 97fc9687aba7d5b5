import { isObject } from '#kit'
import type { RuleUrgency } from '#model'

import { parseCondition, type Condition } from '../condition.ts'
import type { SigmaDocument } from '../document.ts'
import { SigmaError } from '../errors.ts'
import { readField } from '../fields.ts'
import { identityOf, levelOf, textAt, urgencyOf } from '../rule.ts'
import type { FieldPath, Level } from '../types.ts'

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const
export type CorrelationType = (typeof correlationTypes)[number]

export const countOps = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const
export type CountOp = (typeof countOps)[number]
export type Bound = { op: CountOp; than: number }

/** Several events that belong together: which rules' matches, joined by what, within how long, and how many. */
export type Correlation = {
  id: string
  name: string | null
  title: string
  level: Level | null
  urgency: RuleUrgency | null
  author: string | null
  place: string
  type: CorrelationType
  /** Ids of the rules, or correlations, whose matches are counted, in the order written. */
  rules: readonly string[]
  groupBy: readonly string[]
  /** For each name of `groupBy` and each of `rules`, where the value lies; null: it names no such field there. */
  groupFields: readonly (readonly FieldPath[])[]
  timespanMs: number
  /** All must hold of the count, or of the sum, average or percentile. */
  bounds: readonly Bound[]
  /** The value that is counted or measured, for `value_*`; several make one tuple. */
  fields: readonly FieldPath[]
  percentile: number
  /** For temporal types: a condition over the places of `rules`, instead of all of them; their order stays that of `rules`. */
  expression: Condition | null
  /** The rules behind it also alert by themselves. */
  generate: boolean
  alerts: boolean
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_629_746_000,
  y: 31_556_952_000,
}
const rulesMax = 64
const groupByMax = 16
/** What one window keeps must be enough to decide its condition. */
const countMax: Partial<Record<CorrelationType, number>> = { event_count: 100_000, value_count: 1000 }
const timespanMaxMs = 366 * 86_400_000

const fault = (message: string, key: string, hint: string): SigmaError =>
  new SigmaError('ERR_SIGMA_CORRELATION', message, { path: ['correlation', key], hint })

/** Rules are still named as written; `linkCorrelations` turns names into ids. */
export type UnlinkedCorrelation = Correlation & { aliases: Aliases }

export function readCorrelation({ body, place }: SigmaDocument): UnlinkedCorrelation {
  const title = textAt(body, 'title')
  if (title === null)
    throw new SigmaError('ERR_SIGMA_RULE', 'there is no `title`', {
      path: ['title'],
      hint: 'say what the correlation finds',
    })
  const { correlation } = body
  if (!isObject(correlation))
    throw new SigmaError('ERR_SIGMA_CORRELATION', '`correlation` is no map', {
      path: ['correlation'],
      hint: 'it has type, rules, group-by, timespan and condition',
    })
  for (const key of Object.keys(correlation)) {
    if (!knownKeys.has(key)) throw fault(`\`${key}\` is not known in a correlation`, key, [...knownKeys].join(', '))
  }
  const type = correlationTypes.find((known) => known === correlation['type'])
  if (type === undefined)
    throw fault(`\`${String(correlation['type'])}\` is no type of correlation`, 'type', correlationTypes.join(', '))
  const { expression, bounds, fields, percentile } = readCondition(type, correlation['condition'])
  const named = namesOf(correlation['rules'], 'rules', rulesMax)
  const rules = named.length > 0 || expression === null ? named : namesIn(expression)
  if (rules.length === 0)
    throw fault('it refers to no rule', 'rules', 'list the ids or names of the rules whose matches it joins')
  const generate = body['generate'] ?? correlation['generate'] ?? false
  if (typeof generate !== 'boolean')
    throw fault('`generate` is neither true nor false', 'generate', 'true: the rules behind it also alert')
  const urgency = urgencyOf(body)
  if (urgency === 'unless-habit' && type === 'temporal_ordered')
    throw new SigmaError(
      'ERR_SIGMA_CORRELATION',
      '`unless-habit` asks of each event, and `temporal_ordered` keeps two',
      {
        path: ['urgency'],
        hint: 'leave it out, or say `working-hours`',
      },
    )
  return {
    ...identityOf(body, title),
    title,
    level: levelOf(body),
    urgency,
    author: textAt(body, 'author'),
    place,
    type,
    rules,
    groupBy: namesOf(correlation['group-by'], 'group-by', groupByMax),
    groupFields: [],
    timespanMs: timespanOf(correlation['timespan']),
    bounds: bounds.length > 0 || expression !== null ? bounds : [{ op: 'gte', than: rules.length }],
    fields,
    percentile,
    expression,
    generate,
    alerts: true,
    aliases: aliasesOf(correlation['aliases']),
  }
}

const knownKeys = new Set(['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'])

type Aliases = ReadonlyMap<string, ReadonlyMap<string, FieldPath>>

function namesOf(written: unknown, key: string, most: number): string[] {
  if (written === undefined || written === null) return []
  const names: unknown[] = Array.isArray(written) ? written : [written]
  if (!names.every((name) => typeof name === 'string'))
    throw fault(`\`${key}\` is no list of names`, key, 'write a list of texts')
  if (names.length > most)
    throw new SigmaError('ERR_SIGMA_LIMIT', `\`${key}\` holds more than ${most} names`, {
      path: ['correlation', key],
      hint: 'chain several correlations',
    })
  return [...new Set(names)]
}

function timespanOf(written: unknown): number {
  const found = typeof written === 'string' ? /^(\d{1,9})([smhdwMy])$/.exec(written) : null
  const ms = Number(found?.[1] ?? 0) * (unitMs[found?.[2] ?? ''] ?? 0)
  if (!(ms > 0))
    throw fault(`\`${String(written)}\` is no timespan`, 'timespan', 'a number and s, m, h, d, w, M or y: `15m`')
  if (ms > timespanMaxMs)
    throw new SigmaError('ERR_SIGMA_LIMIT', 'a timespan is longer than a year', {
      path: ['correlation', 'timespan'],
      hint: 'correlate over less',
    })
  return ms
}

type Read = Pick<Correlation, 'bounds' | 'fields' | 'percentile' | 'expression'>

function readCondition(type: CorrelationType, written: unknown): Read {
  const isTemporal = type === 'temporal' || type === 'temporal_ordered'
  const none: Read = { bounds: [], fields: [], percentile: 50, expression: null }
  if (written === undefined && isTemporal) return none
  if (typeof written === 'string' && isTemporal) {
    const expression = parseCondition(written)
    namesIn(expression)
    return { ...none, expression }
  }
  if (!isObject(written)) throw fault('there is no condition', 'condition', 'for example `condition: { gte: 10 }`')
  const bounds: Bound[] = []
  for (const [key, value] of Object.entries(written)) {
    const op = countOps.find((known) => known === key)
    if (key === 'field' || key === 'percentile') continue
    if (op === undefined)
      throw fault(`\`${key}\` is not known in a condition`, 'condition', `${countOps.join(', ')}, field, percentile`)
    const than = typeof value === 'number' ? value : Number.NaN
    if (!Number.isFinite(than)) throw fault(`\`${op}\` is followed by no number`, 'condition', `\`${op}: 10\``)
    bounds.push({ op, than })
  }
  if (bounds.length === 0) throw fault('the condition compares with nothing', 'condition', countOps.join(', '))
  const fields = namesOf(written['field'], 'condition', groupByMax).map(readField)
  const wantsField = type.startsWith('value_')
  if (wantsField && fields.length === 0)
    throw fault(`\`${type}\` needs a field`, 'condition', 'add `field:` to the condition')
  if (!wantsField && fields.length > 0)
    throw fault(`\`${type}\` counts no field`, 'condition', 'use value_count, or take `field` out')
  if (fields.length > 1 && type !== 'value_count')
    throw fault(`\`${type}\` measures one field`, 'condition', 'name one')
  const most = countMax[type]
  if (most !== undefined && bounds.some(({ than }) => than > most))
    throw new SigmaError('ERR_SIGMA_LIMIT', `\`${type}\` counts no further than ${most}`, {
      path: ['correlation', 'condition'],
      hint: 'ask for less within a shorter timespan',
    })
  const percentile = written['percentile'] ?? 50
  if (typeof percentile !== 'number' || !(percentile >= 0 && percentile <= 100))
    throw fault('`percentile` is not between 0 and 100', 'condition', '`percentile: 95`')
  return { bounds, fields, percentile, expression: null }
}

export function namesIn(condition: Condition): string[] {
  if (condition.kind === 'name') return [condition.name]
  if (condition.kind === 'not') return namesIn(condition.of)
  if (condition.kind === 'of')
    throw fault('`1 of` and `all of` have no place in a correlation', 'condition', 'name the rules with and, or, not')
  return [...new Set(condition.of.flatMap(namesIn))]
}

function aliasesOf(written: unknown): Aliases {
  const out = new Map<string, ReadonlyMap<string, FieldPath>>()
  if (written === undefined || written === null) return out
  if (!isObject(written)) throw fault('`aliases` is no map', 'aliases', '`alias: { rule_name: field }`')
  for (const [alias, mapping] of Object.entries(written)) {
    if (!isObject(mapping)) throw fault(`the alias \`${alias}\` is no map`, 'aliases', '`alias: { rule_name: field }`')
    const fields = new Map<string, FieldPath>()
    for (const [rule, field] of Object.entries(mapping)) {
      if (typeof field !== 'string')
        throw fault(`the alias \`${alias}\` names no field for \`${rule}\``, 'aliases', 'write the name of a field')
      fields.set(rule, readField(field))
    }
    out.set(alias, fields)
  }
  return out
}
