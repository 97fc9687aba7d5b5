import { formatTime, isId } from '#kit'

import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderTasks } from '../report.ts'

const list: CliCommand = {
  name: 'task list',
  summary: 'what only people can do, with owner and due time: of one incident, or of all that are not closed',
  args: ['inc_…?'],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon task list inc_7k3p…',
  async run(input) {
    const [incident] = input.args
    if (incident !== undefined && !isId('inc', incident))
      throw new CliError('ERR_CLI_USAGE', `\`${incident}\` is no incident id`, {
        hint: '`cordon incident list` shows them',
      })
    const { tasks } = await connect(input).call('task.list', { query: { incident } })
    const text = (): void => {
      if (tasks.length === 0) input.io.out('no tasks')
      else input.io.out(renderTasks(tasks, input.io.clock.nowMs()).join('\n'))
    }
    printList(input, {
      json: () => ({ tasks }),
      rows: tasks,
      columns: columnsBy(routes['task.list'].response.shape.tasks.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const done: CliCommand = {
  name: 'task done',
  summary: 'say that you did a task; kept with your name and note, and never taken for a proof',
  args: ['act_…'],
  options: {
    note: { type: 'string', value: 'TEXT', help: 'what you did, for the report and the ledger' },
    owner: { type: 'string', value: 'PERSON', help: 'of a task that asks whose something is: who answers for it' },
    purpose: { type: 'string', value: 'TEXT', help: 'of such a task: what it is for' },
    ...serverOptions,
  },
  example: 'cordon task done act_5f2q… --note "unplugged runner-7, left running"',
  async run(input) {
    const [task = ''] = input.args
    if (!isId('act', task))
      throw new CliError('ERR_CLI_USAGE', `\`${task}\` is no action id`, { hint: '`cordon task list` shows them' })
    const [owner, purpose] = [input.text('owner'), input.text('purpose')]
    const said = owner === undefined ? purpose : `owner: ${owner}`
    const note = input.text('note')?.trim() ?? said ?? ''
    if (note === '' || note.length > 1000)
      throw new CliError('ERR_CLI_USAGE', note === '' ? 'say what you did' : 'a note has at most 1,000 characters', {
        place: '--note',
        hint: 'for example --note "unplugged runner-7, left running"',
      })
    const client = connect(input)
    if (said !== undefined) {
      const { tasks } = await client.call('task.list', { query: {} })
      const identity = tasks.find(({ action }) => action === task)?.target
      if (identity === undefined)
        throw new CliError('ERR_CLI_USAGE', `\`${task}\` is no task`, { hint: '`cordon task list` shows them' })
      const { tasksDone } = await client.call('identity.own', { body: { identity, owner, purpose } })
      if (tasksDone > 0) {
        input.io.out(
          input.flag('json') ? JSON.stringify({ action: task, target: identity, owner }) : `${task}: kept as your word`,
        )
        return exitCodes.ok
      }
    }
    const made = await client.call('task.done', { params: { task }, body: { note } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(made)
        : `${made.action} on ${made.target}: done by ${made.done?.by ?? ''} at ${formatTime(made.done?.atMs ?? 0)}; noted, and no proof`,
    )
    return exitCodes.ok
  },
}

export const taskCommands: readonly CliCommand[] = [list, done]
