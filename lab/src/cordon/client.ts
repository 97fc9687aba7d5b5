import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

import { canonicalJson, createHttp, isObject, toBase64url, utf8 } from 'cordon/kit'
import { routes, type BodyInput, type ResponseOf, type RouteName } from 'cordon/contract'

export class CordonRefused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'CordonRefused'
    this.status = status
    this.code = code
  }
}

/** A user of Cordon's API; answers are checked against the contract it publishes. */
export type CordonClient = {
  url: string
  call<Name extends RouteName>(
    name: Name,
    input?: { params?: Record<string, string>; body?: BodyInput<Name> },
  ): Promise<ResponseOf<Name>>
  ingest(source: string, stream: string, records: readonly unknown[]): Promise<void>
}

export const requestTimeoutMs = 20_000

export function createCordonClient(url: string, token: string): CordonClient {
  const http = createHttp([url])
  const send = async (
    path: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    body?: string,
    type?: string,
  ) => {
    const response = await http.request(`${url}${path}`, {
      method,
      timeoutMs: requestTimeoutMs,
      headers: { authorization: `Bearer ${token}`, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    })
    if (response.status >= 200 && response.status < 300) return response
    const problem = response.text.startsWith('{') ? response.json() : {}
    const text = (key: string): string => (isObject(problem) && typeof problem[key] === 'string' ? problem[key] : '')
    throw new CordonRefused(
      response.status,
      text('code'),
      `${method} ${path}: ${response.status} ${text('detail')} ${text('hint')}`.trim(),
    )
  }
  return {
    url,
    async call(name, input = {}) {
      const route = routes[name]
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
        encodeURIComponent(input.params?.[key] ?? ''),
      )
      const body = input.body === undefined ? undefined : JSON.stringify(input.body)
      const response = await send(path, route.method, body, body === undefined ? undefined : 'application/json')
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the schema of this very route
      return route.response.parse(
        'raw' in route && route.raw === 'text' ? response.text : response.json(),
      ) as ResponseOf<typeof name>
    },
    async ingest(source, stream, records) {
      const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
      await send(`/v1/events/${source}?stream=${stream}`, 'POST', body, 'application/x-ndjson')
    },
  }
}

/** The person on call: an own signing key, kept where Cordon never sees it. */
export type OnCall = { name: string; publicKey: string; key: KeyObject }

export function makeOnCall(name: string): OnCall {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { name, publicKey: x ?? '', key: privateKey }
}

export const approvalLifetimeMs = 15 * 60_000

/** Signs the plan's hash and what may still join it. */
export function approvalOf(
  onCall: OnCall,
  keyId: string,
  incident: ResponseOf<'incident.open'>['id'],
  plan: ResponseOf<'incident.contain'>['plan'],
  nowMs: number,
): BodyInput<'incident.approve'> {
  const approval = {
    plan: plan.hash,
    incident,
    approver: onCall.name,
    envelope: {
      verbs: [...new Set(plan.steps.map(({ verb }) => verb))].sort(),
      connectors: [...new Set(plan.steps.map(({ connector }) => connector))].sort(),
      furtherTargetsMax: 10,
      expiresAtMs: nowMs + approvalLifetimeMs,
    },
    nonce: toBase64url(randomBytes(18)),
    atMs: nowMs,
  }
  return { approval, keyId, signature: toBase64url(sign(null, utf8(canonicalJson(approval)), onCall.key)) }
}
