import { readFileSync } from 'node:fs'

import { formatTime, isId, parseDurationMs, parseTimeMs, systemRandom } from '#kit'
import { isEntityId, severities, type Trigger, type Window } from '#model'
import type { ResponseOf } from '#api/contract'

import { approverKeyPath, loadOrMakeApproverKey, signApproval } from '../approver.ts'
import { connect, serverOptions, type Client } from '../client.ts'
import { CliError, exitCodes, type CliCommand, type CliInput, type ExitCode } from '../command.ts'
import { renderAssessment, renderPlan, renderReport } from '../report.ts'
import { listOptions, manyCell, printList, timeCell, type Columns } from '../listing.ts'
import { plural, table } from '../table.ts'
import { incidentArgument, incidentShowCommands } from './incident-show.ts'

const windowOptions = {
  since: { type: 'string', value: 'TIME', help: 'start of the window: RFC 3339, or an age such as 72h (default 30d)' },
  until: { type: 'string', value: 'TIME', help: 'end of the window (default: now)' },
  versions: { type: 'string', value: "'1.82.7, 1.82.8'", help: 'bad versions of a package; all when left out' },
} as const

/** `pkg:…` is an artefact; an entity id says its kind. */
export function readTrigger(what: string, versions: string | undefined): Trigger {
  if (what.startsWith('pkg:')) {
    const at = what.indexOf('@', 5)
    const isScope = at !== -1 && what.slice(at).includes('/')
    const inName = at === -1 || isScope ? undefined : what.slice(at + 1)
    const list = (versions ?? inName ?? '')
      .split(',')
      .map((version) => version.trim())
      .filter(Boolean)
    return { kind: 'artefact', purl: inName === undefined ? what : what.slice(0, at), versions: list }
  }
  if (isEntityId(what)) {
    const [kind] = what.split(':')
    if (kind === 'host') return { kind, host: what }
    if (kind === 'credential') return { kind, credential: what }
    if (kind === 'identity') return { kind, identity: what }
    if (kind === 'app') return { kind, app: what }
  }
  throw new CliError('ERR_CLI_USAGE', `\`${what}\` is neither a package URL nor a host, credential, identity or app`, {
    hint: 'for example pkg:pypi/litellm, or credential:cordon:key1',
  })
}

