import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { stderrDiagnose } from '#kit'
import { countOption, exitCodes, type CliCommand, type CliInput, type ExitCode, type OptionSpec } from '#cli'

import { loadConfig, type Config } from '../config.ts'
import { supervise } from '../supervise.ts'
import { refuseTestSettings } from '../test-settings.ts'
import { version } from '../version.ts'

export const configOptions: Record<string, OptionSpec> = {
  config: { type: 'string', value: 'FILE', help: 'configuration (default ./cordon.yaml when there is one)' },
  data: { type: 'string', value: 'DIR', help: 'data directory (default ./.cordon)' },
}

export const configOf = (input: CliInput): Config =>
  loadConfig({ file: input.text('config'), data: input.text('data'), listen: input.text('listen'), cwd: process.cwd() })

/** The options a child process needs to read the same configuration again. */
export function configArgs(input: CliInput): string[] {
  return ['config', 'data', 'listen'].flatMap((name) => {
    const value = input.text(name)
    return value === undefined ? [] : [`--${name}`, value]
  })
}

export const startCommand: CliCommand = {
  name: 'start',
  summary: 'start Cordon; with --lab beside a small breach range that plays the story',
  args: [],
  options: {
    ...configOptions,
    listen: { type: 'string', value: 'HOST:PORT', help: 'where the API listens (default 127.0.0.1:7420)' },
    lab: { type: 'boolean', help: 'start the lab, which starts its own Cordon (checkout only)' },
    seed: { type: 'string', value: 'N', help: 'with --lab: topology of the range' },
    once: { type: 'boolean', help: 'with --lab: end after the story instead of staying up' },
  },
  example: 'cordon start --data /var/lib/cordon',
  async run(input) {
    if (input.flag('lab')) return await startLab(input)
    refuseTestSettings(input.io.env)
    const config = configOf(input)
    const code = await supervise({
      args: configArgs(input),
      clock: input.io.clock,
      diagnose: stderrDiagnose,
      onReady: ({ url }) => {
        input.io.out(`Cordon ${version} is up at ${url ?? '?'} (data in ${config.dataDir})`)
        if (existsSync(`${config.dataDir}/bootstrap-token`))
          input.io.out('First time here: `cordon init` makes the first administrator.')
      },
    })
    return exitFrom(code)
  },
}

const exitFrom = (code: number): ExitCode =>
  Object.values(exitCodes).find((known) => known === code) ?? exitCodes.internal

/** The lab is a workspace of its own and a user like any other: it starts Cordon through this same command. */
async function startLab(input: CliInput): Promise<ExitCode> {
  const entry = fileURLToPath(new URL('../../../lab/src/main.ts', import.meta.url))
  if (!existsSync(entry)) {
    input.io.err(
      'cordon start: the lab comes with a checkout of the repository, not with the package; starting without it',
    )
    return startCommand.run({ ...input, flag: (name) => name !== 'lab' && input.flag(name) })
  }
  // Said here: the lab's own program takes seconds to load on a machine that never ran it.
  input.io.out('Cordon lab: starting an issuer, a people API, three hosts and Cordon on this machine')
  const args = ['--seed', String(countOption(input, 'seed', 1)), ...(input.flag('once') ? ['--once'] : [])]
  const child = spawn(process.execPath, [...process.execArgv, entry, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const code = await new Promise<number>((resolve) =>
    child.on('exit', (status) => resolve(status ?? exitCodes.internal)),
  )
  return exitFrom(code)
}
