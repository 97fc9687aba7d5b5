import { linkCorrelations } from './correlate/link.ts'
import { readCorrelation, type Correlation } from './correlate/read.ts'
import { readDocuments, type SigmaDocument } from './document.ts'
import { SigmaError, type SigmaErrorCode } from './errors.ts'
import { applies, readFilter, withFilter, type SigmaFilter } from './filter.ts'
import { readRule, textAt, type ReadOptions } from './rule.ts'
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

/** Reads every rule, correlation and filter, and ties them together. Never throws for what a rule says. */
export function loadSigma(sources: Iterable<SigmaSource>, options: ReadOptions = {}): SigmaRules {
  const refused: Refusal[] = []
  const rules: SigmaRule[] = []
  const filters: SigmaFilter[] = []
  const correlations: ReturnType<typeof readCorrelation>[] = []
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
    for (const document of documentsOf(source, refused)) {
      attempt(document, refused, () => {
        if ('correlation' in document.body) correlations.push(claim(readCorrelation(document)))
        else if ('filter' in document.body) filters.push(claim(readFilter(document, options)))
        else rules.push(claim(readRule(document, options)))
      })
    }
  }
  const linked = linkCorrelations(rules, correlations)
  for (const { correlation, error } of linked.faults) refused.push(refusal(error, correlation.title, correlation.place))
  const filtered = withFilters(rules, filters, refused)
  return { ...silence(filtered, linked.correlations), filters, refused }
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
