import { formatTime, systemRandom } from '#kit'
import { isEntityId, type EntityId } from '#model'

import { approverKeyPath, loadOrMakeApproverKey, signConsent } from '../approver.ts'
import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { table } from '../table.ts'

const looseningList: CliCommand = {
  name: 'loosening list',
  summary: 'changes that give somebody more power and wait to take effect',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon loosening list',
  async run(input) {
    const { loosenings } = await connect(input).call('loosening.list')
    const text = (): void =>
      input.io.out(
        loosenings.length === 0
          ? 'nothing waits'
          : table(
              ['loosening', 'says', 'asked by', 'takes effect', 'consents'],
              loosenings.map(({ id, says, askedBy, effectiveAtMs, consents }) => [
                id,
                says,
                askedBy,
                formatTime(effectiveAtMs),
                consents.join(', '),
              ]),
            ),
      )
    const columns = columnsBy(routes['loosening.list'].response.shape.loosenings.element.shape)
    printList(input, { json: () => ({ loosenings }), rows: loosenings, columns, text })
    return exitCodes.ok
  },
}

const looseningConsent: CliCommand = {
  name: 'loosening consent',
  summary: 'sign a waiting loosening with your approval key, so that it need not wait',
  args: ['lsn_…'],
  options: serverOptions,
  example: 'cordon loosening consent lsn_7k3p…',
  async run(input) {
    const client = connect(input)
    const [loosening = ''] = input.args
    const { user } = client.profile
    const { key, publicKey } = loadOrMakeApproverKey(approverKeyPath(input.io.env))
    const { keyId } = await client.call('approver.enroll', { body: { name: user, publicKey } })
    const change = await client.call('loosening.consent', {
      params: { loosening },
      body: signConsent(key, keyId, { loosening, approver: user, atMs: input.io.clock.nowMs() }, systemRandom),
    })
    input.io.out(
      input.flag('json') ? JSON.stringify(change) : change.effective ? 'in effect now' : 'noted; it waits for more',
    )
    return change.effective ? exitCodes.ok : exitCodes.notClean
  },
}

const looseningCancel: CliCommand = {
  name: 'loosening cancel',
  summary: 'call a waiting loosening off',
  args: ['lsn_…'],
  options: serverOptions,
  example: 'cordon loosening cancel lsn_7k3p…',
  async run(input) {
    await connect(input).call('loosening.cancel', { params: { loosening: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'called off')
    return exitCodes.ok
  },
}

const approverEnroll: CliCommand = {
  name: 'approver enroll',
  summary: 'enrol your approval key (made on this machine); all but the first wait for another approver to consent',
  args: [],
  options: serverOptions,
  example: 'cordon approver enroll',
  async run(input) {
    const client = connect(input)
    const { publicKey } = loadOrMakeApproverKey(approverKeyPath(input.io.env))
    const made = await client.call('approver.enroll', { body: { name: client.profile.user, publicKey } })
    input.io.out(input.flag('json') ? JSON.stringify(made) : `${made.keyId} of \`${client.profile.user}\``)
    return exitCodes.ok
  },
}

const protectionList: CliCommand = {
  name: 'protection list',
  summary: 'break-glass entities: never acted on, whatever a plan says',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon protection list',
  async run(input) {
    const { protections } = await connect(input).call('protection.list')
    const text = (): void => {
      input.io.out(protections.map(({ entity, why }) => `${entity}  ${why}`).join('\n') || 'none')
    }
    printList(input, {
      json: () => ({ protections }),
      rows: protections,
      columns: columnsBy(routes['protection.list'].response.shape.protections.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const protectionAdd: CliCommand = {
  name: 'protection add',
  summary: 'name an identity or credential as break-glass: Cordon never acts on it',
  args: ['ENTITY'],
  options: serverOptions,
  example: 'cordon protection add identity:7301:role/16384',
  async run(input) {
    await connect(input).call('protection.add', { body: { entity: entityArgument(input) } })
    input.io.out(input.flag('json') ? '{"ok":true}' : 'protected')
    return exitCodes.ok
  },
}

const protectionRemove: CliCommand = {
  name: 'protection remove',
  summary: 'take the protection away again: a loosening, which waits for others',
  args: ['ENTITY'],
  options: serverOptions,
  example: 'cordon protection remove identity:7301:role/16384',
  async run(input) {
    const change = await connect(input).call('protection.remove', { body: { entity: entityArgument(input) } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(change)
        : change.effective
          ? 'no longer protected'
          : `waits until ${formatTime(change.effectiveAtMs ?? 0)}: cordon loosening consent ${change.loosening ?? ''}`,
    )
    return change.effective ? exitCodes.ok : exitCodes.notClean
  },
}

function entityArgument(input: CliInput): EntityId {
  const [text = ''] = input.args
  if (isEntityId(text)) return text
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no entity id`, {
    hint: 'for example identity:7301:role/16384; `cordon entity find identity --name NAME` finds it',
  })
}

export const settingCommands: readonly CliCommand[] = [
  approverEnroll,
  looseningList,
  looseningConsent,
  looseningCancel,
  protectionList,
  protectionAdd,
  protectionRemove,
]
