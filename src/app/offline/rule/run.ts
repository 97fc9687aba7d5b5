import { isObject, JsonError, parseJson } from '#kit'
import { createDispatch, evaluate, flattenWindowsEvent, type SigmaEvent } from '#detect'
import { exitCodes, manyDirs, plural, type CliCommand, type CliInput } from '#cli'

import { linesOf } from './lines.ts'
import { listOf, loadOptions, loadRules, logsourceOf } from './sources.ts'

/** Lines that are no event are told of one by one up to here, then counted. */
const faultsShownMax = 20

export const run: CliCommand = {
  name: 'rule run',
  summary: 'hold events, one JSON object a line, against Sigma rules; needs no server',
  args: [`${manyDirs}?`, 'EVENTS'],
  options: {
    rules: { type: 'string', value: 'DIR', multiple: true, help: 'rules to load; may be repeated' },
    logsource: {
      type: 'string',
      value: 'product=…,category=…,service=…',
      help: 'where the events come from (default: unknown, so every rule is tried)',
    },
    ...loadOptions,
  },
  example: 'cordon rule run --rules ./rules events.ndjson --logsource product=aws,service=cloudtrail --json',
  async run(input) {
    const places = [...listOf(input.options['rules']), ...input.args.slice(0, -1)]
    const { rules, refused } = loadRules(input, places)
    const logsource = logsourceOf(input)
    const dispatch = createDispatch(rules.map((rule) => rule.logsource))
    const applying = rules.filter((rule) => dispatch.applies(rule.logsource, logsource))
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
      for (const rule of applying) {
        if (!rule.alerts || !evaluate(rule, event)) continue
        matches++
        const { id, title, level } = rule
        tell(input, { event: line, rule: id, title, level })
      }
    }
    input.io.err(
      `${plural(line + 1, 'line')}, ${faults} of them no event; ${plural(matches, 'match', 'matches')}; ${applying.length} of ${plural(rules.length, 'rule')} apply (${dispatch.isExact(logsource) ? 'exact' : 'unknown'} log source)${refused.length === 0 ? '' : `; ${plural(refused.length, 'rule')} REFUSED, see \`cordon rule lint\``}`,
    )
    return faults === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

function tell(input: CliInput, match: { event: number; rule: string; title: string; level: string | null }): void {
  input.io.out(
    input.flag('json')
      ? JSON.stringify(match)
      : `line ${match.event}  ${match.level ?? 'no level'}  ${match.rule}  ${match.title}`,
  )
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
