import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

import { CordonError, crashPoint, createFile, createHttp, replaceFile, systemRandom, type Http } from '#kit'
import { hashOfUserToken, newUserToken } from '#api/contract'
import {
  approverKeyPath,
  CliError,
  createClient,
  exitCodes,
  loadOrMakeApproverKey,
  profilePath,
  readProfile,
  type CliCommand,
  type Profile,
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
    const http = createHttp([url])
    const pending = `${path}.pending`
    const profile = await becomeAdministrator(pending, url, input.args[0], paths(config).bootstrapToken, http)
    const { publicKey } = loadOrMakeApproverKey(approverKeyPath(io.env))
    crashPoint('init.after-key')
    const { user } = profile
    const { keyId } = await createClient(profile, http).call('approver.enroll', { body: { name: user, publicKey } })
    crashPoint('init.after-enroll')
    renameSync(pending, path)

    io.out(
      input.flag('json')
        ? JSON.stringify({ user, profile: path, approverKey: keyId })
        : `You are \`${user}\`, administrator. Token and approval key are in ${dirname(path)}, readable by you alone.\nNext: cordon source add, or cordon whatif for a look at this machine.`,
    )
    return exitCodes.ok
  },
}

/**
 * INVARIANT: the only administrator's token is on this disk before the server hears of it. The pending profile becomes
 * the profile with the last step, so that an `init` which died anywhere is finished by the next one.
 */
async function becomeAdministrator(
  pending: string,
  url: string,
  wanted: string | undefined,
  bootstrapPath: string,
  http: Http,
): Promise<Profile> {
  const unfinished = readPending(pending)
  if (unfinished !== undefined && (await isSignedIn({ ...unfinished, url }, http))) {
    if (wanted !== undefined && wanted !== unfinished.user) {
      throw new CliError('ERR_CLI_USAGE', `this Cordon's administrator is \`${unfinished.user}\` already`, {
        hint: `finish with \`cordon init ${unfinished.user}\``,
      })
    }
    keepPending(pending, { ...unfinished, url }, false)
    return { ...unfinished, url }
  }
  const bootstrap = readBootstrapToken(bootstrapPath)
  const user = wanted ?? unfinished?.user ?? 'admin'
  const profile = { url, user, token: unfinished?.token ?? newUserToken(systemRandom).token }
  keepPending(pending, profile, unfinished === undefined)
  crashPoint('init.after-pending')
  const token = hashOfUserToken(profile.token)
  await createClient({ ...profile, token: bootstrap }, http).call('system.bootstrap', { body: { name: user, token } })
  crashPoint('init.after-bootstrap')
  return profile
}

function readPending(path: string): Profile | undefined {
  if (!existsSync(path)) return undefined
  const { url, user, token } = readProfile({ CORDON_PROFILE: path })
  if (url !== undefined && user !== undefined && token !== undefined) return { url, user, token }
  throw new CliError('ERR_CLI_FILE', `\`${path}\` of an unfinished \`cordon init\` cannot be read`, {
    hint: 'it may hold the only token of an administrator: run this as the user that began',
  })
}

function keepPending(path: string, { url, user, token }: Profile, isNew: boolean): void {
  const text = `url=${url}\nuser=${user}\ntoken=${token}\n`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (!isNew) replaceFile(path, text, systemRandom)
  else if (!createFile(path, text, systemRandom)) {
    throw new CliError('ERR_CLI_FILE', `another \`cordon init\` has just written \`${path}\``, {
      hint: 'let it finish; if it died, run this again',
    })
  }
}

async function isSignedIn(profile: Profile, http: Http): Promise<boolean> {
  try {
    await createClient(profile, http).call('user.list')
    return true
  } catch (error) {
    if (error instanceof CordonError && error.code === 'ERR_API_SIGN_IN') return false
    throw error
  }
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
