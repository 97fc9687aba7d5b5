import { isId, parseTimeMs } from '#kit'
import { routes, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { daysLeft, endOfException } from '../posture.ts'
import { plural, table } from '../table.ts'

const except: CliCommand = {
  name: 'posture except',
  summary: 'answer for a finding until a day: it is left out of the list, and back by itself; at most 366 days',
  args: ['fnd_…'],
  options: {
    owner: { type: 'string', value: 'WHO', help: 'who answers for it' },
    reason: { type: 'string', value: 'TEXT', help: 'why it may stay, in one line of at most 500 characters' },
    until: { type: 'string', value: 'DATE', help: 'when it ends (UTC; a day alone: at its start)' },
    ...serverOptions,
  },
  example:
    'cordon posture except fnd_4mzxq7vn5k2h3d6t --owner ada@example.com --reason "retired with the old build in January" --until 2027-02-01',
  async run(input) {
    const finding = findingOf(input)
    const owner = needed(input, 'owner', 'who answers for it')
    const reason = needed(input, 'reason', 'why it may stay')
    const until = needed(input, 'until', 'when the exception ends')
    const untilMs = parseTimeMs(until)
    if (untilMs === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${until}\` is no date`, {
        place: '--until',
        hint: 'for example 2027-02-01 or 2027-02-01T12:00Z',
      })
    const body = { owner, reason, untilMs }
    const made = await connect(input).call('posture.except', { params: { finding }, body })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(made)
        : `${made.finding} (${made.kind} on ${made.on}): ${made.owner} answers for it until ${endOfException(made)}, ${daysLeft(made)}; then it is back`,
    )
    return exitCodes.ok
  },
}

const unexcept: CliCommand = {
  name: 'posture unexcept',
  summary: 'end an exception before its time: the finding is back at once, the exception stays in the history',
  args: ['fnd_…'],
  options: serverOptions,
  example: 'cordon posture unexcept fnd_4mzxq7vn5k2h3d6t',
  async run(input) {
    const finding = findingOf(input)
    await connect(input).call('posture.unexcept', { params: { finding } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ finding })
        : `${finding} is excepted no more; cordon posture exceptions --all keeps what was decided`,
    )
    return exitCodes.ok
  },
}

type Exception = ResponseOf<'posture.exceptions'>['exceptions'][number]

const exceptions: CliCommand = {
  name: 'posture exceptions',
  summary: 'findings that somebody answers for, with owner, reason and days left, newest first',
  args: [],
  options: { all: { type: 'boolean', help: 'with those that ended or were lifted' }, ...listOptions, ...serverOptions },
  example: 'cordon posture exceptions --all',
  async run(input) {
    const isAll = input.flag('all')
    const client = connect(input)
    const page = (before?: number) =>
      client.call('posture.exceptions', {
        query: { state: isAll ? 'all' : 'in-force', before: before === undefined ? undefined : String(before) },
      })
    const { atMs, ...first } = await page()
    const found = [...first.exceptions]
    for (let next = first.exceptions; next.length > 0 && found.length < first.total;) {
      next = (await page(next.at(-1)?.number)).exceptions
      found.push(...next)
    }
    const text = (): void => {
      const head = ['finding', 'kind', 'on', 'owner', 'until', isAll ? 'state' : 'left', 'by', 'reason']
      if (found.length > 0) input.io.out(`${table(head, found.map(rowOf))}\n`)
      const standing = found.filter(({ state }) => state === 'in-force').length
      input.io.out(`${plural(standing, 'exception')} in force${isAll ? `, ${found.length - standing} over` : ''}`)
    }
    printList(input, {
      json: () => ({ atMs, exceptions: found }),
      rows: found,
      columns: columnsBy(routes['posture.exceptions'].response.shape.exceptions.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const rowOf = (one: Exception): string[] => [
  one.finding,
  one.kind,
  one.on,
  one.owner,
  endOfException(one),
  one.state === 'in-force' ? daysLeft(one) : one.state === 'lifted' ? `lifted by ${one.liftedBy ?? ''}` : one.state,
  one.by,
  one.reason,
]

function findingOf(input: CliInput): string {
  const [finding = ''] = input.args
  if (isId('fnd', finding)) return finding
  throw new CliError('ERR_CLI_USAGE', `\`${finding}\` is no finding id`, { hint: '`cordon posture list` shows them' })
}

function needed(input: CliInput, name: 'owner' | 'reason' | 'until', what: string): string {
  const text = input.text(name)?.trim() ?? ''
  if (text !== '') return text
  throw new CliError('ERR_CLI_USAGE', `say ${what}`, { place: `--${name}`, hint: `for example: ${except.example}` })
}

export const postureExceptionCommands: readonly CliCommand[] = [except, exceptions, unexcept]
