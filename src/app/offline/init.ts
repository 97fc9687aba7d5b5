import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { createHttp } from '#kit'
import {
  approverKeyPath,
  CliError,
  createClient,
  exitCodes,
  loadOrMakeApproverKey,
  profilePath,
  readProfile,
  type CliCommand,
} from '#cli'

import { paths } from '../paths.ts'
import { configOf, configOptions } from './start.ts'

export const initCommand: CliCommand = {
  name: 'init',
  summary: 'trade the one-time bootstrap token for the first administrator, and enrol your approval key',
  args: ['USER?'],
  options: {
    ...configOptions,
    server: { type: 'string', value: 'URL', help: 'where Cordon listens (default from the configuration)' },
    force: { type: 'boolean', help: 'replace the profile that is there' },
  },
  example: 'cordon init ada',
  async run(input) {
    const { io } = input
    const config = configOf(input)
    const path = profilePath(io.env)
    if (readProfile(io.env).token !== undefined && !input.flag('force')) {
      throw new CliError('ERR_CLI_FILE', `there is a profile at \`${path}\` already`, {
        hint: 'use it, or replace it with --force',
      })
    }
    const url = input.text('server') ?? io.env['CORDON_URL'] ?? `http://${config.host}:${config.port}`
    const user = input.args[0] ?? 'admin'
    const bootstrap = readBootstrapToken(paths(config).bootstrapToken)
    const http = createHttp([url])
    const { token } = await createClient({ url, token: bootstrap, user }, http).call('system.bootstrap', {
      body: { name: user },
    })
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `url=${url}\nuser=${user}\ntoken=${token}\n`, { mode: 0o600 })
    chmodSync(path, 0o600)
    const { publicKey } = loadOrMakeApproverKey(approverKeyPath(io.env))
    const { keyId } = await createClient({ url, token, user }, http).call('approver.enroll', {
      body: { name: user, publicKey },
    })
    io.out(
      input.flag('json')
        ? JSON.stringify({ user, profile: path, approverKey: keyId })
        : `You are \`${user}\`, administrator. Token and approval key are in ${dirname(path)}, readable by you alone.\nNext: cordon source add, or cordon whatif for a look at this machine.`,
    )
    return exitCodes.ok
  },
}

function readBootstrapToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new CliError('ERR_CLI_FILE', `there is no bootstrap token at \`${path}\``, {
      hint: 'start Cordon first, name its --data directory, and run this on the same machine as the same user; it is used up after the first administrator',
      cause: error,
    })
  }
}
