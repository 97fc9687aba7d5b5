import { linkCorrelations } from './correlate/link.ts'
import { readCorrelation, type Correlation, type UnlinkedCorrelation } from './correlate/read.ts'
import { readDocuments, type SigmaDocument } from './document.ts'
import { SigmaError, type SigmaErrorCode } from './errors.ts'
import { applies, readFilter, withFilter, type SigmaFilter } from './filter.ts'
import { readRule, textAt, type ReadOptions } from './rule.ts'
import { readStored, storeFile, type ReadFile, type StoredRules } from './stored.ts'
import type { SigmaRule } from './types.ts'

/** A file of rules: `place` is what faults in it are called after. */
export type SigmaSource = { place: string; text: string }

export type Refusal = { code: SigmaErrorCode; place: string; rule: string; message: string; hint: string }

export type SigmaRules = {
  rules: SigmaRule[]
  /** Each after those it refers to. */
  correlations: Correlation[]
  filters: SigmaFilter[]
  /** Never empty silently: every document is loaded or is here. */
  refused: Refusal[]
}

const rulesMax = 200_000

/**
 * Reads every rule, correlation and filter, and ties them together. Never throws for what a rule says. Files of which
 * every document was a rule or correlation without fault are looked up in `stored`, and put there.
 */
export function loadSigma(
  sources: Iterable<SigmaSource>,
  options: ReadOptions = {},
  stored: StoredRules | null = null,
): SigmaRules {
  const refused: Refusal[] = []
  const rules: SigmaRule[] = []
  const filters: SigmaFilter[] = []
  const correlations: UnlinkedCorrelation[] = []
  const ids = new Map<string, string>()
  const claim = <T extends { id: string; place: string }>(read: T): T => {
    const other = ids.get(read.id)
    if (other !== undefined)
      throw new SigmaError('ERR_SIGMA_DUPLICATE', `\`${read.id}\` is already the id of the rule at ${other}`, {
        path: ['id'],
        hint: 'give it an id of its own, or load one of them',
      })
    if (ids.size >= rulesMax)
      throw new SigmaError('ERR_SIGMA_LIMIT', `there are more than ${rulesMax} rules`, { hint: 'load fewer' })
    ids.set(read.id, read.place)
    return read
  }
  for (const source of sources) {
    const known = stored === null ? undefined : foundIn(stored, source, options)
    // What would be refused for the others' sake needs the file, to say in which line.
    if (known !== undefined && areAllNew(known, ids)) {
      rules.push(...known.rules.map(claim))
      correlations.push(...known.correlations.map(claim))
      continue
    }
    const [rulesBefore, correlationsBefore] = [rules.length, correlations.length]
    const documents = documentsOf(source, refused)
    for (const document of documents) {
      attempt(document, refused, () => {
        if ('correlation' in document.body) correlations.push(claim(readCorrelation(document)))
        else if ('filter' in document.body) filters.push(claim(readFilter(document, options)))
        else rules.push(claim(readRule(document, options)))
      })
    }
    if (stored === null || known !== undefined) continue
    const read = { rules: rules.slice(rulesBefore), correlations: correlations.slice(correlationsBefore) }
    const count = read.rules.length + read.correlations.length
    const text = count > 0 && count === documents.length ? storeFile(read, source.place) : undefined
    if (text !== undefined) stored.keep(keyOf(source, options), text)
  }
  const linked = linkCorrelations(rules, correlations)
  for (const { correlation, error } of linked.faults) refused.push(refusal(error, correlation.title, correlation.place))
  const filtered = withFilters(rules, filters, refused)
  return { ...silence(filtered, linked.correlations), filters, refused }
}

/** All that decides what a file's rules become, beside the code that reads them. */
const keyOf = ({ text }: SigmaSource, { placeholders = {}, allowBacktracking = false }: ReadOptions): string =>
  `${JSON.stringify([placeholders, allowBacktracking])}\n${text}`

function foundIn(stored: StoredRules, source: SigmaSource, options: ReadOptions): ReadFile | undefined {
  const text = stored.find(keyOf(source, options))
  return text === undefined ? undefined : readStored(text, source.place)
}

function areAllNew({ rules, correlations }: ReadFile, ids: ReadonlyMap<string, string>): boolean {
  const all = [...rules, ...correlations]
  return ids.size + all.length <= rulesMax && !all.some(({ id }) => ids.has(id))
}

function documentsOf({ place, text }: SigmaSource, refused: Refusal[]): SigmaDocument[] {
  try {
    return readDocuments(place, text)
  } catch (error) {
    if (!(error instanceof SigmaError)) throw error
    refused.push(refusal(error, place, error.place ?? place))
    return []
  }
}

function attempt({ body, placeOf }: SigmaDocument, refused: Refusal[], run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof SigmaError)) throw error
    refused.push(refusal(error, nameOf(body), placeOf(error.path)))
  }
}

function nameOf(body: Record<string, unknown>): string {
  try {
    return textAt(body, 'id') ?? textAt(body, 'name') ?? textAt(body, 'title') ?? 'a rule without a name'
  } catch {
    return 'a rule without a name'
  }
}

const refusal = ({ code, message, hint }: SigmaError, rule: string, place: string): Refusal => ({
  code,
  place,
  rule,
  message,
  hint: hint ?? '',
})

function withFilters(rules: readonly SigmaRule[], filters: readonly SigmaFilter[], refused: Refusal[]): SigmaRule[] {
  let out = [...rules]
  for (const filter of filters) {
    let used = 0
    out = out.map((rule) => {
      if (!applies(filter, rule)) return rule
      used++
      return withFilter(rule, filter)
    })
    if (used > 0) continue
    const error = new SigmaError('ERR_SIGMA_REFERENCE', 'the filter applies to no rule that is loaded', {
      hint: 'check its ids or names, and that its log source is that of the rules',
    })
    refused.push(refusal(error, filter.title, filter.place))
  }
  return out
}

/** What a correlation refers to does not alert by itself unless `generate` says so. */
function silence(
  rules: readonly SigmaRule[],
  correlations: readonly Correlation[],
): Pick<SigmaRules, 'rules' | 'correlations'> {
  const loud = new Set(correlations.filter(({ generate }) => generate).flatMap((correlation) => correlation.rules))
  const quiet = new Set(correlations.flatMap((correlation) => correlation.rules).filter((id) => !loud.has(id)))
  return {
    rules: rules.map((rule) => (quiet.has(rule.id) ? { ...rule, alerts: false } : rule)),
    correlations: correlations.map((one) => (quiet.has(one.id) ? { ...one, alerts: false } : one)),
  }
}
