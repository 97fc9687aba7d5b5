import { spawn, type ChildProcess } from 'node:child_process'
import { createPrivateKey, randomBytes, sign } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { canonicalJson, createHttp, toBase64url, utf8 } from '#kit'
import type { Plan } from '#model'
import type { BodyInput } from '#api/contract'
import { createClient, readProfile, type Client } from '#cli'

import { freePort } from '../../lab/src/cordon/port.ts'

const command = fileURLToPath(new URL('../../cordon', import.meta.url))
const startWaitMs = 90_000

export type Said = { code: number; out: string; err: string }
/** A person with a profile and an approval key of their own. */
export type Person = {
  name: string
  api: Client
  token: string
  cli(...args: string[]): Promise<Said>
  /** An approval by hand, for what the command line would not sign. */
  approve(plan: Plan, endsInMs: number): Promise<BodyInput<'incident.approve'>>
}
export type Product = {
  url: string
  data: string
  admin: Person
  /** Made by the administrator, with a token and a key of their own. */
  person(name: string, roles: ('viewer' | 'responder' | 'approver' | 'admin' | 'receiver')[]): Promise<Person>
  /** Of core and hands as they run now. */
  processes(): number[]
  /** All that core and hands wrote to the terminal. */
  diagnostics(): string
  stop(): Promise<void>
  remove(): void
}

/** `cordon start` on a fresh data directory, and the first administrator by `cordon init`: nothing but the product. */
export async function startProduct(settingsOf?: (url: string) => string): Promise<Product> {
  const home = mkdtempSync(join(tmpdir(), 'cordon-whole-path-'))
  const data = join(home, 'data')
  const listen = `127.0.0.1:${await freePort()}`
  const url = `http://${listen}`
  let said = ''
  const settings = settingsOf?.(url)
  if (settings !== undefined) writeFileSync(join(home, 'cordon.yaml'), settings)
  const named = settings === undefined ? [] : ['--config', join(home, 'cordon.yaml')]
  const child = spawn(process.execPath, [command, 'start', ...named, '--data', data, '--listen', listen], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((done) => child.on('exit', () => done()))
  const until = performance.now() + startWaitMs
  while (!said.includes(' is up at ')) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGTERM')
      throw new Error(`Cordon did not start:\n${said}`)
    }
    await new Promise((done) => setTimeout(done, 50))
  }
  const profileOf = (name: string): string => join(home, name, 'profile')
  const cliAs = (env: Record<string, string>, args: readonly string[]): Promise<Said> =>
    run(spawn(process.execPath, [command, ...args], { env: { PATH: process.env['PATH'], HOME: home, ...env } }))
  const init = await cliAs({ CORDON_PROFILE: profileOf('admin') }, ['init', 'admin', '--data', data, '--server', url])
  if (init.code !== 0) throw new Error(`cordon init: ${init.err}`)
  const { token = '' } = readProfile({ CORDON_PROFILE: profileOf('admin') })
  const personOf = (name: string, token: string): Person => {
    const api = createClient({ url, token, user: name }, createHttp([url]))
    const env = { CORDON_PROFILE: profileOf(name), CORDON_URL: url, CORDON_TOKEN: token, CORDON_USER: name }
    return {
      name,
      api,
      token,
      cli: (...args) => cliAs(env, args),
      async approve(plan, endsInMs) {
        const key = createPrivateKey(readFileSync(join(home, name, 'approver.key')))
        const { x = '' } = key.export({ format: 'jwk' })
        const { keyId } = await api.call('approver.enroll', { body: { name, publicKey: x } })
        const approval = {
          plan: plan.hash,
          incident: plan.incident ?? 'inc_none',
          approver: name,
          envelope: {
            verbs: [...new Set(plan.steps.map(({ verb }) => verb))].sort(),
            connectors: [...new Set(plan.steps.map(({ connector }) => connector))].sort(),
            furtherTargetsMax: 0,
            expiresAtMs: Date.now() + endsInMs,
          },
          nonce: toBase64url(randomBytes(18)),
          atMs: Date.now(),
        } as const
        return { approval, keyId, signature: toBase64url(sign(null, utf8(canonicalJson(approval)), key)) }
      },
    }
  }
  const admin = personOf('admin', token)
  return {
    url,
    data,
    admin,
    async person(name, roles) {
      const made = await admin.api.call('user.create', { body: { name, roles } })
      return personOf(name, made.token)
    },
    processes: () => leavesBelow(child.pid ?? 0),
    diagnostics: () => said,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** Processes below one that have none below themselves, as Linux tells. */
function leavesBelow(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent = 0] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.map(Number) ?? []
      parents.set(Number(name), parent)
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (one: number): number[] => {
    const children = [...parents].flatMap(([child, parent]) => (parent === one ? [child] : []))
    return children.length === 0 ? [one] : children.flatMap(below)
  }
  return below(pid)
}

function run(child: ChildProcess): Promise<Said> {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? -1, ...said }))
  })
}
