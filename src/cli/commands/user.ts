import { formatTime } from '#kit'

import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { table } from '../table.ts'

const roles = ['viewer', 'responder', 'approver', 'admin', 'receiver'] as const
const isRole = (role: string): role is (typeof roles)[number] => roles.some((one) => one === role)

const userAdd: CliCommand = {
  name: 'user add',
  summary: 'add a user; its token is told this once',
  args: ['NAME'],
  options: {
    roles: { type: 'string', value: 'ROLES', help: `with commas: ${roles.join(', ')}` },
    ...serverOptions,
  },
  example: 'cordon user add idp --roles receiver',
  async run(input) {
    const given = (input.text('roles') ?? '').split(',').filter((role) => role !== '')
    const known = given.filter(isRole)
    if (known.length === 0 || known.length < given.length) {
      throw new CliError('ERR_CLI_USAGE', 'which roles shall the user have?', {
        hint: `\`--roles\`: ${roles.join(', ')}; a party that Shared Signals are told to is a \`receiver\` and nothing else`,
      })
    }
    const { user, token } = await connect(input).call('user.create', {
      body: { name: input.args[0] ?? '', roles: known },
    })
    input.io.out(input.flag('json') ? JSON.stringify({ user, token }) : token)
    return exitCodes.ok
  },
}

const userList: CliCommand = {
  name: 'user list',
  summary: 'users and their roles',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon user list',
  async run(input) {
    const { users } = await connect(input).call('user.list')
    const text = (): void =>
      input.io.out(
        table(
          ['user', 'roles', 'since'],
          users.map(({ name, roles: held, createdAtMs }) => [name, held.join(', '), formatTime(createdAtMs)]),
        ),
      )
    printList(input, {
      json: () => users,
      rows: users,
      columns: columnsBy(routes['user.list'].response.shape.users.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const userEnd: CliCommand = {
  name: 'user end',
  summary: 'end a user and all tokens; a receiver is told nothing more',
  args: ['NAME'],
  options: serverOptions,
  example: 'cordon user end idp',
  async run(input) {
    const name = input.args[0] ?? ''
    await connect(input).call('user.revoke', { params: { user: name } })
    input.io.out(input.flag('json') ? '{"ok":true}' : `\`${name}\` is no user any more`)
    return exitCodes.ok
  },
}

export const userCommands: readonly CliCommand[] = [userAdd, userList, userEnd]
