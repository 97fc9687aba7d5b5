import { readFileSync } from 'node:fs'

import { assert, isObject, parseJson } from 'cordon/kit'

import { readDescription } from '../kit/description.ts'
import { startTwin, type Twin, type TwinCall, type TwinReply } from '../kit/server.ts'
import { absent, refusal } from './answers.ts'
import { createAuditLog, type AuditLog } from './audit-log.ts'
import { callerOf, leaveFor, type Caller } from './caller.ts'
import { createCompleter } from './complete.ts'
import { credentialHandlers } from './credentials.ts'
import { allowanceDefault, createLimits, type Allowance } from './limits.ts'
import { peopleHandlers } from './people.ts'
import { repositoryHandlers } from './repositories.ts'
import { secretHandlers, sealReady } from './secrets.ts'
import { createState, repoNamed, sshPrint, type Repo, type State } from './state.ts'
import { about, type Handlers, type World } from './world.ts'

const slice = parseJson(readFileSync(new URL('fixtures/api.json', import.meta.url), 'utf8'))
assert(isObject(slice) && isObject(slice['schemas']), 'a slice of a description')
// GitHub's documentation of these calls demands permissions that its description leaves out.
const rights = slice['schemas']['app-permissions']
assert(isObject(rights) && isObject(rights['properties']), 'the permissions of an app')
for (const name of ['actions_variables', 'organization_actions_variables', 'codespaces_secrets']) {
  rights['properties'][name] ??= { type: 'string', enum: ['read', 'write'] }
}
export const description = readDescription(JSON.stringify(slice))
const complete = createCompleter(slice['schemas'])

/** Until a row of the log shows. */
export const logDelayMsDefault = 60_000
export const handlers: Handlers = { ...peopleHandlers, ...credentialHandlers, ...repositoryHandlers, ...secretHandlers }

export type GithubTwin = Twin & {
  state: State
  world: World
  log: AuditLog
  settings: { allowance: Allowance; logDelayMs: number }
  /** Git over SSH with this public key, as sshd would decide; the clone or push stands in the log. */
  ssh(publicKey: string, repo: Repo, act: 'clone' | 'push'): boolean
}

/** An organisation on GitHub Enterprise Cloud, on loopback. `clock`: what tokens and rows of the log age by. */
export async function startGithubTwin({
  clock,
  org,
}: {
  clock: { nowMs(): number }
  org: State['org']
}): Promise<GithubTwin> {
  await sealReady()
  const state = createState(org)
  const settings = { allowance: { ...allowanceDefault }, logDelayMs: logDelayMsDefault }
  const log = createAuditLog(state, clock, () => settings.logDelayMs)
  const world: World = { state, log, nowMs: () => clock.nowMs() }
  const limits = createLimits(clock, () => settings.allowance)

  const decide = (call: TwinCall, caller: Caller): TwinReply | undefined => {
    if (caller.kind === 'bad') return refusal(401, 'Bad credentials')
    const leave = leaveFor(state, caller, call)
    if (leave === 'yes') return undefined
    if (leave === 'hidden') return absent()
    if (leave === 'no-sso') return refusal(403, 'Resource protected by organization SAML enforcement.')
    return caller.kind === 'nobody' ? refusal(401, 'Requires authentication') : refusal(403, 'Resource not accessible')
  }
  const answer = (call: TwinCall): TwinReply => {
    const { headers, refused } = limits(call)
    const caller = callerOf(state, call, clock.nowMs())
    const respond = (): TwinReply => {
      const denied = refused ?? decide(call, caller)
      if (denied !== undefined) return denied
      return call.id === 'orgs/get-audit-log'
        ? log.answer(call)
        : (handlers[call.id]?.(world, call, caller) ?? absent())
    }
    const given = respond()
    const schema = call.operation?.responses[String(given.status)]
    const isWhole = given.status >= 400 || given.body === undefined || schema === undefined || schema === null
    return {
      ...given,
      headers: { ...headers, ...given.headers },
      ...(isWhole ? {} : { body: complete(schema, given.body ?? {}) }),
    }
  }
  /** Beside the description's templates, whose `{path}` takes one part of an address and GitHub's any number. */
  const asRepo = (call: TwinCall, owner: string, name: string, id: string): TwinCall => {
    return { ...call, id, params: { owner, repo: name } }
  }
  const twin = await startTwin({
    description,
    answer,
    refuse: (why) => (why === 'shape' ? refusal(422, 'Validation Failed: see wrongRequests') : absent()),
    beside: {
      'GET /repos/*/*/contents/.github/workflows/*': (call) => {
        const [, , owner = '', name = '', , ...path] = call.url.pathname.split('/')
        const asked = asRepo(call, owner, name, 'contents')
        const denied = decide(asked, callerOf(state, asked, clock.nowMs()))
        const file = repoNamed(state, owner, name)?.files.get(path.join('/'))
        if (denied !== undefined || file === undefined) return denied ?? absent()
        const content = Buffer.from(file).toString('base64')
        return {
          status: 200,
          body: { type: 'file', encoding: 'base64', size: file.length, path: path.join('/'), content },
        }
      },
      /** What `git clone https://…` asks first, and `git push`. */
      'GET /*/*.git/info/refs': (call) => {
        const [, owner = '', file = ''] = call.url.pathname.split('/')
        const isPush = call.query.get('service') === 'git-receive-pack'
        const asked = asRepo(call, owner, file.replace(/\.git$/, ''), isPush ? 'push' : 'contents')
        const caller = callerOf(state, asked, clock.nowMs())
        const repo = repoNamed(state, owner, asked.params['repo'])
        const isOpenToAll = repo?.private === false && !isPush
        if (isOpenToAll && call.headers.authorization === undefined) return { status: 200 }
        const denied = decide(asked, caller)
        if (denied !== undefined || repo === undefined || caller.kind !== 'token') return denied ?? absent()
        log.record(isPush ? 'git.push' : 'git.clone', caller.by, {
          ...about(world, repo),
          transport_protocol_name: 'http',
        })
        return { status: 200 }
      },
    },
  })
  return Object.assign(twin, {
    state,
    world,
    log,
    settings,
    ssh(publicKey: string, repo: Repo, act: 'clone' | 'push') {
      const key = [...repo.keys.values()].find((one) => sshPrint(one.key) === sshPrint(publicKey))
      if (key === undefined || (act === 'push' && key.readOnly)) return false
      const by = { user: null, ip: '203.0.113.66', agent: 'git/2.43', token: null }
      const fingerprint = sshPrint(publicKey)
      log.record(`git.${act}`, by, { ...about(world, repo), deploy_key_fingerprint: fingerprint })
      return true
    },
  })
}
