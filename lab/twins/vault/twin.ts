import type { IncomingMessage, ServerResponse } from 'node:http'

import { isObject, parseJson, type Json } from 'cordon/kit'

import { readText, reply, serve, type Served } from '../../src/http.ts'

type Version = { createdMs: number; deletedMs: number | null; destroyed: boolean; data: Record<string, Json> }
type Secret = { versions: Version[]; notes: Record<string, string>; createdMs: number; updatedMs: number }
/** Capabilities by exact path, as a policy gives them. */
export type Policy = Readonly<Record<string, readonly string[]>>

export type VaultTwin = Served & {
  cluster: string
  root: string
  secrets: Map<string, Secret>
  tokens: Map<string, Policy>
  /** By role id: what its secret is now, what its tokens may do, and how long they live. */
  appRoles: Map<string, AppRole>
}
export type AppRole = { secretId: string; policy: Policy; ttlS: number }

const mount = 'secret'
const capabilityOf: Readonly<Record<string, string>> = { GET: 'read', POST: 'update', PATCH: 'patch', DELETE: 'delete' }
const cluster = '6f0f3a52-1d1e-4c0e-9f53-0d6f6f6b1c2a'
const root = 'EXAMPLE-root'
const outrun = 'check-and-set parameter did not match the current version'

const time = (ms: number): string => new Date(ms).toISOString()
const refuse = (response: ServerResponse, status: number, ...errors: string[]): void =>
  reply(response, status, { errors })
const record = (value: unknown): Record<string, Json> => (isObject(value) ? JSON.parse(JSON.stringify(value)) : {})

