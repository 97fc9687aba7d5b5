import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { sha256, toHex } from '#kit'

export const kinds = ['clients', 'grants', 'sessions', 'tokens'] as const
export type Kind = (typeof kinds)[number]
export const secrets = { see: 'EXAMPLE-see', contain: 'EXAMPLE-contain', client: 'EXAMPLE-client' }

/** Chance that an effect happens and its answer never comes; longest work before and after an effect. */
export type TwinFaults = { losesAnswer: number; beforeMs: number; afterMs: number }

export type Call = { kind: Kind; id: string; atMs: number }
export type Twin = {
  url: string
  /** Changes that got through, by `kind/id`: a vendor without idempotency keys counts every one. */
  effects: Map<string, number>
  /** Called at the moment a change arrives, before it is worked on. */
  onCall: (call: Call) => void
  /** Events the issuer has told of so far; one more with every `tell`. */
  feed: { id: string; type: string; atMs: number; session: string; subject: string }[]
  tell(): void
  close(): void
}

/** An issuer with the admin extension of `src/connectors/oidc/README.md`, `each` things of every kind, all of them live. */
export async function startTwin(each: number, unit: () => number, faults: TwinFaults): Promise<Twin> {
  const names = Array.from({ length: each }, (_, n) => `x${n}`)
  const effects = new Map<string, number>()
  const startMs = 1_774_000_000_000
  const isLive = (kind: Kind, id: string): boolean => !effects.has(`${kind}/${id}`)
  const token = (id: string) => ({
    ref: id,
    sha256: `sha256:${toHex(sha256(`token ${id} EXAMPLE`))}`,
    jti: null,
    kind: 'access',
    format: 'opaque',
    client: 'portal',
    subject: `t-${id}`,
    grant: null,
    session: null,
    audience: 'payouts',
    scope: 'read',
    issuedAtMs: startMs,
    expiresAtMs: null,
    parent: null,
    revokedAtMs: isLive('tokens', id) ? null : startMs,
  })
  const rows: Record<Kind, (id: string) => object> = {
    clients: (id) => ({
      id,
      secretSha256: `sha256:${toHex(sha256(`client ${id} EXAMPLE`))}`,
      isEnabled: isLive('clients', id),
    }),
    grants: (id) => ({
      id,
      client: 'portal',
      subject: `g-${id}`,
      resources: { payouts: 'read' },
      createdAtMs: startMs,
      expiresAtMs: null,
    }),
    sessions: (id) => ({ uid: id, subject: `s-${id}`, createdAtMs: startMs }),
    tokens: token,
  }
  const stateOf = (kind: Kind, id: string): object => {
    const isHere = isLive(kind, id)
    if (kind === 'clients') return rows.clients(id)
    if (kind === 'grants') return { id, state: isHere ? 'live' : 'gone', liveTokens: [] }
    if (kind === 'sessions') return { uid: id, state: isHere ? 'live' : 'gone' }
    return { ...token(id), state: isHere ? 'live' : 'revoked' }
  }
  const twin: Twin = {
    url: '',
    effects,
    onCall: () => undefined,
    feed: [],
    tell() {
      const n = twin.feed.length
      twin.feed.push({
        id: `f${n}`,
        type: 'session.created',
        atMs: startMs + n,
        session: `f${n}`,
        subject: `f${n % 50}`,
      })
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  const admin = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const [, , kindName = '', id] = url.pathname.split('/').map(decodeURIComponent)
    const bearer = request.headers.authorization?.slice('Bearer '.length)
    const max = Number(url.searchParams.get('max') ?? 500)
    const from = Number(url.searchParams.get('after') ?? 0)
    if (kindName === 'events') {
      const events = twin.feed.slice(from, from + max)
      return reply(response, 200, { events, cursor: String(from + events.length), gap: false })
    }
    const kind = kinds.find((known) => known === kindName)
    if (kind === undefined) return reply(response, 404, {})
    if (id === undefined) {
      const live = names.filter((name) => kind === 'clients' || isLive(kind, name)).slice(from, from + max)
      return reply(response, 200, { rows: live.map(rows[kind]), next: null })
    }
    if (request.method === 'GET') {
      return names.includes(id) ? reply(response, 200, stateOf(kind, id)) : reply(response, 404, {})
    }
    if (bearer !== secrets.contain) return reply(response, 403, {})
    twin.onCall({ kind, id, atMs: performance.now() })
    await sleep(unit() * faults.beforeMs)
    const key = `${kind}/${id}`
    effects.set(key, (effects.get(key) ?? 0) + 1)
    await sleep(unit() * faults.afterMs)
    if (unit() < faults.losesAnswer) response.destroy()
    else reply(response, 200, stateOf(kind, id))
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', twin.url)
    // A body is read to its end before the answer, as any server does.
    request.resume().on('end', () => {
      if (url.pathname.startsWith('/admin/')) void admin(request, response, url)
      else if (url.pathname === '/introspect' || url.pathname === '/revoke') reply(response, 200, { active: false })
      else if (url.pathname === '/jwks') reply(response, 200, { keys: [] })
      else {
        const at = (path: string): string => `${twin.url}${path}`
        const endpoints = { introspection_endpoint: at('/introspect'), revocation_endpoint: at('/revoke') }
        reply(response, 200, { issuer: twin.url, jwks_uri: at('/jwks'), ...endpoints })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  twin.url = `http://127.0.0.1:${portOf(server.address())}`
  return twin
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
