import { formatTime } from '#kit'

import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { duration, table, wrap } from '../table.ts'
import { sourceCareCommands } from './source-care.ts'
import { configOption, secretOptions, secretsOption, setOption, setupLines } from './source-options.ts'

const sourceList: CliCommand = {
  name: 'source list',
  summary: 'sources, their health and what they cannot see',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon source list',
  async run(input) {
    const { sources } = await connect(input).call('source.list')
    const text = (): void => {
      if (sources.length === 0) input.io.out('no sources yet: cordon source add')
      else
        input.io.out(
          [
            table(
              ['source', 'connector', 'authority', 'state', 'contains', 'blind until'],
              sources.map((s) => [
                s.id,
                s.connector,
                s.authority ?? '-',
                s.state,
                s.canContain ? 'yes' : 'no',
                blindUntil(s.streams),
              ]),
            ),
            ...sources
              .map((s) => ({
                ...s,
                says: [...s.streams.flatMap(({ blind }) => blind.map((one) => one.says)), ...s.says],
              }))
              .filter((s) => s.says.length > 0)
              .flatMap((s) => ['', `${s.id} cannot see:`, ...s.says.flatMap((says) => listItem(says))]),
          ].join('\n'),
        )
    }
    printList(input, {
      json: () => ({ sources }),
      rows: sources,
      columns: columnsBy(routes['source.list'].response.shape.sources.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

/** By when the slowest stream will show what happens now; UTC. */
export function blindUntil(streams: readonly { name: string; blindUntilMs: number | null }[]): string {
  if (streams.length === 0) return '-'
  const failing = streams.filter(({ blindUntilMs }) => blindUntilMs === null)
  if (failing.length > 0) return `nobody can say: ${failing.map(({ name }) => name).join(', ')}`
  return formatTime(Math.max(...streams.map(({ blindUntilMs }) => blindUntilMs ?? 0))).slice(11, 16)
}

const textColumns = 100
const listItem = (says: string): string[] =>
  wrap(says, textColumns).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`)

const sourceAdd: CliCommand = {
  name: 'source add',
  summary: 'connect a system; secrets are sealed for hands at once',
  args: ['NAME'],
  options: {
    connector: { type: 'string', value: 'NAME', help: 'which connector; docs/connectors has a page for each' },
    set: setOption,
    ...secretOptions,
    ...serverOptions,
  },
  example: 'cordon source add people-db --connector postgres --set host=127.0.0.1 --see password=file:./see.pw',
  async run(input) {
    const connector = input.text('connector')
    if (connector === undefined)
      throw new CliError('ERR_CLI_USAGE', 'no connector named', {
        place: '--connector',
        hint: 'postgres, oidc, host, keys or declared',
      })
    const body = {
      id: input.args[0] ?? '',
      connector,
      config: configOption(input),
      secrets: { see: secretsOption(input, 'see'), contain: secretsOption(input, 'contain') },
    }
    const added = await connect(input).call('source.add', { body })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(added)
        : [
            `${added.id}: ${added.state}${added.authority === null ? '' : ` (${added.authority})`}`,
            ...setupLines(added.setup),
          ].join('\n'),
    )
    return exitCodes.ok
  },
}

const sourceRemove: CliCommand = {
  name: 'source remove',
  summary: 'disconnect a system; its events stay, its sealed secrets go, its name is not given again',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon source remove people-db',
  async run(input) {
    await connect(input).call('source.remove', { params: { source: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'disconnected')
    return exitCodes.ok
  },
}

const sourceCheck: CliCommand = {
  name: 'source check',
  summary: 'ask the vendor what this source may see and do: missing and excess rights',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon source check people-db',
  async run(input) {
    const result = await connect(input).call('source.check', { params: { source: input.args[0] ?? '' } })
    if (input.flag('json')) input.io.out(JSON.stringify(result))
    else {
      input.io.out(`authority ${result.authority}`)
      for (const says of result.missing) input.io.out(`missing: ${says}`)
      for (const says of result.excess) input.io.out(`more than needed: ${says}`)
      for (const says of result.says) input.io.out(says)
      for (const says of result.blind) input.io.out(`cannot see: ${says}`)
      for (const { stream, typicalMs, worstMs } of result.delays)
        input.io.out(`seen in ${stream}: after ${duration(typicalMs)}, at worst ${duration(worstMs)}`)
    }
    return result.missing.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const sourceToken: CliCommand = {
  name: 'source token',
  summary: 'a write-only ingest token bound to one source, or to one host of it',
  args: ['NAME'],
  options: {
    host: { type: 'string', value: 'ID', help: 'only about this host; needed where hosts report' },
    ...serverOptions,
  },
  example: 'cordon source token ci-hosts --host runner-7',
  async run(input) {
    const host = input.text('host')
    const made = await connect(input).call('ingest-token.create', {
      params: { source: input.args[0] ?? '' },
      body: host === undefined ? {} : { host },
    })
    input.io.out(input.flag('json') ? JSON.stringify(made) : made.token)
    return exitCodes.ok
  },
}

export const sourceCommands: readonly CliCommand[] = [
  sourceAdd,
  sourceList,
  sourceCheck,
  ...sourceCareCommands,
  sourceRemove,
  sourceToken,
]