/** Vault on loopback with one KV engine, version 2, at `secret/`; held to Vault's own engine by test/systems/vault.system.test.ts. */
export async function startVaultTwin({ clock }: { clock: { nowMs(): number } }): Promise<VaultTwin> {
  const secrets = new Map<string, Secret>()
  const tokens = new Map<string, Policy>()
  const appRoles = new Map<string, AppRole>()
  const endsAtMs = new Map<string, number>()
  let logins = 0

  const held = (token: string, path: string): readonly string[] =>
    token === root ? ['root'] : (tokens.get(token)?.[path] ?? ['deny'])

  const isGone = (version: Version | undefined): boolean =>
    version === undefined || version.destroyed || (version.deletedMs !== null && version.deletedMs <= clock.nowMs())

  const notesOf = ({ notes }: Secret): Secret['notes'] | null => (Object.keys(notes).length === 0 ? null : notes)
  const toldVersion = (secret: Secret, number: number) => {
    const version = secret.versions[number - 1]
    return {
      created_time: time(version?.createdMs ?? 0),
      deletion_time: version?.deletedMs === null || version === undefined ? '' : time(version.deletedMs),
      destroyed: version?.destroyed ?? false,
    }
  }

  function metadata(method: string, path: string, body: Record<string, Json>, response: ServerResponse): void {
    const secret = secrets.get(path)
    if (secret === undefined) return refuse(response, 404)
    if (method === 'PATCH') {
      for (const [key, value] of Object.entries(record(body['custom_metadata'])))
        secret.notes[key] = typeof value === 'string' ? value : JSON.stringify(value)
      return reply(response, 204)
    }
    const numbers = secret.versions.map((_, at) => at + 1)
    reply(response, 200, {
      data: {
        current_version: numbers.length,
        oldest_version: 0,
        created_time: time(secret.createdMs),
        updated_time: time(secret.updatedMs),
        custom_metadata: notesOf(secret),
        versions: Object.fromEntries(
          numbers.map((number) => [
            String(number),
            { ...toldVersion(secret, number), created_by: null, deleted_by: null },
          ]),
        ),
      },
    })
  }

  function destroy(path: string, body: Record<string, Json>, response: ServerResponse): void {
    const asked = Array.isArray(body['versions']) ? body['versions'].map(Number) : []
    if (asked.length === 0) return refuse(response, 400, 'No version number provided')
    for (const number of asked) {
      const version = secrets.get(path)?.versions[number - 1]
      if (version === undefined) continue
      version.destroyed = true
      version.data = {}
    }
    reply(response, 204)
  }

  /** An old version, or the current one. */
  function read(secret: Secret | undefined, version: number, response: ServerResponse): void {
    const found = secret?.versions[(version || secret.versions.length) - 1]
    if (secret === undefined || found === undefined) return refuse(response, 404)
    const number = version || secret.versions.length
    const metadata = { ...toldVersion(secret, number), custom_metadata: notesOf(secret), version: number }
    if (isGone(found)) return reply(response, 404, { data: { data: null, metadata } })
    reply(response, 200, { data: { data: found.data, metadata } })
  }

  function data(
    method: string,
    path: string,
    version: number,
    body: Record<string, Json>,
    response: ServerResponse,
  ): void {
    const nowMs = clock.nowMs()
    const secret = secrets.get(path)
    const current = secret?.versions.at(-1)
    if (method === 'DELETE') {
      if (current !== undefined && !isGone(current)) current.deletedMs = nowMs
      return reply(response, 204)
    }
    const told = (of: Secret) => ({
      ...toldVersion(of, of.versions.length),
      custom_metadata: notesOf(of),
      version: of.versions.length,
    })
    if (method === 'GET') return read(secret, version, response)
    if (method === 'PATCH' && secret === undefined) return refuse(response, 404)
    const { cas } = record(body['options'])
    if (cas !== undefined && cas !== (secret?.versions.length ?? 0)) return refuse(response, 400, outrun)
    if (method === 'PATCH' && secret !== undefined && isGone(current)) {
      return reply(response, 404, { data: told(secret) })
    }
    const made: Secret = secret ?? { versions: [], notes: {}, createdMs: nowMs, updatedMs: nowMs }
    const given = record(body['data'])
    const whole = method === 'PATCH' ? { ...current?.data, ...given } : given
    const kept = Object.entries(whole).filter(([, value]) => value !== null)
    made.versions.push({ createdMs: nowMs, deletedMs: null, destroyed: false, data: Object.fromEntries(kept) })
    made.updatedMs = nowMs
    secrets.set(path, made)
    reply(response, 200, { data: told(made) })
  }

  /** As `vault write auth/approle/login` is answered. */
  function login(body: Record<string, Json>, response: ServerResponse): void {
    const { role_id: id } = body
    const role = typeof id === 'string' ? appRoles.get(id) : undefined
    if (role === undefined) return refuse(response, 400, 'invalid role ID')
    if (body['secret_id'] !== role.secretId) return refuse(response, 400, 'invalid secret id')
    const token = `EXAMPLE-login-${++logins}`
    tokens.set(token, role.policy)
    endsAtMs.set(token, clock.nowMs() + role.ttlS * 1000)
    const auth = {
      client_token: token,
      accessor: `accessor-${logins}`,
      policies: ['cordon'],
      token_policies: ['cordon'],
    }
    reply(response, 200, { auth: { ...auth, lease_duration: role.ttlS, renewable: true, token_type: 'service' } })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '/', 'http://twin')
    const path = url.pathname.replace(/^\/v1\//, '')
    if (path === 'sys/health') {
      return reply(response, 200, {
        initialized: true,
        sealed: false,
        standby: false,
        cluster_id: cluster,
        version: 'twin',
      })
    }
    if (path === 'auth/approle/login' && method === 'POST')
      return login(record(parseJson(await readText(request))), response)
    // Either header, as Vault takes it.
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const token = String(request.headers['x-vault-token'] ?? bearer ?? '')
    if ((endsAtMs.get(token) ?? Infinity) <= clock.nowMs()) tokens.delete(token)
    if (token !== root && !tokens.has(token)) return refuse(response, 403, 'permission denied')
    const text = await readText(request)
    const body = record(text === '' ? {} : parseJson(text))
    if (path === 'sys/capabilities-self') {
      const asked = Array.isArray(body['paths']) ? body['paths'].map(String) : []
      return reply(response, 200, { data: Object.fromEntries(asked.map((one) => [one, held(token, one)])) })
    }
    const may = held(token, path)
    if (!may.includes('root') && !may.includes(capabilityOf[method] ?? '')) {
      return refuse(response, 403, '1 error occurred:\n\t* permission denied\n\n')
    }
    if (method === 'PATCH' && request.headers['content-type'] !== 'application/merge-patch+json') {
      return refuse(response, 415, 'PATCH requires Content-Type of application/merge-patch+json')
    }
    const [, kind, inside = ''] = /^secret\/(data|metadata|destroy)\/(.+)$/.exec(path) ?? []
    if (kind === undefined || !path.startsWith(`${mount}/`)) return refuse(response, 404)
    if (kind === 'destroy') return destroy(inside, body, response)
    return kind === 'data'
      ? data(method, inside, Number(url.searchParams.get('version') ?? 0), body, response)
      : metadata(method, inside, body, response)
  }

  const served = await serve(() => answer)
  return { ...served, cluster, root, secrets, tokens, appRoles }
}
