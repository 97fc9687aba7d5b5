import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { countOption, durationOf, exitCodes, manyRights, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderStage, renderTrim } from '../trim.ts'

/** Rows fetched at a time. */
const pageRows = 200
const rowsDefault = 1_000
const stageDefault = 10

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
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon access trim --since 90d --of analysts',
  async run(input) {
    const windowMs = durationOf(input.text('since') ?? '90d', 'since', '90d')
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
    const text = (): void => {
      input.io.out(renderTrim(answer).join('\n'))
      if (proposals.length < total) input.io.out(`${proposals.length} of ${total} shown: --max shows more`)
    }
    printList(input, {
      json: () => answer,
      rows: proposals,
      columns: columnsBy(routes['access.trim'].response.shape.proposals.element.shape),
      text,
    })
    return lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const stage: CliCommand = {
  name: 'access trim stage',
  summary: 'plan the end of unused rights, those of fewest people first; nothing is taken before it is approved',
  args: [`${manyRights}?`],
  options: {
    since: { type: 'string', value: '90d', help: 'not used for so long (default 90d)' },
    partly: { type: 'boolean', help: 'where only some ways of use are logged, let their silence count as well' },
    max: { type: 'string', value: 'N', help: 'at most so many in this stage (default 10)' },
    wait: { type: 'string', value: '7d', help: 'take nothing further for so long after it (default 7d)' },
    'for-good': { type: 'boolean', help: 'grants of apps, too, which nothing gives back but a new consent' },
    'dry-run': { type: 'boolean', help: 'say what the stage would take, and open nothing' },
    ...serverOptions,
  },
  example: 'cordon access trim stage --max 20 --wait 7d',
  async run(input) {
    const max = countOption(input, 'max', stageDefault)
    const answer = await connect(input).call('access.trim-stage', {
      body: {
        windowMs: durationOf(input.text('since') ?? '90d', 'since', '90d'),
        waitMs: durationOf(input.text('wait') ?? '7d', 'wait', '90d'),
        partly: input.flag('partly'),
        ...(input.args.length === 0 ? {} : { rights: input.args }),
        max: input.args.length === 0 ? max : input.args.length,
        forGood: input.flag('for-good'),
        dryRun: input.flag('dry-run'),
      },
    })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : renderStage(answer).join('\n'))
    return exitCodes.ok
  },
}

const giveBack: CliCommand = {
  name: 'access give-back',
  summary: 'give back what a trim took from somebody who needs it after all',
  args: ['RIGHT'],
  options: { ...serverOptions },
  example: 'cordon access give-back trm_5f2q…',
  async run(input) {
    const [right = ''] = input.args
    const answer = await connect(input).call('access.give-back', { params: { right } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(answer)
        : `${answer.member} gets back ${answer.group} by ${answer.action}: ${answer.state}`,
    )
    return exitCodes.ok
  },
}

export const trimCommands: readonly CliCommand[] = [trim, stage, giveBack]
