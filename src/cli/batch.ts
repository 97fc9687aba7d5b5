import { canonicalJson, isId, parseDurationMs, sha256, systemRandom, toHex } from '#kit'
import type { ResponseOf } from '#api/contract'

import { approverKeyPath, loadOrMakeApproverKey, signApproval } from './approver.ts'
import { connect, serverOptions, type Client } from './client.ts'
import { CliError, exitCodes, manyIncidents, type CliCommand, type CliInput, type ExitCode } from './command.ts'
import { duration, plural } from './table.ts'

/** Whoever signs for thousands lets them run through the night, at the vendors' own pace. */
export const batchApprovalMs = 12 * 3_600_000
const pollMs = 2_000

type Progress = ResponseOf<'incident.progress'>

/** Signs the plans of incidents that were opened together, under the name that their hash gives them. */
export const approveCommand = (noun: string): CliCommand => ({
  name: `${noun} approve`,
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
  example: `cordon ${noun} approve 9f86d081… inc_7k3p… inc_8m2q…`,
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
})

export const statusCommand = (noun: string): CliCommand => ({
  name: `${noun} status`,
  summary: 'follow a batch: proven dead, left, and how long it will take; exit 1 while anything is left',
  args: [manyIncidents],
  options: {
    wait: { type: 'string', value: 'DURATION', help: 'follow at most this long (default: one look)' },
    ...serverOptions,
  },
  example: `cordon ${noun} status inc_7k3p… inc_8m2q… --wait 2h`,
  run: (input) =>
    follow(connect(input), input, incidentsOf(input.args), input.text('wait') === undefined ? 0 : waitOf(input)),
})

export const progressOf = (client: Client, incident: string): Promise<Progress> =>
  client.call('incident.progress', { params: { incident } })

/** One name for what is to be signed: each incident with the plan it has. */
export const batchHash = (batch: readonly Pick<Progress, 'incident' | 'plan'>[]): string =>
  toHex(sha256(canonicalJson(batch.map(({ incident, plan }) => `${incident} ${plan ?? ''}`).sort())))

export function incidentsOf(args: readonly string[]): string[] {
  for (const text of args) if (!isId('inc', text)) throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no incident id`)
  return [...new Set(args)]
}

export function waitOf(input: CliInput): number {
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
export async function follow(
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
