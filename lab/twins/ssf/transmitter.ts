import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

import { isObject, parseJson, type Clock, type Json } from 'cordon/kit'

import { readText, serve, type Served } from '../../src/http.ts'

export const caep = (name: string): string => `https://schemas.openid.net/secevent/caep/event-type/${name}`
export const risc = (name: string): string => `https://schemas.openid.net/secevent/risc/event-type/${name}`
export const ssf = (name: string): string => `https://schemas.openid.net/secevent/ssf/event-type/${name}`

type Key = { kid: string; privateKey: CryptoKey; jwk: JWK }
type Stream = { stream_id: string } & Record<string, Json>
export type SetClaims = Record<string, unknown>

/** A Shared Signals transmitter (SSF 1.0) on loopback. It can be told to lie, to forget, and to be away. */
export async function startTransmitter(clock: Clock, token: string): Promise<Transmitter> {
  const keys: Key[] = []
  const streams = new Map<string, Stream>()
  /** Signed tokens waiting for a poll, by the id they are listed under. */
  const waiting = new Map<string, string>()
  const state: Transmitter['state'] = {
    isKeySetDown: false,
    isPublished: () => true,
    status: 'enabled',
    metadata: {},
    acked: [],
    setErrors: {},
    keySetAsked: 0,
  }
  let count = 0
  const served = await serve((base) => async (request, response) => {
    const url = new URL(request.url ?? '/', base)
    const text = await readText(request)
    const body = text === '' ? {} : parseJson(text)
    const send = (status: number, json?: Json): void => {
      response.writeHead(status, json === undefined ? {} : { 'content-type': 'application/json' })
      response.end(json === undefined ? undefined : JSON.stringify(json))
    }
    const route = `${request.method} ${url.pathname}`
    if (route === 'GET /.well-known/ssf-configuration') return send(200, { ...metadataOf(base), ...state.metadata })
    if (route === 'GET /jwks') {
      state.keySetAsked++
      if (state.isKeySetDown) return send(503, { error: 'away' })
      const shown = keys.filter(({ kid }) => state.isPublished(kid)).map(({ jwk }) => jwk)
      return send(200, parseJson(JSON.stringify({ keys: shown })))
    }
    if (request.headers.authorization !== `Bearer ${token}`) return send(401, { error: 'invalid_token' })
    if (!isObject(body)) return send(400, { error: 'invalid_request' })
    switch (route) {
      case 'GET /streams':
        return send(200, [...streams.values()])
      case 'POST /streams': {
        const id = `s${++count}`
        const delivery = isObject(body['delivery']) ? body['delivery'] : {}
        const isPoll = delivery['method'] === 'urn:ietf:rfc:8936'
        const stream: Stream = {
          stream_id: id,
          iss: base,
          aud: 'https://cordon.example',
          events_supported: [caep('session-revoked'), risc('credential-compromise'), risc('account-disabled')],
          events_requested: parseJson(JSON.stringify(body['events_requested'] ?? [])),
          delivery: isPoll
            ? { method: 'urn:ietf:rfc:8936', endpoint_url: `${base}/poll` }
            : parseJson(JSON.stringify(delivery)),
        }
        streams.set(id, stream)
        return send(201, stream)
      }
      case 'PATCH /streams': {
        const stream = streams.get(JSON.stringify(body['stream_id']).slice(1, -1))
        if (stream === undefined) return send(404, {})
        Object.assign(stream, parseJson(text))
        return send(200, stream)
      }
      case 'GET /status':
        return send(200, { stream_id: url.searchParams.get('stream_id') ?? '', status: state.status })
      case 'POST /poll': {
        for (const id of Array.isArray(body['ack']) ? body['ack'].map(String) : []) {
          waiting.delete(id)
          state.acked.push(id)
        }
        for (const [id, error] of Object.entries(isObject(body['setErrs']) ? body['setErrs'] : {})) {
          waiting.delete(id)
          state.setErrors[id] = error
        }
        const shown = [...waiting].slice(0, Number(body['maxEvents'] ?? 100))
        return send(200, { sets: Object.fromEntries(shown), moreAvailable: waiting.size > shown.length })
      }
      default:
        return send(404, { error: 'not_found' })
    }
  })
  const { url: issuer } = served

  const addKey = async (kid: string): Promise<void> => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } })
  }
  await addKey('k1')
  return {
    ...served,
    issuer,
    state,
    streams,
    waiting,
    addKey,
    claims: (events, more = {}) => ({
      iss: issuer,
      aud: 'https://cordon.example',
      iat: Math.floor(clock.nowMs() / 1000),
      jti: `jti-${++count}`,
      sub_id: { format: 'iss_sub', iss: issuer, sub: 'u1' },
      events,
      ...more,
    }),
    async sign(claims, header = {}) {
      const key = keys.find(({ kid }) => kid === (header['kid'] ?? keys.at(-1)?.kid)) ?? keys[0]
      if (key === undefined) throw new Error('a transmitter has a key')
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'secevent+jwt', kid: key.kid, ...header })
        .sign(key.privateKey)
    },
  }
}

const metadataOf = (base: string): Record<string, Json> => ({
  spec_version: '1_0',
  issuer: base,
  jwks_uri: `${base}/jwks`,
  delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
  configuration_endpoint: `${base}/streams`,
  status_endpoint: `${base}/status`,
})

export type Transmitter = Served & {
  issuer: string
  state: {
    isKeySetDown: boolean
    isPublished: (kid: string) => boolean
    status: string
    metadata: Record<string, Json>
    acked: string[]
    setErrors: Record<string, unknown>
    keySetAsked: number
  }
  streams: Map<string, Stream>
  waiting: Map<string, string>
  addKey(kid: string): Promise<void>
  claims(events: Record<string, unknown>, more?: SetClaims): SetClaims & { jti?: string }
  sign(claims: SetClaims, header?: Record<string, string>): Promise<string>
}
