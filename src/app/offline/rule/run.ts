import { isObject, JsonError, parseJson } from '#kit'
import {
  createCorrelator,
  createEngine,
  eventTimeOf,
  flattenWindowsEvent,
  type CorrelationFinding,
  type Correlator,
  type SigmaEvent,
  type SigmaRule,
} from '#detect/sigma'
import { CliError, exitCodes, manyDirs, plural, type CliCommand, type CliInput } from '#cli'

import { linesOf } from './lines.ts'
import { listOf, loadOptions, loadRules, logsourceOf, logsourceOption } from './sources.ts'
import { spanMs } from './span.ts'

/** Lines that are no event are told of one by one up to here, then counted. */
const faultsShownMax = 20
/** Correlation findings are kept until the last event is read. */
const findingsMax = 100_000

export const run: CliCommand = {
  name: 'rule run',
  summary: 'hold events, one JSON object a line, against Sigma rules and correlations; needs no server',
  args: [`${manyDirs}?`, 'EVENTS'],
  options: {
    rules: { type: 'string', value: 'DIR', multiple: true, help: 'rules to load; may be repeated' },
    logsource: logsourceOption,
    'time-field': {
      type: 'string',
      value: 'FIELD',
      help: 'when the event happened, for correlations (default: the usual names)',
    },
    lateness: { type: 'string', value: 'SPAN', help: 'how far events may be out of order: 90s, 5m, 2h (default 5m)' },
    ...loadOptions,
  },
  example: 'cordon rule run --rules ./rules events.ndjson --logsource product=aws,service=cloudtrail --json',
  async run(input) {
    const places = [...listOf(input.options['rules']), ...input.args.slice(0, -1)]
    const { rules, correlations, refused } = loadRules(input, places)
    const logsource = logsourceOf(input)
    const engine = createEngine(rules)
    const joining = joinerOf(input, createCorrelator(correlations))
    const joined = new Set(correlations.flatMap((correlation) => correlation.rules))
    let line = -1
    let matches = 0
    let faults = 0
    for await (const text of linesOf(input, input.args.at(-1) ?? '-')) {
      line++
      if (text.trim() === '') continue
      const event = readEvent(text)
      if (typeof event === 'string') {
        if (++faults <= faultsShownMax) input.io.err(`cordon rule run: line ${line}: ${event}`)
        continue
      }
      const found = engine.match(event, logsource)
      if (found.length === 0) continue
      for (const { alerts, id, title, level } of found) {
        if (!alerts) continue
        matches++
        tell(input, { event: line, rule: id, title, level })
      }
      if (found.some(({ id }) => joined.has(id))) joining.take(line, event, found)
    }
    const findings = correlations.length > 0 ? joining.end() : []
    for (const finding of findings) tellFinding(input, finding)
    const { rules: applying, exact } = engine.applying(logsource)
    input.io.err(
      `${plural(line + 1, 'line')}, ${faults} of them no event; ${plural(matches, 'match', 'matches')}; ${applying} of ${plural(rules.length, 'rule')} apply (${exact ? 'exact' : 'unknown'} log source)${refused.length === 0 ? '' : `; ${plural(refused.length, 'rule')} REFUSED, see \`cordon rule lint\``}`,
    )
    if (correlations.length > 0) input.io.err(joining.summary(correlations.length, findings.length))
    return faults === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

/** Feeds correlations: the watermark follows the newest event at the distance of the lateness. */
function joinerOf(input: CliInput, correlator: Correlator) {
  const latenessMs = spanOf(input.text('lateness') ?? '5m')
  const timeField = input.text('time-field')
  const findings: CorrelationFinding[] = []
  let newestMs = -Infinity
  let untimed = 0
  let untold = 0
  const keep = (found: readonly CorrelationFinding[]): void => {
    const room = findingsMax - findings.length
    findings.push(...found.slice(0, room))
    untold += Math.max(0, found.length - room)
  }
  return {
    take(line: number, event: SigmaEvent, rules: readonly SigmaRule[]): void {
      const timeMs = eventTimeOf(event, timeField)
      if (timeMs === undefined) {
        untimed++
        return
      }
      keep(correlator.observe({ timeMs, id: String(line).padStart(12, '0'), ref: line, event, rules }))
      if (timeMs > newestMs) keep(correlator.advance((newestMs = timeMs) - latenessMs))
    },
    end(): readonly CorrelationFinding[] {
      keep(correlator.advance(Infinity))
      return findings
    },
    summary(correlations: number, found: number): string {
      const { late, evicted, truncated, hurried, ungrouped } = correlator.counts
      const lost = Object.entries({ untimed, late, evicted, truncated, hurried, ungrouped, untold }).filter(
        ([, n]) => n > 0,
      )
      const left = lost.map(([name, count]) => `${name} ${count}`).join(', ')
      return `${plural(correlations, 'correlation')}, ${plural(found, 'finding')}${left === '' ? '' : `; left out: ${left}`}`
    },
  }
}

function spanOf(text: string): number {
  const ms = spanMs(text)
  if (ms !== undefined) return ms
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no span of time`, {
    place: '--lateness',
    hint: '90s, 5m, 2h or 1d',
  })
}

function tell(input: CliInput, match: { event: number; rule: string; title: string; level: string | null }): void {
  input.io.out(
    input.flag('json')
      ? JSON.stringify(match)
      : `line ${match.event}  ${match.level ?? 'no level'}  ${match.rule}  ${match.title}`,
  )
}

function tellFinding(input: CliInput, finding: CorrelationFinding): void {
  const { id, rule, title, level, group, firstMs, atMs, measured, events, complete } = finding
  const [first, at] = [firstMs, atMs].map((ms) => new Date(ms).toISOString())
  if (input.flag('json'))
    input.io.out(JSON.stringify({ finding: id, rule, title, level, group, first, at, measured, events, complete }))
  else {
    const who = Object.entries(group).map(([name, value]) => `${name}=${value}`)
    input.io.out(
      `${first} to ${at}  ${level ?? 'no level'}  ${rule}  ${title}  ${who.join(' ')}  ${measured}  lines ${events.join(',')}`,
    )
  }
}

/** The event, or why the line is none. */
export function readEvent(text: string): SigmaEvent | string {
  try {
    // The engine bounds its own way into an event.
    const event = parseJson(text, Infinity)
    return isObject(event) ? flattenWindowsEvent(event) : 'not a JSON object'
  } catch (error) {
    if (error instanceof JsonError) return error.message
    throw error
  }
}
