import type { BodyOf, ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { askingText, byText, renderCounts, renderIdentities, renderIdentity } from '../identities.ts'
import { listOptions, manyCell, printList, timeCell, type Columns } from '../listing.ts'
import { plural } from '../table.ts'

const kinds = ['human', 'service', 'agent', 'app', 'vendor', 'unknown'] as const
type One = ResponseOf<'identity.list'>['identities'][number]

const columns: Columns<One> = [
  ['identity', ({ identity }) => identity],
  ['also', ({ also }) => manyCell(also)],
  ['kind', ({ kind }) => kind],
  ['why', ({ why }) => why],
  ['name', ({ name }) => name],
  ['purpose', ({ purpose }) => purpose],
  ['owner', ({ owner }) => owner?.owner ?? null],
  ['owner_way', ({ owner }) => owner?.way ?? null],
  ['owner_left', ({ owner }) => owner?.left ?? null],
  ['unowned', ({ unowned }) => unowned],
  ['asking', (one) => (one.asking === null ? null : askingText(one))],
  ['created', ({ createdAtMs }) => timeCell(createdAtMs)],
  ['last_used', ({ lastUsedAtMs }) => timeCell(lastUsedAtMs)],
  ['enabled', ({ enabled }) => enabled],
  ['credentials', ({ means }) => means.credentials],
  ['endless', ({ means }) => means.endless],
  ['by', ({ means }) => byText(means)],
  ['resources', ({ means }) => means.reach.resources],
  ['data_sets', ({ means }) => means.reach.dataSets],
  ['people', ({ means }) => means.reach.people],
  ['records', ({ means }) => means.reach.records],
  ['records_not_told', ({ means }) => means.reach.uncounted],
]

const list: CliCommand = {
  name: 'identity list',
  summary: 'who and what acts here, told apart: humans, services, agents, apps, vendors, with who answers for each',
  args: [],
  options: {
    kind: { type: 'string', value: kinds.join('|'), help: 'only these; default: all but humans' },
    unowned: { type: 'boolean', help: 'only those that nobody answers for' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon identity list --kind agent --unowned',
  async run(input) {
    const asked = input.text('kind')
    const kind = kinds.find((known) => known === asked)
    if (asked !== undefined && kind === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${asked}\` is no kind`, { place: '--kind', hint: kinds.join(', ') })
    const client = connect(input)
    const found: One[] = []
    // Thousands of people are no list of identities that anybody asked to see: `--kind human` shows them.
    const query = { kind: kind ?? ('not-human' as const), state: input.flag('unowned') ? 'unowned' : 'all' } as const
    const page = (after: string | undefined) => client.call('identity.list', { query: { ...query, after } })
    let answer = await page(undefined)
    const { counts, unowned } = answer
    while (answer.identities.length > 0) {
      found.push(...answer.identities)
      answer = await page(answer.identities.at(-1)?.identity)
    }
    printList(input, {
      json: () => ({ identities: found, counts, unowned }),
      rows: found,
      columns,
      text: () => {
        if (found.length > 0) input.io.out(renderIdentities(found))
        input.io.out(`${found.length > 0 ? '\n' : ''}${renderCounts({ counts, unowned })}`)
      },
    })
    return exitCodes.ok
  },
}

const show: CliCommand = {
  name: 'identity show',
  summary:
    'one identity: kind with who says so, owner, means, reach, and the chain from a human to what it acts through',
  args: ['IDENTITY'],
  options: serverOptions,
  example: 'cordon identity show "ticket-helper"',
  async run(input) {
    const [identity = ''] = input.args
    const found = await connect(input).call('identity.show', { query: { identity } })
    input.io.out(input.flag('json') ? JSON.stringify(found) : renderIdentity(found).join('\n'))
    return exitCodes.ok
  },
}

const own: CliCommand = {
  name: 'identity own',
  summary: 'say who answers for an identity, or what it is for; kept as your word until the owner leaves',
  args: ['IDENTITY'],
  options: {
    owner: { type: 'string', value: 'PERSON', help: 'somebody who works here: account, login or work address' },
    purpose: { type: 'string', value: 'TEXT', help: 'what it is for, in one line' },
    ...serverOptions,
  },
  example: 'cordon identity own ticket-helper --owner ada@example.com --purpose "sorts tickets of customers"',
  async run(input) {
    const [identity = ''] = input.args
    const [owner, purpose] = [input.text('owner'), input.text('purpose')]
    if (owner === undefined && purpose === undefined)
      throw new CliError('ERR_CLI_USAGE', 'say who answers for it, or what it is for', {
        place: '--owner',
        hint: 'for example --owner ada@example.com',
      })
    const body: BodyOf<'identity.own'> = { identity, owner, purpose }
    const made = await connect(input).call('identity.own', { body })
    const done = made.tasksDone === 0 ? '' : `; ${plural(made.tasksDone, 'task')} done by that`
    input.io.out(input.flag('json') ? JSON.stringify(made) : `${made.identity}: kept as your word${done}`)
    return exitCodes.ok
  },
}

const ask: CliCommand = {
  name: 'identity ask',
  summary: 'ask for the owners of what nobody answers for: a task each, to whom it likely is, wherever tasks go',
  args: [],
  options: {
    'dry-run': { type: 'boolean', help: 'show whom it would ask, and ask nobody' },
    max: { type: 'string', value: 'N', help: 'at most so many, up to 500 (default 100)' },
    ...serverOptions,
  },
  example: 'cordon identity ask --dry-run',
  async run(input) {
    const max = Number(input.text('max') ?? 100)
    if (!Number.isInteger(max) || max < 1 || max > 500)
      throw new CliError('ERR_CLI_USAGE', 'a number from 1 to 500', { place: '--max', hint: 'for example --max 50' })
    const made = await connect(input).call('identity.ask', { body: { dryRun: input.flag('dry-run'), max } })
    if (input.flag('json')) input.io.out(JSON.stringify(made))
    else {
      for (const { identity, name, who } of made.asked)
        input.io.out(
          `${identity} ${name ?? ''}: ${who === null ? 'nobody is likely; a task without a name' : `${who.who}, who ${who.why}`}`,
        )
      const where = made.incident === null ? '' : ` Tasks of ${made.incident}: cordon task list ${made.incident}`
      input.io.out(
        `${plural(made.asked.length, 'question')}${made.through === null ? '' : `, asked through ${made.through}`}; ${made.waiting} asked before, ${made.beyond} for another day.${where}`,
      )
    }
    return exitCodes.ok
  },
}

export const identityCommands: readonly CliCommand[] = [list, show, own, ask]
