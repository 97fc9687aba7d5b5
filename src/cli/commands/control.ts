import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { FindingId } from '#model'

import { packFiles } from '../audit-pack.ts'
import { routes } from '#api/contract'

import { connect, serverOptions, type Client } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderControl, renderControls, renderHistory } from '../controls.ts'

const framework = { type: 'string', value: 'NAME', help: 'only this one: soc2, iso27001, nist-csf, eu-ai-act' } as const

const list: CliCommand = {
  name: 'control list',
  summary:
    'what frameworks ask, and how each control stands by what is so now; exit 1 while one is not met or cannot be said',
  args: [],
  options: { framework, ...listOptions, ...serverOptions },
  example: 'cordon control list --framework soc2',
  async run(input) {
    const answer = await connect(input).call('control.list', { query: { framework: input.text('framework') } })
    const text = (): void => input.io.out(renderControls(answer))
    printList(input, {
      json: () => answer,
      rows: answer.controls,
      columns: columnsBy(routes['control.list'].response.shape.controls.element.shape),
      text,
    })
    const isClean = answer.controls.every(({ state }) => state === 'met' || state === 'excepted')
    return isClean ? exitCodes.ok : exitCodes.notClean
  },
}

const show: CliCommand = {
  name: 'control show',
  summary: 'one control: every check that bears on it, and what each says now',
  args: ['FRAMEWORK', 'CONTROL'],
  options: serverOptions,
  example: 'cordon control show soc2 CC6.1',
  async run(input) {
    const [of = '', control = ''] = input.args
    const answer = await connect(input).call('control.show', { query: { framework: of, control } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : renderControl(answer.control).join('\n'))
    return exitCodes.ok
  },
}

const history: CliCommand = {
  name: 'control history',
  summary: 'how controls stood day by day: what changed, and the digest that the ledger holds of each day (--json)',
  args: [],
  options: {
    framework,
    since: { type: 'string', value: 'DAY', help: 'from this day on, as 2026-03-24' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon control history --framework soc2 --since 2026-01-01',
  async run(input) {
    const query = { framework: input.text('framework'), since: input.text('since') }
    const answer = await connect(input).call('control.history', { query })
    const text = (): void => input.io.out(renderHistory(answer))
    printList(input, {
      json: () => answer,
      rows: answer.days,
      columns: columnsBy(routes['control.history'].response.shape.days.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const pack: CliCommand = {
  name: 'control pack',
  summary:
    'an audit pack in a new directory: controls, evidence, history, findings, exceptions, incidents, sources, sums',
  args: ['DIR'],
  options: {
    framework,
    since: { type: 'string', value: 'DAY', help: 'history from this day on, as 2026-03-24' },
    ...serverOptions,
  },
  example: 'cordon control pack ./audit-2026 --framework soc2 --since 2026-01-01',
  async run(input) {
    const [dir = ''] = input.args
    const of = input.text('framework')
    const client = connect(input)
    const controls = await client.call('control.list', { query: { framework: of } })
    const shown = []
    for (const { framework: name, control } of controls.controls) {
      shown.push((await client.call('control.show', { query: { framework: name, control } })).control)
      if (shown.length % 10 === 0) input.io.err(`${shown.length} of ${controls.controls.length} controls`)
    }
    const files = packFiles({
      controls,
      shown,
      history: await client.call('control.history', {
        query: { framework: of, since: input.text('since'), rows: 'yes' },
      }),
      findings: await allFindings(client),
      exceptions: await allExceptions(client),
      incidents: (await client.call('incident.list', { query: {} })).incidents,
      sources: (await client.call('source.list')).sources,
      checkpoint: await client.call('ledger.checkpoint'),
    })
    makeNew(dir)
    for (const [name, text] of files) writeFileSync(join(dir, name), text, { mode: 0o600, flag: 'wx' })
    const written = [...files.keys()]
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ dir, files: written })
        : `Wrote ${written.length} files to ${dir}. It names people: mind who gets it.`,
    )
    return exitCodes.ok
  },
}

async function allFindings(client: Client) {
  const page = (after?: FindingId) => client.call('posture.list', { query: { state: 'all', after } })
  const findings = []
  for (let next = (await page()).findings; next.length > 0; next = (await page(next.at(-1)?.id)).findings)
    findings.push(...next)
  return findings
}

async function allExceptions(client: Client) {
  const page = (before?: number) =>
    client.call('posture.exceptions', {
      query: { state: 'all', before: before === undefined ? undefined : String(before) },
    })
  const exceptions = []
  for (let next = (await page()).exceptions; next.length > 0; next = (await page(next.at(-1)?.number)).exceptions)
    exceptions.push(...next)
  return exceptions
}

function makeNew(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    throw new CliError(
      'ERR_CLI_FILE',
      `cannot make the directory \`${dir}\`: ${error instanceof Error ? error.message : 'unknown'}`,
      {
        hint: 'name one that does not exist yet, inside one that does',
      },
    )
  }
}

export const controlCommands: readonly CliCommand[] = [list, show, history, pack]
