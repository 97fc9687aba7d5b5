import { statSync } from 'node:fs'

import { systemClock } from '#kit'
import { CliError, connect, exitCodes, plural, serverOptions, type CliCommand, type CliInput } from '#cli'
import {
  hostIdShape,
  renderWhatif,
  runReporter,
  summarizeWhatif,
  toRecords,
  whatifTimeMs,
  type ReporterOptions,
} from '#connectors/host'

const scanOptions = {
  root: { type: 'string', value: 'DIR', help: 'scan this directory tree as if it were the whole machine' },
} as const

function rootOption(input: CliInput): string | undefined {
  const root = input.text('root')
  if (root !== undefined && !statSync(root).isDirectory())
    throw new CliError('ERR_CLI_USAGE', `\`${root}\` is no directory`, { place: '--root' })
  return root
}

const whatif: CliCommand = {
  name: 'whatif',
  summary: 'what a bad install could read on this machine: read-only, offline, shows no secret',
  args: [],
  options: scanOptions,
  example: 'cordon whatif',
  run(input) {
    const root = rootOption(input)
    const report = runReporter({ limits: { timeMs: whatifTimeMs }, ...(root === undefined ? {} : { root }) })
    const nowMs = systemClock.nowMs()
    input.io.out(input.flag('json') ? JSON.stringify(summarizeWhatif(report, nowMs)) : renderWhatif(report, nowMs))
    return Promise.resolve(report.complete ? exitCodes.ok : exitCodes.notClean)
  },
}

const hostReport: CliCommand = {
  name: 'host report',
  summary: 'installed npm and PyPI packages with times, and credential files by kind, path and fingerprint; no secret',
  args: [],
  options: {
    ...scanOptions,
    'host-id': { type: 'string', value: 'ID', help: 'how this host is called (default: from the machine id)' },
    send: {
      type: 'string',
      value: 'SOURCE',
      help: 'also send it to this source of your Cordon (CORDON_TOKEN: an ingest token will do)',
    },
    ...serverOptions,
  },
  example: 'cordon host report --json',
  async run(input) {
    const root = rootOption(input)
    const hostId = input.text('host-id')
    if (hostId !== undefined && !hostIdShape.test(hostId))
      throw new CliError('ERR_CLI_USAGE', `\`${hostId}\` is no host id`, {
        place: '--host-id',
        hint: 'use letters, digits and `.`, `_`, `:`, `-`',
      })
    const options: ReporterOptions = {
      ...(root === undefined ? {} : { root }),
      ...(hostId === undefined ? {} : { hostId }),
    }
    const report = runReporter(options)
    const send = input.text('send')
    if (send !== undefined) {
      const body = toRecords(report)
        .map((record) => `${JSON.stringify(record)}\n`)
        .join('')
      const answer = await connect(input).upload('event.ingest', {
        params: { source: send },
        query: { stream: 'report' },
        bytes: Buffer.from(body),
      })
      input.io.err(`sent: ${plural(answer.accepted, 'record')} accepted, ${answer.duplicates} known already`)
    }
    if (input.flag('json')) input.io.out(JSON.stringify(report))
    else {
      const files = new Set(report.credentials.map(({ path }) => path)).size
      input.io.out(
        `host ${report.host.id}: ${plural(report.packages.length, 'package')}, ${plural(files, 'credential file')}${report.complete ? '' : ', incomplete'}`,
      )
      for (const { ecosystem, name, version, path } of report.packages.slice(0, 20))
        input.io.out(`  ${ecosystem}  ${name}@${version}  ${path}`)
      if (report.packages.length > 20) input.io.out(`  … ${report.packages.length - 20} more: --json shows all`)
      for (const { kind, path } of report.credentials.slice(0, 40)) input.io.out(`  ${kind}  ${path}`)
    }
    return report.complete ? exitCodes.ok : exitCodes.notClean
  },
}

export const hostCommands: readonly CliCommand[] = [whatif, hostReport]
