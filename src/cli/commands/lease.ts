import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { countOption, durationOf, exitCodes, neededOption, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderLease, renderLeases } from '../lease.ts'

/** Rows fetched at a time. */
const pageRows = 200
const rowsDefault = 200
const helpHint = 'cordon lease ask --help'

const ask: CliCommand = {
  name: 'lease ask',
  summary:
    'ask for a group, team, role or key for a time; given once somebody else approves, and taken at the end by itself',
  args: [],
  options: {
    of: { type: 'string', value: 'WHO', help: 'whom it is for: an id, login or address' },
    what: { type: 'string', value: 'THING', help: 'a group, team or role, or a key of Cordon' },
    for: { type: 'string', value: '4h', help: 'for so long, from the moment it is given (at most 7d)' },
    why: { type: 'string', value: 'TEXT', help: 'what it is needed for' },
    ...serverOptions,
  },
  example: 'cordon lease ask --of ada@example.com --what deployers --for 4h --why "release 12"',
  async run(input) {
    const body = {
      of: neededOption(input, 'of', helpHint),
      what: neededOption(input, 'what', helpHint),
      forMs: durationOf(neededOption(input, 'for', helpHint), 'for', '4h'),
      why: neededOption(input, 'why', helpHint),
    }
    const lease = await connect(input).call('lease.ask', { body })
    input.io.out(input.flag('json') ? JSON.stringify(lease) : renderLease(lease).join('\n'))
    return lease.state === 'refused' ? exitCodes.notClean : exitCodes.ok
  },
}

const list: CliCommand = {
  name: 'lease list',
  summary: 'leases that are not over, or all; exit 1 while one is not proven gone after its end',
  args: [],
  options: {
    all: { type: 'boolean', help: 'those that are over, too, the newest first' },
    max: { type: 'string', value: 'N', help: `at most so many (default ${rowsDefault})` },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon lease list',
  async run(input) {
    const most = Math.max(1, countOption(input, 'max', rowsDefault))
    const client = connect(input)
    const open = input.flag('all') ? 'false' : 'true'
    const all: Parameters<typeof renderLeases>[0][number][] = []
    for (let after: string | undefined; all.length < most;) {
      const query = {
        open,
        max: String(Math.min(pageRows, most - all.length)),
        ...(after === undefined ? {} : { after }),
      } as const
      const { leases } = await client.call('lease.list', { query })
      all.push(...leases)
      after = leases.at(-1)?.id
      if (after === undefined) break
    }
    const text = (): void => input.io.out(renderLeases(all).join('\n'))
    printList(input, {
      json: () => ({ leases: all }),
      rows: all,
      columns: columnsBy(routes['lease.list'].response.shape.leases.element.shape),
      text,
    })
    return all.some(({ state }) => state === 'survivor') ? exitCodes.notClean : exitCodes.ok
  },
}

const show: CliCommand = {
  name: 'lease show',
  summary: 'one lease: who, what, until when, and by which proof; exit 1 when it is not proven gone after its end',
  args: ['LEASE'],
  options: serverOptions,
  example: 'cordon lease show lse_5f2q…',
  async run(input) {
    const [lease = ''] = input.args
    const shown = await connect(input).call('lease.show', { params: { lease } })
    input.io.out(input.flag('json') ? JSON.stringify(shown) : renderLease(shown).join('\n'))
    return shown.state === 'survivor' ? exitCodes.notClean : exitCodes.ok
  },
}

const end: CliCommand = {
  name: 'lease end',
  summary: 'end a lease before its time; one that was not given yet is withdrawn',
  args: ['LEASE'],
  options: { reason: { type: 'string', value: 'TEXT', help: 'why (default: not needed any more)' }, ...serverOptions },
  example: 'cordon lease end lse_5f2q…',
  async run(input) {
    const [lease = ''] = input.args
    const body = { reason: input.text('reason') ?? 'not needed any more' }
    const ended = await connect(input).call('lease.end', { params: { lease }, body })
    input.io.out(input.flag('json') ? JSON.stringify(ended) : renderLease(ended).join('\n'))
    return exitCodes.ok
  },
}

export const leaseCommands: readonly CliCommand[] = [ask, list, show, end]
