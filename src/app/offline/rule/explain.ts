import { explain, type Explained, type SigmaEvent, type SigmaRule } from '#detect/sigma'
import { CliError, countOption, exitCodes, manyDirs, plural, type CliCommand, type CliInput } from '#cli'

import { linesOf } from './lines.ts'
import { readEvent } from './run.ts'
import { listOf, loadOptions, loadRules, logsourceOf, logsourceOption } from './sources.ts'

export const explainCommand: CliCommand = {
  name: 'rule explain',
  summary:
    'why a Sigma rule does or does not match an event: every part of it, and what the event says; of a correlation, each of its rules',
  args: [`${manyDirs}?`, 'EVENTS'],
  options: {
    rules: { type: 'string', value: 'DIR', multiple: true, help: 'rules to load; may be repeated' },
    rule: { type: 'string', value: 'ID|NAME|TITLE', help: 'which rule; not needed where there is one' },
    event: { type: 'string', value: 'LINE', help: 'which line of EVENTS, from 0 (default 0)' },
    logsource: logsourceOption,
    ...loadOptions,
  },
  example: 'cordon rule explain --rules ./rules events.ndjson --rule aws_root_login --event 12',
  async run(input) {
    const places = [...listOf(input.options['rules']), ...input.args.slice(0, -1)]
    const loaded = loadRules(input, places)
    const correlation = loaded.correlations.find((one) => isNamed(one, input.text('rule')))
    const rules = correlation === undefined ? [pickRule(input, loaded)] : rulesBehind(correlation, loaded)
    const event = await pickEvent(input)
    if (correlation !== undefined && !input.flag('json'))
      input.io.out(
        `${correlation.title} joins events of ${plural(rules.length, 'rule')} by ${correlation.groupBy.join(', ') || 'nothing'}; this event against each:`,
      )
    const matching = rules.filter((rule) => tell(input, rule, event))
    return matching.length > 0 ? exitCodes.ok : exitCodes.notClean
  },
}

/** Says whether it matches. */
function tell(input: CliInput, rule: SigmaRule, event: SigmaEvent): boolean {
  const told = explain(rule, event, logsourceOf(input))
  const { id, title, place } = rule
  if (input.flag('json')) input.io.out(JSON.stringify({ rule: id, title, place, ...told }))
  else {
    input.io.out(`${told.matches ? 'matches' : 'does not match'}: ${title} (${id}, ${place})`)
    if (!told.applies)
      input.io.out(`the log source of the rule is ${told.logsource}: such an event is not held against it`)
    for (const line of drawn(told.detection)) input.io.out(line)
  }
  return told.matches
}

const isNamed = ({ id, name, title }: { id: string; name: string | null; title: string }, wanted?: string): boolean =>
  wanted !== undefined && [id, name, title].includes(wanted)

/** The rules that a correlation rests on, through those that it refers to; these stand before it. */
function rulesBehind(of: Loaded['correlations'][number], { rules, correlations }: Loaded): SigmaRule[] {
  const behind = new Set(of.rules)
  for (const one of correlations.toReversed()) if (behind.has(one.id)) for (const id of one.rules) behind.add(id)
  return rules.filter(({ id }) => behind.has(id))
}

type Loaded = ReturnType<typeof loadRules>

function pickRule(input: CliInput, { rules, refused }: Loaded): SigmaRule {
  const wanted = input.text('rule')
  const found = wanted === undefined ? rules : rules.filter((one) => isNamed(one, wanted))
  const [rule] = found
  if (rule !== undefined && found.length === 1) return rule
  const refusal = refused.find((one) => wanted === undefined || one.rule === wanted)
  if (refusal !== undefined)
    throw new CliError('ERR_CLI_FILE', `the rule is refused: ${refusal.message}`, {
      place: refusal.place,
      hint: refusal.hint,
    })
  throw new CliError(
    'ERR_CLI_USAGE',
    wanted === undefined
      ? `there are ${plural(rules.length, 'rule')}`
      : `${plural(found.length, 'rule')} of the name \`${wanted}\``,
    {
      place: '--rule',
      hint: 'give the id of one rule that is loaded',
    },
  )
}

async function pickEvent(input: CliInput): Promise<SigmaEvent> {
  const place = input.args.at(-1) ?? '-'
  const wanted = countOption(input, 'event', 0)
  let line = 0
  for await (const text of linesOf(input, place)) {
    if (line++ < wanted) continue
    const event = readEvent(text)
    if (typeof event !== 'string') return event
    throw new CliError('ERR_CLI_FILE', `line ${wanted} is no event: ${event}`, {
      place,
      hint: 'one JSON object a line',
    })
  }
  throw new CliError('ERR_CLI_FILE', `there is no line ${wanted}`, {
    place,
    hint: `it has ${plural(line, 'line')}, the first is 0`,
  })
}

function drawn({ says, holds, has, of = [] }: Explained, depth = 0): string[] {
  const line = `${'  '.repeat(depth)}${holds ? 'yes' : 'no '}  ${says}${has === undefined ? '' : `   (event: ${has})`}`
  return [line, ...of.flatMap((part) => drawn(part, depth + 1))]
}
