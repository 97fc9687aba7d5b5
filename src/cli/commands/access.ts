import { parseDurationMs, parseTimeMs } from '#kit'
import type { EntityId } from '#model'
import { routes, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import {
  CliError,
  countOption,
  durationOf,
  exitCodes,
  type CliCommand,
  type CliInput,
  type ExitCode,
} from '../command.ts'
import { renderReach, renderReaders } from '../access.ts'
import { columnsBy } from '../listing-columns.ts'
import { listOptions, printList, type Columns } from '../listing.ts'

/** Rows fetched at a time. */
const pageRows = 200
const rowsDefault = 1_000

const momentOptions = {
  at: {
    type: 'string',
    value: 'TIME',
    help: 'a time in the past, for example 2026-03-24T10:39Z, or 72h ago as 72h; now when left out',
  },
  max: { type: 'string', value: 'N', help: 'at most so many rows (default 1000)' },
} as const

const columns: Columns<ResponseOf<'access.readers'>['readers'][number]> = [
  ['entity', ({ entity }) => entity],
  ['kind', ({ kind }) => kind],
  ['name', ({ name }) => name],
  ['enabled', ({ enabled }) => enabled],
  ['certain', ({ certain }) => certain],
  ['whole', ({ whole }) => whole],
  ['app', ({ app }) => app],
  ['reads', ({ reads }) => reads],
]

const who: CliCommand = {
  name: 'access who',
  summary: 'who can read a data set or a data class, through what, and who did; exit 1 while a source is lacking',
  args: ['RESOURCE|CLASS'],
  options: {
    ...momentOptions,
    used: { type: 'string', value: '90d', help: 'who read it in so long before (default 90d)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon access who people --used 90d',
  async run(input) {
    const [of = ''] = input.args
    const usedMs = durationOf(input.text('used') ?? '90d', 'used', '90d, or 12h', 1)
    const client = connect(input)
    const asked = { of, usedMs: String(usedMs), ...pagedBy(input) }
    const page = (after?: EntityId) => client.call('access.readers', { query: { ...asked, after } })
    const answer = await page()
    for (let next = answer.readers; next.length > 0 && answer.readers.length < wanted(input, answer.total);) {
      const more = await page(answer.readers.at(-1)?.entity)
      next = more.readers
      answer.readers = [...answer.readers, ...next]
      answer.names = { ...answer.names, ...more.names }
    }
    answer.readers = answer.readers.slice(0, mostOf(input))
    if (!input.flag('csv')) return told(input, answer, answer.readers.length, renderReaders)
    printList(input, { json: () => answer, rows: answer.readers, columns, text: () => undefined })
    return answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const of: CliCommand = {
  name: 'access of',
  summary: 'what an identity, an app or a credential can reach, and through what; exit 1 while a source is lacking',
  args: ['IDENTITY'],
  options: { ...momentOptions, ...listOptions, ...serverOptions },
  example: 'cordon access of labeller --at 2026-03-24T10:39Z',
  async run(input) {
    const [called = ''] = input.args
    const client = connect(input)
    const asked = { of: called, ...pagedBy(input) }
    const page = (after?: EntityId) => client.call('access.reach', { query: { ...asked, after } })
    const answer = await page()
    for (let next = answer.things; next.length > 0 && answer.things.length < wanted(input, answer.total);) {
      const more = await page(answer.things.at(-1)?.resource)
      next = more.things
      answer.things = [...answer.things, ...next]
      answer.names = { ...answer.names, ...more.names }
    }
    answer.things = answer.things.slice(0, mostOf(input))
    if (!input.flag('csv')) return told(input, answer, answer.things.length, renderReach)
    const things = columnsBy(routes['access.reach'].response.shape.things.element.shape)
    printList(input, { json: () => answer, rows: answer.things, columns: things, text: () => undefined })
    return answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const mostOf = (input: CliInput): number => Math.max(1, countOption(input, 'max', rowsDefault))
const wanted = (input: CliInput, total: number): number => Math.min(mostOf(input), total)

/** Said once for all pages: `72h` before now must not move between them. */
function pagedBy(input: CliInput) {
  const atMs = atOf(input)
  return {
    max: String(Math.min(pageRows, mostOf(input))),
    ...(atMs === undefined ? {} : { atMs: String(atMs) }),
  }
}

function told<Answer extends { total: number; lacking: string[] }>(
  input: CliInput,
  answer: Answer,
  shown: number,
  render: (answer: Answer) => string[],
): ExitCode {
  if (input.flag('json')) input.io.out(JSON.stringify(answer))
  else {
    input.io.out(render(answer).join('\n'))
    if (shown < answer.total) input.io.out(`${shown} of ${answer.total} shown: --max shows more`)
  }
  return answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
}

function atOf(input: CliInput): number | undefined {
  const text = input.text('at')
  if (text === undefined) return undefined
  const age = parseDurationMs(text)
  const ms = age === undefined ? parseTimeMs(text) : input.io.clock.nowMs() - age
  if (ms === undefined)
    throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no time`, {
      place: '--at',
      hint: 'for example 2026-03-24T10:39Z, or 72h',
    })
  return ms
}

export const accessCommands: readonly CliCommand[] = [who, of]
