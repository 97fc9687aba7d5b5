import { readFileSync } from 'node:fs'

import { canonicalJson, isId, parseDurationMs, sha256, systemRandom, toHex } from '#kit'
import type { ResponseOf } from '#api/contract'

import { approverKeyPath, loadOrMakeApproverKey, signApproval } from '../approver.ts'
import { connect, serverOptions, type Client } from '../client.ts'
import {
  CliError,
  exitCodes,
  manyIncidents,
  manyPeople,
  type CliCommand,
  type CliInput,
  type ExitCode,
} from '../command.ts'
import { renderAmbiguous } from '../people.ts'
import { duration, plural, table } from '../table.ts'

/** Whoever signs for thousands lets them run through the night, at the vendors' own pace. */
export const batchApprovalMs = 12 * 3_600_000
const pollMs = 2_000

type Progress = ResponseOf<'incident.progress'>

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

const approve: CliCommand = {
  name: 'offboard approve',
  summary:
    'sign the plans of a batch with your approval key, unless one has changed since you looked, and follow them to the end',
  args: ['HASH', manyIncidents],
  options: {
    wait: {
      type: 'string',
      value: 'DURATION',
      help: 'follow at most this long (default 12h); the work goes on without',
    },
    ...serverOptions,
  },
  example: 'cordon offboard approve 9f86d081… inc_7k3p… inc_8m2q…',
  async run(input) {
    const [hash = '', ...incidents] = input.args
    const waitMs = waitOf(input)
    const client = connect(input)
    const now = await Promise.all(incidentsOf(incidents).map((one) => progressOf(client, one)))
    // What was looked at is what is signed: a plan that changed since is another batch.
    if (batchHash(now) !== hash)
      throw new CliError('ERR_CLI_USAGE', 'these incidents are not that batch, or their plans have changed since', {
        hint: `look at them again; as they stand now they are ${batchHash(now)}`,
      })
    const { key, publicKey } = loadOrMakeApproverKey(approverKeyPath(input.io.env))
    const { keyId } = await client.call('approver.enroll', { body: { name: client.profile.user, publicKey } })
    let missing = 0
    for (const { plan: planHash } of now) {
      const plan = await client.call('plan.show', { params: { plan: planHash ?? '' } })
      const about = [client.profile.user, input.io.clock.nowMs(), systemRandom, batchApprovalMs] as const
      const body = signApproval(key, keyId, plan, ...about)
      const answer = await client.call('incident.approve', { params: { incident: plan.incident ?? '' }, body })
      missing = Math.max(missing, answer.approvalsMissing)
    }
    input.io.err(
      missing === 0
        ? `approved: ${plural(now.length, 'plan')}`
        : `approved; some steps need ${plural(missing, 'more approval')}`,
    )
    return follow(client, input, incidentsOf(incidents), waitMs)
  },
}

const status: CliCommand = {
  name: 'offboard status',
  summary: 'follow a batch: proven dead, left, and how long it will take; exit 1 while anything is left',
  args: [manyIncidents],
  options: {
    wait: { type: 'string', value: 'DURATION', help: 'follow at most this long (default: one look)' },
    ...serverOptions,
  },
  example: 'cordon offboard status inc_7k3p… inc_8m2q… --wait 2h',
  run: (input) =>
    follow(connect(input), input, incidentsOf(input.args), input.text('wait') === undefined ? 0 : waitOf(input)),
}

const progressOf = (client: Client, incident: string): Promise<Progress> =>
  client.call('incident.progress', { params: { incident } })

/** One name for what is to be signed: each incident with the plan it has. */
export const batchHash = (batch: readonly Pick<Progress, 'incident' | 'plan'>[]): string =>
  toHex(sha256(canonicalJson(batch.map(({ incident, plan }) => `${incident} ${plan ?? ''}`).sort())))

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

function incidentsOf(args: readonly string[]): string[] {
  for (const text of args) if (!isId('inc', text)) throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no incident id`)
  return [...new Set(args)]
}

function waitOf(input: CliInput): number {
  const text = input.text('wait') ?? '12h'
  const ms = parseDurationMs(text)
  if (ms !== undefined) return ms
  throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no duration`, { place: '--wait', hint: 'for example 90s, or 2h' })
}

const resting = new Set(['contained', 'failed', 'unknown', 'undone', 'awaiting-approval', 'proposed'])

function sumOf(all: readonly Progress[]) {
  const steps = all.flatMap(({ steps }) => Object.entries(steps))
  const count = (is: (state: string) => boolean): number =>
    steps.reduce((sum, [state, n]) => sum + (is(state) ? (n ?? 0) : 0), 0)
  return {
    open: count((state) => !resting.has(state)),
    waiting: count((state) => state === 'awaiting-approval'),
    settled: count((state) => ['contained', 'failed', 'unknown', 'undone'].includes(state)),
    dead: all.reduce((sum, { dead }) => sum + dead, 0),
    left: all.reduce((sum, { left }) => sum + left, 0),
  }
}

/** The work goes on whether somebody looks or not; the rate of what was settled so far tells how long the rest takes. */
async function follow(
  client: Client,
  input: CliInput,
  incidents: readonly string[],
  waitMs: number,
): Promise<ExitCode> {
  const { clock } = input.io
  const beganMs = clock.monotonicMs()
  let first: number | undefined
  let said = ''
  for (;;) {
    const now = sumOf(await Promise.all(incidents.map((one) => progressOf(client, one))))
    first ??= now.settled
    const passedMs = clock.monotonicMs() - beganMs
    const rate = passedMs === 0 ? 0 : (now.settled - first) / passedMs
    const eta = now.open > 0 && rate > 0 ? `, about ${duration(now.open / rate)} to go` : ''
    const line = `${now.dead} proven dead, ${now.left} left, ${plural(now.open, 'step')} under way${now.waiting > 0 ? `, ${now.waiting} wait for approval` : ''}${eta}`
    if (line !== said && waitMs > 0) input.io.err(line)
    said = line
    if (now.open === 0 || passedMs >= waitMs) {
      input.io.out(input.flag('json') ? JSON.stringify(now) : line)
      if (now.left > 0 && !input.flag('json'))
        input.io.out('who is left, by name, and what to do: cordon incident show INCIDENT')
      return now.left === 0 ? exitCodes.ok : exitCodes.notClean
    }
    await clock.sleep(pollMs)
  }
}

export const offboardCommands: readonly CliCommand[] = [offboard, approve, status]