export function readWindow(input: CliInput): Window {
  const nowMs = input.io.clock.nowMs()
  const read = (name: 'since' | 'until'): number | undefined => {
    const text = input.text(name)
    if (text === undefined) return undefined
    const age = parseDurationMs(text)
    const ms = age === undefined ? parseTimeMs(text) : nowMs - age
    if (ms === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no time`, {
        place: `--${name}`,
        hint: 'for example 2026-03-24T10:39Z, or 72h',
      })
    return ms
  }
  const window = { fromMs: read('since') ?? nowMs - 30 * 86_400_000, toMs: read('until') ?? null }
  if (window.fromMs > (window.toMs ?? nowMs)) {
    throw new CliError(
      'ERR_CLI_USAGE',
      `the window ends (${formatTime(window.toMs ?? nowMs)}) before it starts (${formatTime(window.fromMs)})`,
      { place: '--since' },
    )
  }
  return window
}

const recall: CliCommand = {
  name: 'recall',
  summary:
    'what a bad package, host, credential, identity or app could read, and the plan; changes nothing unless --open',
  args: ['pkg:…|host:…|credential:…|identity:…|app:…'],
  options: { ...windowOptions, open: { type: 'boolean', help: 'also open an incident about it' }, ...serverOptions },
  example: "cordon recall pkg:pypi/litellm --versions '1.82.7, 1.82.8' --since 2026-03-24T10:39Z",
  async run(input) {
    const [what = ''] = input.args
    const trigger = readTrigger(what, input.text('versions'))
    const window = readWindow(input)
    const client = connect(input)
    const assessment = await client.call('recall', { body: { trigger, window } })
    const incident = input.flag('open')
      ? await client.call('incident.open', { body: { title: `${what} went bad`, trigger, window } })
      : undefined
    if (input.flag('json'))
      input.io.out(JSON.stringify({ ...assessment, ...(incident === undefined ? {} : { incident }) }))
    else {
      input.io.out(renderAssessment(assessment))
      input.io.out('')
      input.io.out(
        incident === undefined
          ? `Nothing was changed. To act: cordon recall ${what} --open …`
          : `Opened ${incident.id}. Next: cordon contain ${incident.id}`,
      )
    }
    return exitCodes.ok
  },
}

const contain: CliCommand = {
  name: 'contain',
  summary: 'make the newest plan of an incident its plan; run what needs no approval, and with --approve what does',
  args: ['inc_…'],
  options: {
    approve: { type: 'string', value: 'HASH', help: 'sign this plan hash with your approval key' },
    lend: {
      type: 'string',
      value: 'FILE',
      help: 'file of secret values, one a line, to probe with; held in memory for this run only',
    },
    wait: {
      type: 'string',
      value: 'DURATION',
      help: 'wait until all is proven or named, at most this long (default 60s)',
    },
    ...serverOptions,
  },
  example: 'cordon contain inc_7k3p… --approve 9f86d081…',
  async run(input) {
    const incident = incidentArgument(input)
    const waitMs = parseDurationMs(input.text('wait') ?? '60s')
    if (waitMs === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.text('wait')}\` is no duration`, {
        place: '--wait',
        hint: 'for example 90s, or 5m',
      })
    const approve = input.text('approve')
    if (approve !== undefined && !/^[0-9a-f]{64}$/.test(approve))
      throw new CliError('ERR_CLI_USAGE', `\`${approve}\` is no plan hash, which has 64 of 0-9 and a-f`, {
        place: '--approve',
        hint: `\`cordon contain ${incident}\` prints the plan and its hash`,
      })
    // What cannot be read must not be found out once steps run.
    const lend = readLent(input.text('lend'))
    const client = connect(input)
    if (approve !== undefined) {
      // Not made anew: the log moves on while a person reads, and what was read is what is signed.
      const plan = await client.call('plan.show', { params: { plan: approve } })
      if (plan.incident !== incident) {
        throw new CliError('ERR_CLI_USAGE', `\`${approve}\` is a plan of ${plan.incident ?? 'no incident'}`, {
          hint: `look at this one first: cordon contain ${incident}`,
        })
      }
      if (lend !== undefined) await lendValues(client, incident, lend)
      await sendApproval(client, input, plan)
      return await follow(client, input, incident, waitMs)
    }
    const { plan, started, waiting } = await client.call('incident.contain', { params: { incident } })
    if (lend !== undefined) await lendValues(client, incident, lend)
    if (input.flag('json')) input.io.out(JSON.stringify({ plan, started, waiting }))
    else {
      input.io.out(renderPlan(plan))
      input.io.out('')
      input.io.out(
        waiting.length === 0
          ? `${plural(started.length, 'step')} started, none waits.`
          : `${plural(started.length, 'step')} started, ${waiting.length} ${waiting.length === 1 ? 'waits' : 'wait'} for approval: cordon contain ${incident} --approve ${plan.hash}`,
      )
      const tasks = plan.steps.filter(({ verb }) => verb === 'manual.task').length
      if (tasks > 0) input.io.out(`${plural(tasks, 'step')} only people can do: cordon task list ${incident}`)
    }
    return exitCodes.ok
  },
}

function readLent(path: string | undefined): string[] | undefined {
  if (path === undefined) return undefined
  const values = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (values.length > 0) return values
  throw new CliError('ERR_CLI_USAGE', `\`${path}\` holds no value`, {
    place: '--lend',
    hint: 'one secret value a line',
  })
}

async function lendValues(client: Client, incident: string, values: string[]): Promise<void> {
  await client.call('incident.lend', { params: { incident }, body: { values } })
}

async function sendApproval(client: Client, input: CliInput, plan: Parameters<typeof signApproval>[2]): Promise<void> {
  const { key, publicKey } = loadOrMakeApproverKey(approverKeyPath(input.io.env))
  // Enrolling a key that is enrolled answers with its id; one that is new waits for another approver's consent.
  const { keyId } = await client.call('approver.enroll', { body: { name: client.profile.user, publicKey } })
  const body = signApproval(key, keyId, plan, client.profile.user, input.io.clock.nowMs(), systemRandom)
  const { approvalsMissing, started } = await client.call('incident.approve', {
    params: { incident: plan.incident ?? '' },
    body,
  })
  input.io.err(
    approvalsMissing === 0
      ? `approved; ${plural(started.length, 'step')} started`
      : `approved; ${plural(started.length, 'step')} started, the rest needs ${plural(approvalsMissing, 'more approval')}`,
  )
}

const settled = new Set(['contained', 'failed', 'unknown', 'undone', 'awaiting-approval', 'proposed'])

