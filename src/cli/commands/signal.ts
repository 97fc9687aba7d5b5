import { formatTime } from '#kit'
import { routes, signalNames } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { table } from '../table.ts'
import { readSecret } from './source-options.ts'

const signalList: CliCommand = {
  name: 'signal list',
  summary: 'who is told of proven steps, and what waits for them',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon signal list',
  async run(input) {
    const shown = await connect(input).call('signal.show')
    const { issuer, keys, streams } = shown
    const ends = (ms: number | null): string => (ms === null ? '' : `, published until ${formatTime(ms)}`)
    const text = (): void =>
      input.io.out(
        [
          `issuer ${issuer}`,
          ...keys.map(
            ({ kid, createdAtMs, retireAtMs }) => `key ${kid} of ${formatTime(createdAtMs)}${ends(retireAtMs)}`,
          ),
          ...(streams.length === 0
            ? ['nobody is told yet: cordon signal add']
            : [
                table(
                  ['stream', 'owner', 'audience', 'delivery', 'status', 'waiting', 'last error'],
                  streams.map((one) => [
                    one.id,
                    one.owner,
                    one.audience,
                    one.endpoint ?? one.delivery,
                    one.status,
                    String(one.waiting),
                    one.lastError ?? '-',
                  ]),
                ),
              ]),
        ].join('\n'),
      )
    const columns = columnsBy(routes['signal.show'].response.shape.streams.element.shape)
    printList(input, { json: () => shown, rows: streams, columns, text })
    return exitCodes.ok
  },
}

const signalAdd: CliCommand = {
  name: 'signal add',
  summary: 'tell a receiver that does not ask by itself; its origin stands as `signals.receivers` in cordon.yaml',
  args: ['ENDPOINT'],
  options: {
    audience: { type: 'string', value: 'URL', help: 'who the receiver is: `aud` of what it is told' },
    authorization: {
      type: 'string',
      value: 'file:PATH',
      help: 'header to send with each token, read from a file or env:NAME; sealed at once',
    },
    events: { type: 'string', value: 'NAMES', help: 'the last parts of event types, with commas; default: all' },
    'subject-in-event': { type: 'boolean', help: 'for receivers that read subjects as drafts of SSF had them (Okta)' },
    ...serverOptions,
  },
  example: 'cordon signal add https://idp.example.com/security-events --audience https://idp.example.com',
  async run(input) {
    const audience = input.text('audience')
    if (audience === undefined) {
      throw new CliError('ERR_CLI_USAGE', 'who is the receiver?', {
        place: '--audience',
        hint: 'the address that the receiver expects as `aud`',
      })
    }
    const authorization = input.text('authorization')
    const names = input.text('events')
    const { id } = await connect(input).call('signal.stream.add', {
      body: {
        subjectInEvent: input.flag('subject-in-event'),
        ...(names === undefined ? {} : { events: names.split(',').map(eventNamed) }),
        endpoint: input.args[0] ?? '',
        audience,
        ...(authorization === undefined ? {} : { authorization: readSecret(authorization, input.io.env) }),
      },
    })
    input.io.out(input.flag('json') ? JSON.stringify({ id }) : id)
    return exitCodes.ok
  },
}

function eventNamed(text: string): (typeof signalNames)[number] {
  const found = signalNames.find((name) => name === text.trim())
  if (found !== undefined) return found
  throw new CliError('ERR_CLI_USAGE', `\`${text.trim()}\` is no event that Cordon tells`, {
    place: '--events',
    hint: `there are ${signalNames.join(', ')}`,
  })
}

const signalVerify: CliCommand = {
  name: 'signal verify',
  summary: 'send a receiver a verification event',
  args: ['STREAM'],
  options: serverOptions,
  example: 'cordon signal verify sgs_7k3p…',
  async run(input) {
    const params = { stream: input.args[0] ?? '' }
    await connect(input).call('signal.stream.verify', { params, body: {} })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'on its way: `cordon signal list` shows whether it was taken')
    return exitCodes.ok
  },
}

const signalRemove: CliCommand = {
  name: 'signal remove',
  summary: 'tell a receiver nothing more',
  args: ['STREAM'],
  options: serverOptions,
  example: 'cordon signal remove sgs_7k3p…',
  async run(input) {
    await connect(input).call('signal.stream.remove', { params: { stream: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'removed')
    return exitCodes.ok
  },
}

const signalRotateKey: CliCommand = {
  name: 'signal rotate-key',
  summary: 'a new key to sign with; the old one stays published until what it signed has arrived',
  args: [],
  options: serverOptions,
  example: 'cordon signal rotate-key',
  async run(input) {
    const { kid } = await connect(input).call('signal.key.rotate')
    input.io.out(input.flag('json') ? JSON.stringify({ kid }) : kid)
    return exitCodes.ok
  },
}

export const signalCommands: readonly CliCommand[] = [
  signalAdd,
  signalList,
  signalVerify,
  signalRemove,
  signalRotateKey,
]
