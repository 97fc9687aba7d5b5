import { parse } from 'yaml'

import { isObject } from '#kit'
import {
  createCorrelator,
  createDispatch,
  evaluate,
  eventTimeOf,
  flattenWindowsEvent,
  type EventLogsource,
  type SigmaEvent,
  type SigmaRules,
} from '#detect/sigma'
import { CliError, exitCodes, manyDirs, plural, type CliCommand, type CliInput } from '#cli'

import { testFilesIn } from '../../rule-places.ts'
import { loadOptions, loadRules, readSource } from './sources.ts'
import { spanMs } from './span.ts'

/** More copies of one event in one case are a mistake. */
const timesMax = 10_000

/** One case of a `*.test.yml`: how many events of it match, or how many findings a correlation makes of them. */
export type Case = {
  file: string
  rule: string
  name: string
  events: SigmaEvent[]
  /** Between one copy and the next of an event that is to come several times; null: each says itself when it was. */
  everyMs: number | null
  expect: number
  logsource: EventLogsource
}

export const testCommand: CliCommand = {
  name: 'rule test',
  summary: 'run the tests that lie beside Sigma rules (NAME.test.yml); see docs/detection.md',
  args: [manyDirs],
  options: loadOptions,
  example: 'cordon rule test ./rules',
  run(input) {
    const loaded = loadRules(input, input.args)
    const cases = input.args.flatMap(testFilesIn).flatMap(readCases)
    if (cases.length === 0)
      throw new CliError('ERR_CLI_FILE', 'there is no test', { hint: 'put a NAME.test.yml beside the rule NAME.yml' })
    const results = cases.map((one) => ({ ...one, got: outcomeOf(one, loaded) }))
    const failed = results.filter(({ got, expect }) => got !== expect)
    for (const { file, rule, name, expect, got } of failed) tell(input, { file, rule, name, expect, got })
    const tested = new Set(cases.map(({ rule }) => rule)).size
    if (input.flag('json'))
      input.io.out(JSON.stringify({ tests: results.length, failed: failed.length, rules: tested }))
    else input.io.out(`${plural(results.length, 'test')} of ${plural(tested, 'rule')}: ${failed.length} failed`)
    return Promise.resolve(failed.length === 0 ? exitCodes.ok : exitCodes.notClean)
  },
}

function tell(
  input: CliInput,
  failure: { file: string; rule: string; name: string; expect: number; got: number | string },
): void {
  const { file, rule, name, expect, got } = failure
  const what = typeof got === 'string' ? got : `${got} instead of ${plural(expect, 'match', 'matches')}`
  input.io.out(input.flag('json') ? JSON.stringify(failure) : `FAILED ${file}: ${rule}: ${name}: ${what}`)
}

/** How many events matched, or findings were made; a text says why it cannot be told. */
export function outcomeOf(
  { rule: wanted, events, everyMs, logsource }: Case,
  { rules, correlations, refused }: SigmaRules,
): number | string {
  const isWanted = ({ id, name, title }: { id: string; name: string | null; title: string }): boolean =>
    [id, name, title].includes(wanted)
  const rule = rules.find(isWanted)
  if (rule !== undefined) {
    const applies = createDispatch([rule.logsource]).applies(rule.logsource, logsource)
    return applies ? events.filter((event) => evaluate(rule, event)).length : 0
  }
  const correlation = correlations.find(isWanted)
  if (correlation === undefined) {
    const refusal = refused.find((one) => one.rule === wanted)
    return refusal === undefined ? 'there is no such rule' : `the rule is refused: ${refusal.message}`
  }
  const correlator = createCorrelator(correlations.map((one) => ({ ...one, alerts: one.id === correlation.id })))
  const behind = new Set(correlations.flatMap((one) => one.rules))
  const joined = rules.filter(({ id }) => behind.has(id))
  const findings = events.flatMap((event, ref) => {
    const matching = joined.filter((one) => evaluate(one, event))
    return correlator.observe({
      timeMs: everyMs === null ? (eventTimeOf(event) ?? ref * 1000) : ref * everyMs,
      id: String(ref).padStart(9, '0'),
      ref,
      event,
      rules: matching,
    })
  })
  return findings.length + correlator.advance(Infinity).length
}

export function readCases(file: string): Case[] {
  const fault = (what: string): CliError =>
    new CliError('ERR_CLI_FILE', what, {
      place: file,
      hint: '`rule: ID` and `tests:`, a list of { name, event or events, matches }',
    })
  let written: unknown
  try {
    written = parse(readSource(file).text, { maxAliasCount: 100 })
  } catch (error) {
    throw fault(`not valid YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable'}`)
  }
  if (!isObject(written) || typeof written['rule'] !== 'string' || !Array.isArray(written['tests']))
    throw fault('this is no test of a rule')
  const rule = written['rule']
  return written['tests'].map((test: unknown, index) => {
    if (!isObject(test)) throw fault(`test ${index} is no map`)
    const { name, event, events: several, matches, logsource, times, every } = test
    const everyMs = times === undefined ? null : spanMs(typeof every === 'string' ? every : '1s')
    if (everyMs === undefined) throw fault(`test ${index} says no span of time in \`every\``)
    const events = several ?? (times === undefined ? [event] : copiesOf(event, times))
    if (!Array.isArray(events) || !events.every(isObject)) throw fault(`test ${index} has no events`)
    const expect = typeof matches === 'boolean' ? (matches ? events.length : 0) : matches
    if (typeof expect !== 'number') throw fault(`test ${index} does not say how many match`)
    return {
      file,
      rule,
      name: typeof name === 'string' ? name : `test ${index}`,
      events: events.map(flattenWindowsEvent),
      everyMs,
      expect,
      logsource: isObject(logsource) ? logsourceOfTest(logsource) : {},
    }
  })
}

/** `{n}` in a text of the event is the number of the copy, from 0. */
function copiesOf(event: unknown, times: unknown): unknown[] {
  if (typeof times !== 'number' || !(times >= 1 && times <= timesMax)) return [null]
  return Array.from({ length: times }, (_, n) => numbered(event, String(n)))
}

function numbered(value: unknown, n: string): unknown {
  if (typeof value === 'string') return value.replaceAll('{n}', n)
  if (Array.isArray(value)) return value.map((member) => numbered(member, n))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbered(inner, n)]))
}

function logsourceOfTest(written: Record<string, unknown>): EventLogsource {
  const out: EventLogsource = {}
  for (const part of ['product', 'category', 'service'] as const) {
    const value = written[part]
    if (typeof value === 'string') out[part] = value
  }
  return out
}
