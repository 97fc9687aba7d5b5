import { readFileSync } from 'node:fs'

import { formatTime } from '#kit'
import { CliError, connect, exitCodes, plural, serverOptions, table, type CliCommand, type CliInput } from '#cli'
import type { ResponseOf } from '#api/contract'

import { ruleFilesIn } from '../../rule-places.ts'
import { listOf } from './sources.ts'
import { spanMs } from './span.ts'

type Backtest = ResponseOf<'backtest.show'>
const askEveryMs = 500

export const backtest: CliCommand = {
  name: 'rule backtest',
  summary:
    'what rules would have found in the log of a running Cordon, by day, and what policy would ask for; changes nothing',
  args: [],
  options: {
    since: { type: 'string', value: 'SPAN', help: 'events that arrived within this: 12h, 30d (default 30d)' },
    rules: {
      type: 'string',
      value: 'DIR',
      multiple: true,
      help: 'these rules, 1 MB at most together, instead of those that are live; may be repeated',
    },
    lateness: {
      type: 'string',
      value: 'SPAN',
      help: 'wait so long, 30d at most, for what came later than its source declares, and correlate it where it belongs',
    },
    stop: { type: 'boolean', help: 'stop the one that runs' },
    ...serverOptions,
  },
  example: 'cordon rule backtest --rules ./rules --since 30d',
  async run(input) {
    const client = connect(input)
    if (input.flag('stop')) {
      await client.call('backtest.stop')
      input.io.out(input.flag('json') ? '{"ok":true}' : 'it stops; what it found so far is kept')
      return exitCodes.ok
    }
    const rules = rulesOf(input)
    const sinceMs = Math.max(0, input.io.clock.nowMs() - spanOf(input, 'since', '30d'))
    const latenessMs = spanOf(input, 'lateness', '0s')
    const { id } = await client.call('backtest.start', {
      body: { sinceMs, latenessMs, ...(rules === undefined ? {} : { rules }) },
    })
    for (let told = -1; ;) {
      const now = await client.call('backtest.show')
      if (now.id !== id)
        throw new CliError('ERR_CLI_UNREACHABLE', 'another backtest began meanwhile, or Cordon was started anew', {
          hint: 'begin it again',
        })
      if (now.state !== 'running') return tell(input, now)
      const percent =
        now.through < now.from ? 0 : Math.floor((100 * (now.at - now.from + 1)) / (now.through - now.from + 1))
      if (now.through > 0 && percent > told)
        input.io.err(`${(told = percent)} % of the log, ${plural(now.events, 'event')}`)
      await input.io.clock.sleep(askEveryMs)
    }
  },
}

function spanOf(input: CliInput, option: string, usual: string): number {
  const text = input.text(option) ?? usual
  const ms = spanMs(text)
  if (ms !== undefined) return ms
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no span of time`, {
    place: `--${option}`,
    hint: '90s, 5m, 12h or 30d',
  })
}

function rulesOf(input: CliInput): { place: string; text: string }[] | undefined {
  const places = listOf(input.options['rules'])
  if (places.length === 0) return undefined
  const files = places.flatMap(ruleFilesIn)
  if (files.length === 0)
    throw new CliError('ERR_CLI_FILE', `there is no rule file in ${places.map((place) => `\`${place}\``).join(', ')}`, {
      hint: 'name a directory or a file of `.yml` rules',
    })
  return files.map((place) => ({ place, text: readFileSync(place, 'utf8') }))
}

/** 1 where it did not come to its end, or a rule was refused. */
function tell(input: CliInput, now: Backtest): 0 | 1 {
  const { state, result, error, events, sinceMs } = now
  const isClean = state === 'done' && result?.refusedCount === 0 && result.failed === 0
  if (input.flag('json')) input.io.out(JSON.stringify(now))
  else {
    input.io.out(
      `${plural(events, 'event')} since ${formatTime(sinceMs)}: ${state}${error === null ? '' : `: ${error}`}`,
    )
    if (result !== null) input.io.out(shown(result))
  }
  return isClean ? exitCodes.ok : exitCodes.notClean
}

function shown(result: NonNullable<Backtest['result']>): string {
  const { rules, correlations, refused, refusedCount, findings, untold, byRule, incidents, foreseen } = result
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  return [
    `${plural(rules, 'rule')}, ${plural(correlations, 'correlation')}; ${plural(findings, 'finding')}${untold === 0 ? '' : `, and ${untold} beyond the most that are told apart`}; ${plural(incidents, 'incident')}`,
    ...refused.map(({ place, message }) => `REFUSED ${place}: ${message}`),
    ...(refusedCount > refused.length ? [`and ${refusedCount - refused.length} refused besides`] : []),
    ...(byRule.length === 0
      ? []
      : [
          table(
            ['rule', 'severity', 'findings', 'opening', 'by day'],
            byRule.map((one) => [
              one.rule,
              one.severity,
              String(one.findings),
              String(one.opening),
              one.days.map(({ dayMs, findings: n }) => `${day(dayMs)} ${n}`).join(', '),
            ]),
          ),
        ]),
    ...(foreseen.length === 0
      ? []
      : [
          'incidents, and what their plans would ask for by policy and estate as they are now:',
          table(
            ['first', 'severity', 'title', 'findings', 'steps', 'by itself', 'one approval', 'two', 'never'],
            foreseen.map(({ firstAtMs, severity, title, findings: n, plan }) => [
              formatTime(firstAtMs),
              severity,
              title,
              String(n),
              ...(plan === null
                ? ['not assessed', '', '', '', '']
                : [plan.steps, plan.byItself, plan.afterOne, plan.afterTwo, plan.never].map(String)),
            ]),
          ),
          ...(incidents > foreseen.length ? [`and ${incidents - foreseen.length} incidents besides`] : []),
        ]),
  ].join('\n')
}