/** Shows progress until every step is settled or the wait is over; exit 1 while survivors remain. */
async function follow(client: Client, input: CliInput, incident: string, waitMs: number): Promise<ExitCode> {
  const { clock } = input.io
  const endMs = clock.monotonicMs() + waitMs
  let said = ''
  for (;;) {
    const report = await client.call('incident.show', { params: { incident } })
    const open = report.actions.filter(({ state }) => !settled.has(state))
    const line = `${report.dead.length} dead, ${plural(report.survivors.length, 'survivor')}, ${plural(open.length, 'step')} under way`
    if (line !== said) input.io.err(line)
    said = line
    if (open.length === 0 || clock.monotonicMs() > endMs) {
      input.io.out(input.flag('json') ? JSON.stringify(report) : renderReport(report))
      return report.survivors.length === 0 ? exitCodes.ok : exitCodes.notClean
    }
    await clock.sleep(200)
  }
}

const columns: Columns<ResponseOf<'incident.list'>['incidents'][number]> = [
  ['id', ({ id }) => id],
  ['severity', ({ severity }) => severity],
  ['urgency', ({ urgency }) => urgency],
  ['state', ({ state }) => state],
  ['opened', ({ openedAtMs }) => timeCell(openedAtMs)],
  ['title', ({ title }) => title],
  ['trigger', ({ trigger }) => trigger.kind],
  ['from', ({ window }) => timeCell(window.fromMs)],
  ['to', ({ window }) => timeCell(window.toMs)],
  ['findings', ({ findings }) => manyCell(findings)],
]

const list: CliCommand = {
  name: 'incident list',
  summary: 'incidents, newest first',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon incident list --json',
  async run(input) {
    const { incidents } = await connect(input).call('incident.list')
    const text = (): void => {
      if (incidents.length === 0) return input.io.out('no incidents')
      input.io.out(
        table(
          ['incident', 'severity', 'urgency', 'state', 'opened', 'title'],
          incidents.map(({ id, severity, urgency, state, openedAtMs, title }) => [
            id,
            severity,
            urgency,
            state,
            formatTime(openedAtMs),
            title,
          ]),
        ),
      )
    }
    printList(input, { json: () => ({ incidents }), rows: incidents, columns, text })
    return exitCodes.ok
  },
}

const open: CliCommand = {
  name: 'incident open',
  summary: 'open an incident about a package, host, credential, identity or app',
  args: ['pkg:…|host:…|credential:…|identity:…|app:…'],
  options: {
    ...windowOptions,
    title: { type: 'string', value: 'TEXT', help: 'one line for people' },
    severity: { type: 'string', value: severities.join('|'), help: 'default high' },
    ...serverOptions,
  },
  example: 'cordon incident open credential:cordon:key1 --since 2h --title "key seen from a stranger"',
  async run(input) {
    const [what = ''] = input.args
    const severity = severities.find((known) => known === (input.text('severity') ?? 'high'))
    if (severity === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.text('severity')}\` is no severity`, {
        place: '--severity',
        hint: severities.join(', '),
      })
    const incident = await connect(input).call('incident.open', {
      body: {
        title: input.text('title') ?? `${what} went bad`,
        severity,
        trigger: readTrigger(what, input.text('versions')),
        window: readWindow(input),
      },
    })
    input.io.out(input.flag('json') ? JSON.stringify(incident) : `${incident.id}  next: cordon contain ${incident.id}`)
    return exitCodes.ok
  },
}

const undo: CliCommand = {
  name: 'action undo',
  summary: 'put back what an action changed; says what that brings back to life',
  args: ['act_…'],
  options: serverOptions,
  example: 'cordon action undo act_5f2q…',
  async run(input) {
    const [id = ''] = input.args
    if (!isId('act', id))
      throw new CliError('ERR_CLI_USAGE', `\`${id}\` is no action id`, {
        hint: '`cordon incident show` lists the actions of an incident',
      })
    const action = await connect(input).call('action.undo', { params: { action: id } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify(action)
        : [
            `${action.id} ${action.verb} on ${action.target}: ${action.state}`,
            ...action.resurrects.map((entity) =>
              action.state === 'undone' ? `alive again: ${entity}` : `will be alive again: ${entity}`,
            ),
          ].join('\n'),
    )
    return exitCodes.ok
  },
}

export const incidentCommands: readonly CliCommand[] = [recall, contain, list, open, ...incidentShowCommands, undo]
