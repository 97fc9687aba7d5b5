import { readFileSync } from 'node:fs'

import { approveCommand, batchHash, progressOf, statusCommand } from '../batch.ts'
import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, manyPeople, type CliCommand, type CliInput } from '../command.ts'
import { renderAmbiguous } from '../people.ts'
import { plural, table } from '../table.ts'

const offboard: CliCommand = {
  name: 'offboard',
  summary:
    'plan the end of all accounts of people who leave; what needs an approval waits for `cordon offboard approve`',
  args: [`${manyPeople}?`],
  options: {
    ended: { type: 'boolean', help: 'everybody who ended and is still active (`cordon people ended`)' },
    file: { type: 'string', value: 'FILE', help: 'people, one a line: an id, a work address or an employee number' },
    'dry-run': { type: 'boolean', help: 'say whose accounts these are, and open nothing' },
    ...serverOptions,
  },
  example: 'cordon offboard --ended',
  async run(input) {
    const client = connect(input)
    const isDry = input.flag('dry-run')
    const { batches, without, ambiguous } = await client.call('people.offboard', {
      body: { people: whoOf(input), dryRun: isDry },
    })
    const incidents = batches.flatMap(({ incident }) => incident ?? [])
    const batch = isDry ? undefined : batchHash(await Promise.all(incidents.map((one) => progressOf(client, one))))
    if (input.flag('json')) {
      input.io.out(JSON.stringify({ batches, without, ambiguous, batch: batch ?? null }))
      return exitCodes.ok
    }
    const rows = batches.map(({ incident, people }) => [
      incident ?? '(none opened)',
      String(people.length),
      String(people.reduce((sum, { accounts }) => sum + accounts.length, 0)),
    ])
    if (rows.length > 0) input.io.out(table(['incident', 'people', 'accounts'], rows))
    if (without.length > 0)
      input.io.out(`${plural(without.length, 'person', 'people')} without any account that is known`)
    for (const line of renderAmbiguous(ambiguous)) input.io.out(line)
    if (batches.length === 0) input.io.out('nothing to offboard')
    else if (batch === undefined) input.io.out('\nNothing was opened.')
    else {
      input.io.out(`\nBatch ${batch}`)
      input.io.out('Look:    cordon incident show INCIDENT')
      input.io.out(`Approve: cordon offboard approve ${batch} ${incidents.join(' ')}`)
    }
    return exitCodes.ok
  },
}

function whoOf(input: CliInput): 'ended' | string[] {
  const file = input.text('file')
  const ways = [input.args.length > 0, input.flag('ended'), file !== undefined].filter(Boolean)
  if (ways.length !== 1)
    throw new CliError('ERR_CLI_USAGE', 'name people, or --ended, or --file: one of them', {
      hint: 'cordon offboard --help',
    })
  if (input.flag('ended')) return 'ended'
  if (file === undefined) return input.args
  const lines = textOf(file)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (lines.length > 0) return lines
  throw new CliError('ERR_CLI_USAGE', `\`${file}\` names nobody`, { place: '--file', hint: 'one person a line' })
}

function textOf(file: string): string {
  const bytes = readFileSync(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CliError('ERR_CLI_USAGE', `\`${file}\` is not UTF-8 text`, { place: '--file', hint: 'one person a line' })
  }
}

export const offboardCommands: readonly CliCommand[] = [offboard, approveCommand('offboard'), statusCommand('offboard')]
