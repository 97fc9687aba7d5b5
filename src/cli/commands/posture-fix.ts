import { isId } from '#kit'
import type { FindingId } from '#model'
import type { BodyOf, ResponseOf } from '#api/contract'

import { approveCommand, batchHash, incidentsOf, progressOf, statusCommand } from '../batch.ts'
import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, manyFindings, manyIncidents, type CliCommand, type CliInput } from '../command.ts'
import { plural, table } from '../table.ts'

const fixesUsual = 100
const fixesMax = 20_000

type Batch = ResponseOf<'posture.fix'>['batches'][number]

const fix: CliCommand = {
  name: 'posture fix',
  summary:
    'plan the fixes of weak things, alone or all of a kind; what needs an approval waits for `cordon posture approve`',
  args: [`${manyFindings}?`],
  options: {
    kind: { type: 'string', value: 'KIND', help: 'all findings of this kind that nobody answers for' },
    max: { type: 'string', value: 'COUNT', help: `of a kind at most so many, gravest first (default ${fixesUsual})` },
    'dry-run': { type: 'boolean', help: 'say what each fix would do and the way back, and open nothing' },
    ...serverOptions,
  },
  example: 'cordon posture fix --kind unused-key --max 50 --dry-run',
  async run(input) {
    const client = connect(input)
    const isDry = input.flag('dry-run')
    const answer = await client.call('posture.fix', { body: { what: whatOf(input), dryRun: isDry } })
    const { batches, excepted, beyond } = answer
    const incidents = batches.flatMap(({ incident }) => incident ?? [])
    const batch = isDry ? null : batchHash(await Promise.all(incidents.map((one) => progressOf(client, one))))
    if (input.flag('json')) {
      input.io.out(JSON.stringify({ ...answer, batch }))
      return exitCodes.ok
    }
    if (batches.length > 0) input.io.out(table(['incident', 'kind', 'things', 'by hand'], batches.map(rowOf)))
    for (const line of batches.flatMap(wordsOf)) input.io.out(line)
    if (excepted > 0) input.io.out(`${plural(excepted, 'finding')} left alone: somebody answers for them`)
    if (beyond > 0) input.io.out(`${plural(beyond, 'finding')} beyond --max`)
    if (batches.length === 0) input.io.out('nothing to fix')
    else if (isDry) input.io.out('\nNothing was opened.')
    else {
      input.io.out(`\nBatch ${batch ?? ''}`)
      input.io.out('Look:    cordon incident show INCIDENT')
      input.io.out(`Approve: cordon posture approve ${batch ?? ''} ${incidents.join(' ')}`)
      if (batches.some(({ things }) => things.some(isByHand))) input.io.out('By hand: cordon task list')
    }
    return exitCodes.ok
  },
}

const isByHand = ({ verbs }: Batch['things'][number]): boolean => verbs.length === 0
const rowOf = ({ incident, kind, things }: Batch): string[] => [
  incident ?? '(none opened)',
  kind,
  String(things.length),
  String(things.filter(isByHand).length),
]

/** Once what all of a batch have in common, with one thing as the example. */
function wordsOf({ kind, things: [first] }: Batch): string[] {
  if (first === undefined) return []
  const by = first.verbs.length === 0 ? 'a person' : first.verbs.join(', ')
  return ['', `${kind}: ${first.fix} ${first.target}`, `  does ${first.does}`, `  undo ${first.undo}`, `  by   ${by}`]
}

function whatOf(input: CliInput): BodyOf<'posture.fix'>['what'] {
  const kind = input.text('kind')
  const max = input.text('max')
  if ((kind !== undefined) === input.args.length > 0)
    throw new CliError('ERR_CLI_USAGE', 'name findings, or --kind: one of them', { hint: 'cordon posture list' })
  if (kind !== undefined) return { kind, max: max === undefined ? fixesUsual : maxOf(max) }
  if (max !== undefined)
    throw new CliError('ERR_CLI_USAGE', '--max goes with --kind', { place: '--max', hint: 'cordon posture fix --help' })
  return { findings: input.args.map(findingOf) }
}

function maxOf(text: string): number {
  const max = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (max >= 1 && max <= fixesMax) return max
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no number from 1 to ${fixesMax}`, { place: '--max' })
}

function findingOf(text: string): FindingId {
  if (isId('fnd', text)) return text
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no finding id`, { hint: '`cordon posture list` shows them' })
}

const undoAtOnce = 8

const undo: CliCommand = {
  name: 'posture undo',
  summary: 'put back what the fixes of these incidents took away; asked again, it goes on where it was',
  args: [manyIncidents],
  options: serverOptions,
  example: 'cordon posture undo inc_7k3p…',
  async run(input) {
    const client = connect(input)
    const refused: { action: string; target: string; why: string }[] = []
    let asked = 0
    for (const incident of incidentsOf(input.args)) {
      const { actions, assessment } = await client.call('incident.show', { params: { incident } })
      const steps = assessment?.plan.steps ?? []
      const reversible = new Set<string>(steps.flatMap(({ key, preview }) => (preview.reversible ? [key] : [])))
      const [back, final] = parted(
        actions.filter(({ state }) => state === 'contained'),
        ({ id }) => reversible.has(id),
      )
      refused.push(...final.map(({ id, target }) => ({ action: id, target, why: 'it cannot be put back' })))
      for (let at = 0; at < back.length; at += undoAtOnce) {
        await Promise.all(
          back.slice(at, at + undoAtOnce).map(async ({ id, target }) => {
            try {
              await client.call('action.undo', { params: { action: id } })
              asked++
            } catch (error) {
              refused.push({ action: id, target, why: error instanceof Error ? error.message : String(error) })
            }
          }),
        )
      }
    }
    if (input.flag('json')) input.io.out(JSON.stringify({ asked, refused }))
    else {
      for (const { action, target, why } of refused) input.io.out(`left  ${target}  ${why}  (${action})`)
      input.io.out(
        `${plural(asked, 'fix', 'fixes')} on the way back; cordon posture status ${input.args.join(' ')} follows`,
      )
    }
    return refused.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

function parted<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))]
}

export const postureFixCommands: readonly CliCommand[] = [
  fix,
  approveCommand('posture'),
  statusCommand('posture'),
  undo,
]
