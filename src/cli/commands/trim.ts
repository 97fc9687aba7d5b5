import { parseDurationMs } from '#kit'

import { connect, serverOptions } from '../client.ts'
import { CliError, countOption, exitCodes, type CliCommand } from '../command.ts'
import { renderTrim } from '../trim.ts'

/** Rows fetched at a time. */
const pageRows = 200
const rowsDefault = 1_000

const trim: CliCommand = {
  name: 'access trim',
  summary:
    'rights that nobody used, who would lose what, and how many of them will be missed; exit 1 while a source is lacking',
  args: [],
  options: {
    since: { type: 'string', value: '90d', help: 'not used for so long (default 90d)' },
    of: { type: 'string', value: 'ENTITY', help: 'only what concerns this identity, app, credential or resource' },
    partly: { type: 'boolean', help: 'where only some ways of use are logged, let their silence count as well' },
    max: { type: 'string', value: 'N', help: 'at most so many rows (default 1000)' },
    ...serverOptions,
  },
  example: 'cordon access trim --since 90d --of analysts',
  async run(input) {
    const windowMs = parseDurationMs(input.text('since') ?? '90d')
    if (windowMs === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.text('since')}\` is no length of time`, {
        place: '--since',
        hint: 'for example 90d',
      })
    const most = Math.max(1, countOption(input, 'max', rowsDefault))
    const of = input.text('of')
    const asked = {
      windowMs: String(windowMs),
      partly: input.flag('partly') ? 'true' : 'false',
      ...(of === undefined ? {} : { of }),
      max: String(Math.min(pageRows, most)),
    } as const
    const client = connect(input)
    const answer = await client.call('access.trim', { query: asked })
    for (let next = answer.proposals; next.length > 0 && answer.proposals.length < Math.min(most, answer.total);) {
      const more = await client.call('access.trim', { query: { ...asked, after: answer.proposals.at(-1)?.id } })
      next = more.proposals
      answer.proposals = [...answer.proposals, ...next]
    }
    answer.proposals = answer.proposals.slice(0, most)
    const { proposals, total, lacking } = answer
    if (input.flag('json')) input.io.out(JSON.stringify(answer))
    else {
      input.io.out(renderTrim(answer).join('\n'))
      if (proposals.length < total) input.io.out(`${proposals.length} of ${total} shown: --max shows more`)
    }
    return lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

export const trimCommands: readonly CliCommand[] = [trim]
