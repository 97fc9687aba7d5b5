import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { ssfConnector } from '#connectors/ssf'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

type Config = Parameters<NonNullable<typeof ssfConnector.coverage>>[0]

const audience = 'https://cordon.example'
const pollUrl = `${twinOrigin}/poll`
const kid = 'k1'
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { kty = '', crv = '', x = '', y = '' } = pair.publicKey.export({ format: 'jwk' })
const key: JsonObject = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }
const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** RFC 7515, made by Node alone: what signs here shares no code with what checks it. */
function signed(claims: JsonObject): string {
  const body = `${part({ alg: 'ES256', typ: 'secevent+jwt', kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(body), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${body}.${signature.toString('base64url')}`
}

/** What a transmitter keeps for us: tokens, which never change, and those we took. */
type Queue = { tokens: Map<string, string>; taken: Set<string> }
const queues = new WeakMap<VendorTwin, Queue>()
function queueOf(twin: VendorTwin): Queue {
  const queue = queues.get(twin) ?? { tokens: new Map(), taken: new Set() }
  queues.set(twin, queue)
  return queue
}

const perPoll = 7
const stream: JsonObject = {
  stream_id: 's1',
  iss: twinOrigin,
  aud: audience,
  delivery: { method: 'urn:ietf:rfc:8936', endpoint_url: pollUrl },
}

/** A transmitter's answers over the suite's rows: each waits until it was acknowledged (RFC 8936). */
function answer({ url, method, body }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const ok = (given: Json): TwinAnswer => ({ status: 200, body: given })
  switch (url.pathname) {
    case '/.well-known/ssf-configuration':
      return ok({
        issuer: twinOrigin,
        jwks_uri: `${twinOrigin}/keys`,
        configuration_endpoint: `${twinOrigin}/streams`,
        status_endpoint: `${twinOrigin}/status`,
      })
    case '/keys':
      return ok({ keys: [key] })
    case '/streams':
      return ok(method === 'GET' ? [stream] : { ...stream, ...objectOf(body) })
    case '/status':
      return ok({ status: 'enabled' })
    default:
      return ok(polled(objectOf(body), twin))
  }
}

function polled({ ack, maxEvents = 100 }: JsonObject, twin: VendorTwin): Json {
  const { tokens, taken } = queueOf(twin)
  for (const id of Array.isArray(ack) ? ack : []) if (typeof id === 'string') taken.add(id)
  const max = Math.min(perPoll, typeof maxEvents === 'number' ? maxEvents : perPoll)
  const { records } = twin.byArrival(0, 1_000)
  const waiting = [...new Map(records.map((claims) => [idOf(claims), claims]))].filter(([id]) => !taken.has(id))
  const sets: Record<string, string> = {}
  for (const [id, claims] of waiting.slice(0, max)) {
    const token = tokens.get(id) ?? signed(claims)
    tokens.set(id, token)
    sets[id] = token
  }
  return { sets, moreAvailable: waiting.length > max }
}

const idOf = ({ jti }: JsonObject): string => (typeof jti === 'string' ? jti : '')
const objectOf = (text: string): JsonObject => {
  const value = text === '' ? {} : parseJson(text)
  return isObject(value) ? value : {}
}

const plug: FaultPlug<Config> = {
  name: 'ssf signals',
  connector: ssfConnector,
  config: ssfConnector.config.parse({ issuer: twinOrigin, audience }),
  secrets: { token: 'EXAMPLE' },
  stream: 'signals',
  record: ({ id, n, atMs }) => ({
    jti: id,
    iss: twinOrigin,
    aud: audience,
    iat: Math.floor(atMs / 1000),
    sub_id: { format: 'opaque', id: `u${n % 5}` },
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { event_timestamp: atMs } },
    txn: `t${n}`,
  }),
  keeps: ['jti', 'iss', 'aud', 'iat', 'sub_id', 'events'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'expired-cursor': 'a queue has no cursor',
    'repeated-page': 'what is handed out again is what was not acknowledged',
    'token-expiry': 'its token is one that was given by hand',
    'clock-ahead': 'a token that is issued in the future is refused: a transmitter’s clock has to be right to a minute',
    'future-dated': 'a token that is issued in the future is refused',
  },
}

const elsewhere: Gate['elsewhere'] = [
  [
    /ssf\/(?!stream)[\w-]+\.ts/,
    'metadata and keys are kept for all lives of a process, as the clock of the suite has it',
  ],
  [/stand\(|readToken\(|readMetadata|ensureStream|api\./, 'the same'],
]
for (const { name, run } of connectorSuite(ssfConnector, [plug], { elsewhere })) test(name, run)
