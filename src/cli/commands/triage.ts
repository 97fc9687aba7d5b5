import { formatTime } from '#kit'
import { isEntityId, shownWeight } from '#model'
import { routes, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { table } from '../table.ts'

type Exception = ResponseOf<'exception.add'>
type Triage = ResponseOf<'finding.triage'>
const states = ['new', 'in-progress', 'done'] as const
const verdicts = ['true', 'false', 'benign'] as const
const termDaysMax = 90

const triage: CliCommand = {
  name: 'finding triage',
  summary: 'say how far a finding is looked into; with `done`, whether it was true, false or benign',
  args: ['fnd_…'],
  options: {
    state: { type: 'string', value: 'STATE', help: 'new, in-progress or done' },
    verdict: {
      type: 'string',
      value: 'VERDICT',
      help: 'with done: true, false, or benign (it was so, and was allowed)',
    },
    note: { type: 'string', value: 'TEXT', help: 'what you saw' },
    ...serverOptions,
  },
  example: 'cordon finding triage fnd_7k3p… --state done --verdict benign --note "planned rotation"',
  async run(input) {
    const state = oneOf(input, 'state', states)
    if (state === undefined)
      throw new CliError('ERR_CLI_USAGE', 'no state is said', { place: '--state', hint: states.join(', ') })
    const [verdict, note] = [oneOf(input, 'verdict', verdicts), input.text('note')]
    const body = {
      state,
      ...(verdict === undefined ? {} : { verdict }),
      ...(note === undefined ? {} : { note }),
    }
    tell(input, await connect(input).call('finding.triage', { params: { finding: input.args[0] ?? '' }, body }))
    return exitCodes.ok
  },
}

const assign: CliCommand = {
  name: 'finding assign',
  summary: 'say whose a finding is; without a name, that it has no owner',
  args: ['fnd_…', 'OWNER?'],
  options: serverOptions,
  example: 'cordon finding assign fnd_7k3p… ada',
  async run(input) {
    const [finding = '', owner = null] = input.args
    tell(input, await connect(input).call('finding.assign', { params: { finding }, body: { owner } }))
    return exitCodes.ok
  },
}

const except: CliCommand = {
  name: 'finding except',
  summary: 'let findings of a Sigma rule about one entity or value open no incident until a day; they stay in the list',
  args: ['RULE'],
  options: {
    entity: { type: 'string', value: 'ID', help: 'findings about this entity' },
    field: { type: 'string', value: 'NAME=VALUE', help: 'or findings of a correlation with this value in its group' },
    reason: { type: 'string', value: 'TEXT', help: 'why; kept in the ledger, sealed' },
    owner: { type: 'string', value: 'NAME', help: 'who answers for it' },
    days: { type: 'string', value: 'N', help: `how long, at most ${termDaysMax} (default 30)` },
    ...serverOptions,
  },
  example:
    'cordon finding except sigma.root_login --entity identity:aws:123/root --reason "break-glass drill" --owner ada',
  async run(input) {
    const [reason, owner, days] = [input.text('reason'), input.text('owner'), Number(input.text('days') ?? 30)]
    if (reason === undefined || owner === undefined)
      throw new CliError('ERR_CLI_USAGE', 'an exception has a reason and an owner', { place: '--reason, --owner' })
    if (!Number.isInteger(days) || days < 1 || days > termDaysMax)
      throw new CliError(
        'ERR_CLI_USAGE',
        `\`${input.text('days') ?? ''}\` is no number of days from 1 to ${termDaysMax}`,
        {
          place: '--days',
        },
      )
    const untilMs = input.io.clock.nowMs() + days * 86_400_000 - 1_000
    const body = { rule: input.args[0] ?? '', of: ofIn(input), reason, owner, untilMs }
    const made = await connect(input).call('exception.add', { body })
    input.io.out(input.flag('json') ? JSON.stringify(made) : `\`${made.id}\` stands until ${formatTime(made.untilMs)}`)
    return exitCodes.ok
  },
}

const exceptions: CliCommand = {
  name: 'finding exceptions',
  summary: 'exceptions of rules that stand, the next to end first',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon finding exceptions',
  async run(input) {
    const all = await connect(input).call('exception.list')
    const text = (): void => {
      if (all.exceptions.length === 0) input.io.out('no exceptions')
      else
        input.io.out(
          table(
            ['exception', 'until', 'rule', 'of', 'owner', 'reason'],
            all.exceptions.map((one) => [
              one.id,
              formatTime(one.untilMs),
              one.rule,
              shownOf(one.of),
              one.owner,
              one.reason,
            ]),
          ),
        )
    }
    printList(input, {
      json: () => all,
      rows: all.exceptions,
      columns: columnsBy(routes['exception.list'].response.shape.exceptions.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const unexcept: CliCommand = {
  name: 'finding unexcept',
  summary: 'end an exception now',
  args: ['exc_…'],
  options: serverOptions,
  example: 'cordon finding unexcept exc_7k3p…',
  async run(input) {
    const ended = await connect(input).call('exception.end', { params: { exception: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? JSON.stringify(ended) : `\`${ended.id}\` is over: ${ended.rule} counts again`)
    return exitCodes.ok
  },
}

const rules: CliCommand = {
  name: 'rule list',
  summary:
    'rules that found something: how much is open, how often people say that they were right, and what they weigh by it',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon rule list',
  async run(input) {
    const all = await connect(input).call('rule.list')
    const text = (): void => {
      if (all.rules.length === 0) input.io.out('no rule has found anything')
      else {
        input.io.out(
          table(
            ['rule', 'findings', 'open', 'true', 'false', 'benign', 'precision', 'weight', 'newest'],
            all.rules.map((one) => [
              one.rule,
              ...[one.findings, one.open, one.true, one.false, one.benign].map(String),
              one.precision === null ? 'not judged' : `${one.precision.toFixed(2)} (n ${one.true + one.false})`,
              one.weight.value.toFixed(2),
              one.newestAtMs === null ? '' : formatTime(one.newestAtMs),
            ]),
          ),
        )
        if (all.signals.length > 0) input.io.out('signals of behaviour, by the verdicts on findings they were part of')
        for (const { signal, weight } of all.signals) input.io.out(`  ${signal}: ${shownWeight(weight)}`)
      }
    }
    printList(input, {
      json: () => all,
      rows: all.rules,
      columns: columnsBy(routes['rule.list'].response.shape.rules.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

function oneOf<const Name extends string>(input: CliInput, option: string, names: readonly Name[]): Name | undefined {
  const text = input.text(option)
  if (text === undefined) return undefined
  const found = names.find((name) => name === text)
  if (found !== undefined) return found
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is none of them`, { place: `--${option}`, hint: names.join(', ') })
}

function ofIn(input: CliInput): Exception['of'] {
  const [entity, pair] = [input.text('entity'), input.text('field')]
  if ((entity === undefined) === (pair === undefined))
    throw new CliError('ERR_CLI_USAGE', 'an exception is of one entity or of one value', { place: '--entity, --field' })
  if (entity !== undefined) {
    if (isEntityId(entity)) return { entity }
    throw new CliError('ERR_CLI_USAGE', `\`${entity}\` is no entity id`, {
      place: '--entity',
      hint: '`cordon finding show` prints those of a finding',
    })
  }
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(pair ?? '') ?? []
  if (field !== undefined && value !== undefined) return { field, value }
  throw new CliError('ERR_CLI_USAGE', `\`${pair}\` is no NAME=VALUE`, { place: '--field' })
}

const shownOf = (of: Exception['of']): string => ('entity' in of ? of.entity : `${of.field}=${of.value}`)

export const shownTriage = ({ state, verdict, owner, note }: Triage): string =>
  `${state}${verdict === null ? '' : `: ${verdict}`}${owner === null ? '' : `, of \`${owner}\``}${note === null ? '' : ` (${note})`}`

const tell = (input: CliInput, said: Triage): void =>
  input.io.out(input.flag('json') ? JSON.stringify(said) : shownTriage(said))

export const triageCommands: readonly CliCommand[] = [triage, assign, except, exceptions, unexcept, rules]
