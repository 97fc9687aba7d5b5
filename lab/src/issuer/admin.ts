import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { parseJson, isObject } from 'cordon/kit'

import { bearerOf, readText, reply } from '../http.ts'
import type { IssuerStore } from './adapter.ts'
import { sha256Text, type Register } from './register.ts'

export type AdminParts = {
  register: Register
  store: IssuerStore
  nowMs: () => number
  adminTokens: { see: string; contain: string }
}

export const pageMax = 500

/**
 * The admin extension (`src/connectors/oidc/README.md` is its contract): lists sessions, grants, clients and tokens by
 * hash, tells the state of one, removes one. Values never leave the issuer.
 */
export function adminHandler(parts: AdminParts) {
  const { register, store, adminTokens } = parts
  const heldClients = new Map<string, Record<string, unknown>>()

  const clients = () =>
    store.list('Client').map(({ id, payload }) => ({
      id,
      secretSha256: sha256Text(String((heldClients.get(id) ?? payload)['client_secret'])),
      isEnabled: !heldClients.has(id),
      grantTypes: (heldClients.get(id) ?? payload)['grant_types'],
    }))
  const grants = () => store.list('Grant').map(({ id, payload }) => grantRow(id, payload))
  const sessions = () =>
    store
      .list('Session')
      .flatMap(({ payload }) =>
        typeof payload['accountId'] === 'string' && typeof payload['uid'] === 'string'
          ? [{ uid: payload['uid'], subject: payload['accountId'], createdAtMs: secondsToMs(payload['loginTs']) }]
          : [],
      )
  const lists: Record<string, () => unknown[]> = { clients, grants, sessions, tokens: register.live }

  const tokenState = (ref: string) => {
    const token = register.token(ref)
    if (token === undefined) return undefined
    const isOver = (token.expiresAtMs ?? Infinity) <= parts.nowMs()
    return { ...token, state: token.revokedAtMs !== null ? 'revoked' : isOver ? 'expired' : 'live' }
  }
  const grantState = (id: string) => {
    const payload = store.get('Grant', id)
    return {
      id,
      state: payload === undefined ? 'gone' : 'live',
      liveTokens: register.live().filter((token) => token.grant === id),
    }
  }
  const sessionId = (uid: string): string | undefined =>
    store.list('Session').find(({ payload }) => payload['uid'] === uid)?.id

  const removeToken = async (ref: string): Promise<[number, unknown]> => {
    const token = register.token(ref)
    if (token === undefined) return [404, { error: 'not_found' }]
    if (token.format === 'jwt') return [409, { error: 'unsupported_token_type' }]
    for (const model of ['AccessToken', 'RefreshToken', 'ClientCredentials']) {
      const stored = store.list(model).find(({ id }) => sha256Text(id) === token.sha256)
      if (stored !== undefined) await store.adapter(model).destroy(stored.id)
    }
    return [200, tokenState(ref)]
  }
  const removeGrant = async (id: string): Promise<[number, unknown]> => {
    await store.adapter('AccessToken').revokeByGrantId(id)
    await store.adapter('Grant').destroy(id)
    return [200, grantState(id)]
  }
  const removeSession = async (uid: string): Promise<[number, unknown]> => {
    const held = store.list('Session').find(({ payload }) => payload['uid'] === uid)
    if (held !== undefined) {
      await store.adapter('Session').destroy(held.id)
      register.record({ type: 'session.ended', session: uid, subject: String(held.payload['accountId']) })
    }
    return [200, { uid, state: 'gone' }]
  }
  /** Off: no grant type and a secret nobody knows; on again: what it was. Tokens already given out live on. */
  const setClient = (id: string, isEnabled: boolean): [number, unknown] => {
    const payload = store.get('Client', id)
    if (payload === undefined) return [404, { error: 'not_found' }]
    const held = heldClients.get(id)
    if (isEnabled && held !== undefined) {
      heldClients.delete(id)
      store.put('Client', id, held)
      register.record({ type: 'client.enabled', client: id })
    } else if (!isEnabled && held === undefined) {
      heldClients.set(id, payload)
      store.put('Client', id, {
        ...payload,
        client_secret: randomBytes(32).toString('base64url'),
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      })
      register.record({ type: 'client.disabled', client: id })
    }
    return [200, clients().find((client) => client.id === id)]
  }

  const read = (kind: string, id: string): unknown => {
    if (kind === 'tokens') return tokenState(id)
    if (kind === 'grants') return grantState(id)
    if (kind === 'sessions') return { uid: id, state: sessionId(id) === undefined ? 'gone' : 'live' }
    return clients().find((client) => client.id === id)
  }
  const remove = async (kind: string, id: string): Promise<[number, unknown]> => {
    if (kind === 'tokens') return removeToken(id)
    if (kind === 'grants') return removeGrant(id)
    if (kind === 'sessions') return removeSession(id)
    return [405, { error: 'method_not_allowed' }]
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://admin')
    const [, , kind = '', id] = url.pathname.split('/').map(decodeURIComponent)
    const bearer = bearerOf(request)
    const mayAct = bearer === adminTokens.contain
    if (!mayAct && bearer !== adminTokens.see) return reply(response, 401, { error: 'unauthorized' })
    if (request.method !== 'GET' && !mayAct) return reply(response, 403, { error: 'forbidden' })
    if (kind === 'events') {
      return reply(response, 200, register.after(url.searchParams.get('after'), boundedMax(url)))
    }
    const list = lists[kind]
    if (list === undefined) return reply(response, 404, { error: 'not_found' })
    if (id === undefined) {
      const sha256 = url.searchParams.get('sha256')
      if (kind === 'tokens' && sha256 !== null) {
        const token = register.bySha256(`sha256:${sha256}`)
        return reply(response, 200, { rows: token === undefined ? [] : [tokenState(token.ref)], next: null })
      }
      const from = Number(url.searchParams.get('after') ?? 0)
      const rows = list()
      const end = from + boundedMax(url)
      return reply(response, 200, { rows: rows.slice(from, end), next: end < rows.length ? String(end) : null })
    }
    if (request.method === 'GET') {
      const found = read(kind, id)
      return found === undefined ? reply(response, 404, { error: 'not_found' }) : reply(response, 200, found)
    }
    if (request.method === 'DELETE') return reply(response, ...(await remove(kind, id)))
    if (request.method === 'PUT' && kind === 'clients') {
      const body = parseJson(await readText(request))
      return reply(response, ...setClient(id, isObject(body) && body['isEnabled'] === true))
    }
    return reply(response, 405, { error: 'method_not_allowed' })
  }
}

const boundedMax = (url: URL): number => Math.min(Number(url.searchParams.get('max') ?? pageMax), pageMax)
const secondsToMs = (value: unknown): number | null => (typeof value === 'number' ? value * 1000 : null)
const grantRow = (id: string, payload: Record<string, unknown>) => ({
  id,
  client: payload['clientId'],
  subject: payload['accountId'],
  resources: payload['resources'] ?? {},
  createdAtMs: secondsToMs(payload['iat']),
  expiresAtMs: secondsToMs(payload['exp']),
})
