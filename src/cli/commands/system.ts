import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { healthText, isWell } from '../health.ts'
import { table } from '../table.ts'

const rungs = ['observe', 'recommend', 'ask', 'auto'] as const

const stop: CliCommand = {
  name: 'stop',
  summary: 'global stop: no automation starts anything more until `cordon resume`',
  args: [],
  options: { reason: { type: 'string', value: 'TEXT', help: 'why, for the ledger' }, ...serverOptions },
  example: 'cordon stop --reason "wrong target, looking"',
  async run(input) {
    await connect(input).call('automation.stop', {
      body: { reason: input.text('reason') ?? 'stopped from the command line' },
    })
    input.io.out(
      input.flag('json')
        ? '{"stopped":true}'
        : 'automation is stopped; calls under way finish, nothing new starts. `cordon resume` lets it run again',
    )
    return exitCodes.ok
  },
}

const resume: CliCommand = {
  name: 'resume',
  summary: 'let automation run again after a global stop',
  args: [],
  options: serverOptions,
  example: 'cordon resume',
  async run(input) {
    await connect(input).call('automation.resume')
    input.io.out(input.flag('json') ? '{"stopped":false}' : 'automation runs again')
    return exitCodes.ok
  },
}

const status: CliCommand = {
  name: 'status',
  summary: 'is it up, how far it has read, what is blind',
  args: [],
  options: serverOptions,
  example: 'cordon status',
  async run(input) {
    const health = await connect(input).call('system.health')
    if (input.flag('json')) input.io.out(JSON.stringify(health))
    else input.io.out(healthText(health))
    return isWell(health) ? exitCodes.ok : exitCodes.notClean
  },
}

const ladder: CliCommand = {
  name: 'ladder',
  summary: 'show the rollout ladder, or set a rung: observe, recommend, ask, auto',
  args: ['CONNECTOR?', 'VERB?', 'RUNG?'],
  options: serverOptions,
  example: 'cordon ladder oidc oidc.grant.revoke ask',
  async run(input) {
    const client = connect(input)
    const [connector, verb, wanted] = input.args
    if (connector === undefined) {
      const { ladder: rows } = await client.call('automation.show')
      if (input.flag('json')) input.io.out(JSON.stringify({ ladder: rows }))
      else
        input.io.out(
          rows.length === 0
            ? 'every verb stands on observe'
            : table(
                ['connector', 'verb', 'population', 'rung'],
                rows.map((r) => [r.connector, r.verb, r.population, r.rung]),
              ),
        )
      return exitCodes.ok
    }
    const rung = rungs.find((known) => known === wanted)
    if (verb === undefined || rung === undefined)
      throw new CliError('ERR_CLI_USAGE', 'name a verb and a rung', {
        hint: `cordon ladder ${connector} VERB ${rungs.join('|')}`,
      })
    const answer = await client.call('ladder.set', { body: { connector, verb, rung } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : answer.says)
    return answer.effective ? exitCodes.ok : exitCodes.notClean
  },
}

const keyIssue: CliCommand = {
  name: 'key issue',
  summary: "issue one of Cordon's own virtual keys; its value is shown once",
  args: ['OWNER'],
  options: serverOptions,
  example: 'cordon key issue batch-labeller',
  async run(input) {
    const made = await connect(input).call('key.issue', { body: { owner: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? JSON.stringify(made) : made.token)
    return exitCodes.ok
  },
}

const keyList: CliCommand = {
  name: 'key list',
  summary: 'virtual keys and their state',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon key list',
  async run(input) {
    const { keys } = await connect(input).call('key.list')
    const text = (): void =>
      input.io.out(
        keys.length === 0
          ? 'no keys'
          : table(
              ['key', 'owner', 'state'],
              keys.map(({ id, owner, state }) => [id, owner, state]),
            ),
      )
    const columns = columnsBy(routes['key.list'].response.shape.keys.element.shape)
    printList(input, { json: () => ({ keys }), rows: keys, columns, text })
    return exitCodes.ok
  },
}

export const systemCommands: readonly CliCommand[] = [stop, resume, status, ladder, keyIssue, keyList]
