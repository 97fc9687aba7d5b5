import { isObject } from '#kit'
import { ruleUrgencies, type RuleUrgency } from '#model'

import { readDetection, type DetectionOptions } from './detection.ts'
import type { SigmaDocument } from './document.ts'
import { SigmaError } from './errors.ts'
import { levels, type Level, type Logsource, type SigmaRule } from './types.ts'

export type ReadOptions = {
  /** Values of `%name%` under `expand`. */
  placeholders?: Readonly<Record<string, readonly string[]>>
  /** Lets expressions through that need backtracking: only for rules whose author you trust with your processor. */
  allowBacktracking?: boolean
}

/** The newest major version of the specification that is understood; documents without a version mean 2. */
const sigmaVersionMax = 3
const sigmaVersionDefault = 2

export function readRule({ body, place }: SigmaDocument, options: ReadOptions): SigmaRule {
  const title = textAt(body, 'title')
  if (title === null) throw missing('title', 'say what the rule finds')
  const { logsource, detection } = body
  if (!isObject(detection)) throw missing('detection', 'a rule has a map of selections with a condition')
  return {
    ...identityOf(body, title),
    title,
    level: levelOf(body),
    urgency: urgencyOf(body),
    status: textAt(body, 'status'),
    author: textAt(body, 'author'),
    description: textAt(body, 'description'),
    tags: Array.isArray(body['tags']) ? body['tags'].filter((tag) => typeof tag === 'string') : [],
    logsource: readLogsource(logsource),
    detection: readDetection(detection, ['detection'], detectionOptions(body, options)),
    place,
    alerts: true,
  }
}

export const detectionOptions = (
  body: Record<string, unknown>,
  { placeholders = {}, allowBacktracking = false }: ReadOptions,
): DetectionOptions => ({ placeholders, allowBacktracking, sigmaVersion: sigmaVersionOf(body) })

const missing = (key: string, hint: string): SigmaError =>
  new SigmaError('ERR_SIGMA_RULE', `there is no \`${key}\``, { path: [key], hint })

export function identityOf(body: Record<string, unknown>, title: string): { id: string; name: string | null } {
  const name = textAt(body, 'name')
  return { id: textAt(body, 'id') ?? name ?? title, name }
}

export function textAt(body: Record<string, unknown>, key: string): string | null {
  const value = body[key]
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new SigmaError('ERR_SIGMA_RULE', `\`${key}\` is no text`, { path: [key], hint: 'write one text' })
}

export function levelOf(body: Record<string, unknown>): Level | null {
  const text = textAt(body, 'level')
  const level = levels.find((known) => known === text)
  if (text !== null && level === undefined)
    throw new SigmaError('ERR_SIGMA_RULE', `\`${text}\` is no level`, { path: ['level'], hint: levels.join(', ') })
  return level ?? null
}

export function urgencyOf(body: Record<string, unknown>): RuleUrgency | null {
  const text = textAt(body, 'urgency')
  const urgency = ruleUrgencies.find((known) => known === text)
  if (text !== null && urgency === undefined)
    throw new SigmaError('ERR_SIGMA_RULE', `\`${text}\` is no urgency`, {
      path: ['urgency'],
      hint: ruleUrgencies.join(', '),
    })
  return urgency ?? null
}

export function readLogsource(written: unknown): Logsource {
  if (!isObject(written)) throw missing('logsource', 'name a product, category or service')
  const part = (key: string): string | null => textAt(written, key)?.toLowerCase() ?? null
  return { product: part('product'), category: part('category'), service: part('service') }
}

export function sigmaVersionOf(body: Record<string, unknown>): number {
  const written = textAt(body, 'sigma-version')
  if (written === null) return sigmaVersionDefault
  const major = Number(/^v?(\d+)(?:\.\d+)*$/.exec(written)?.[1] ?? Number.NaN)
  if (Number.isNaN(major) || major > sigmaVersionMax)
    throw new SigmaError('ERR_SIGMA_VERSION', `\`sigma-version: ${written}\` is not understood`, {
      path: ['sigma-version'],
      hint: `versions up to ${sigmaVersionMax} are; leave it out for ${sigmaVersionDefault}`,
    })
  return major
}
