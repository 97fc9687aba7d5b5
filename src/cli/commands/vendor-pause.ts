import { approveCommand, batchHash, progressOf, statusCommand } from '../batch.ts'
import { connect, serverOptions } from '../client.ts'
import { exitCodes, type CliCommand } from '../command.ts'
import { renderPause, renderResume } from '../vendor-pause.ts'

const pause: CliCommand = {
  name: 'vendor pause',
  summary:
    'take a vendor’s access away for a while, whole or for one data class; what needs an approval waits for `cordon vendor approve`',
  args: ['VENDOR'],
  options: {
    class: { type: 'string', value: 'CLASS', help: 'only what reaches this data class' },
    'dry-run': {
      type: 'boolean',
      help: 'say what stops, what goes on, which jobs and people lose it, and open nothing',
    },
    'for-good': { type: 'boolean', help: 'end what cannot be put back, too' },
    ...serverOptions,
  },
  example: 'cordon vendor pause "Quill Notes" --class health --dry-run',
  async run(input) {
    const [vendor = ''] = input.args
    const client = connect(input)
    const isDry = input.flag('dry-run')
    const answer = await client.call('vendor.pause', {
      body: { vendor, class: input.text('class'), dryRun: isDry, forGood: input.flag('for-good') },
    })
    const incidents = answer.batches.map(({ incident }) => incident)
    const batch = isDry ? null : batchHash(await Promise.all(incidents.map((one) => progressOf(client, one))))
    if (input.flag('json')) {
      input.io.out(JSON.stringify({ ...answer, batch }))
      return exitCodes.ok
    }
    for (const line of renderPause(answer)) input.io.out(line)
    if (isDry) input.io.out('\nNothing was opened.')
    else {
      input.io.out(`\nBatch ${batch ?? ''}`)
      input.io.out('Look:    cordon incident show INCIDENT')
      input.io.out(`Approve: cordon vendor approve ${batch ?? ''} ${incidents.join(' ')}`)
      input.io.out(`Back:    cordon vendor resume ${JSON.stringify(vendor)}`)
    }
    return exitCodes.ok
  },
}

const resume: CliCommand = {
  name: 'vendor resume',
  summary:
    'give a paused vendor its access back, when its checks are met or two people answer for it; exit 1 while it stays paused',
  args: ['VENDOR'],
  options: {
    override: {
      type: 'string',
      value: 'WHY',
      help: 'answer for it although a check is not met; a second person must, too',
    },
    ...serverOptions,
  },
  example: 'cordon vendor resume "Quill Notes" --override "the report of the audit comes on Friday"',
  async run(input) {
    const [vendor = ''] = input.args
    const answer = await connect(input).call('vendor.resume', { body: { vendor, override: input.text('override') } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : renderResume(answer).join('\n'))
    return answer.state === 'resuming' && answer.refused.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

export const vendorPauseCommands: readonly CliCommand[] = [
  pause,
  approveCommand('vendor'),
  statusCommand('vendor'),
  resume,
]
