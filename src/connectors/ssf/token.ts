import { z } from 'zod'

import { isObject, parseJson, type JsonObject } from '#kit'
import { DeliveryRefused, type PullContext, type StreamEvent } from '#sources/contract'

import { realmOf, type SsfConfig } from './config.ts'
import { findKey } from './keys.ts'
import type { Naming } from './subject.ts'

/** One security event token, in characters. */
export const tokenCharsMax = 64 * 1024
/** Clocks differ; a token from further ahead is no mistake. */
export const aheadMsMax = 60_000
/** A transmitter goes on trying for days. Older than this it is history, or a replay that the log may have forgotten. */
export const ageMsMax = 7 * 24 * 3_600_000
const eventsMax = 8
/** INVARIANT: signatures by a key pair alone; `none` and shared secrets are refused before a key is looked for. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

const claims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string()).max(16)]),
  iat: z.number(),
  jti: z.string().min(1).max(512),
  events: z.record(z.string().min(1).max(512), z.record(z.string(), z.unknown())),
})

type Verifying = Pick<PullContext<SsfConfig>, 'config' | 'http' | 'clock' | 'signal'>

/**
 * A security event token (RFC 8417, narrowed by SSF 1.0) → the event to keep. What is believed of it is its signature by
 * the issuer's key, for us, made lately; throws DeliveryRefused with RFC 8935's word for what is not so.
 */
export async function readToken(context: Verifying, jwksUrl: string, text: string): Promise<StreamEvent> {
  const { config, clock } = context
  const token = text.trim()
  if (token.length > tokenCharsMax)
    throw new DeliveryRefused('invalid_request', `longer than ${tokenCharsMax} characters`)
  const header = headerOf(token)
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw new DeliveryRefused('invalid_request', 'not signed by an algorithm that is accepted')
  }
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined
  if (type !== 'secevent+jwt' && !(config.untyped && (type === undefined || type === 'jwt'))) {
    throw new DeliveryRefused('invalid_request', 'its header does not say `secevent+jwt`')
  }
  const keyId = typeof kid === 'string' ? kid : undefined
  const key = await findKey(context, jwksUrl, keyId)
  if (key === undefined) throw new DeliveryRefused('invalid_key', 'signed by a key that the issuer does not publish')
  const payload = await verified(token, key, alg)
  const parsed = claims.safeParse(payload)
  if (!parsed.success) {
    const place = (parsed.error.issues[0]?.path ?? []).map(String)[0] ?? 'payload'
    throw new DeliveryRefused('invalid_request', `its \`${place}\` is not as RFC 8417 wants it`)
  }
  const { iss, aud, iat, jti, events } = parsed.data
  if (iss !== config.issuer) throw new DeliveryRefused('invalid_issuer', 'of another issuer')
  if (!(typeof aud === 'string' ? [aud] : aud).includes(config.audience)) {
    throw new DeliveryRefused('invalid_audience', 'meant for somebody else')
  }
  const atMs = Math.floor(iat * 1000)
  const nowMs = clock.nowMs()
  if (!(atMs <= nowMs + aheadMsMax)) throw new DeliveryRefused('invalid_request', 'issued in the future')
  if (atMs < nowMs - ageMsMax) throw new DeliveryRefused('invalid_request', 'issued too long ago')
  // SSF 1.0, 4.1: whoever takes such a token for an access or ID token must find neither in it.
  if ('sub' in payload || 'exp' in payload) throw new DeliveryRefused('invalid_request', 'has a `sub` or an `exp`')
  const count = Object.keys(events).length
  if (count === 0 || count > eventsMax) throw new DeliveryRefused('invalid_request', `${count} events in one token`)
  const names: Naming = { issuer: config.issuer, realm: realmOf(config), subject: config.subject }
  return { native: jti, eventAtMs: atMs, raw: { set: payload, signedBy: { alg, kid: keyId ?? null }, names } }
}

function headerOf(token: string): Record<string, unknown> {
  const parts = token.split('.')
  try {
    if (parts.length === 3) {
      const header = parseJson(Buffer.from(parts[0] ?? '', 'base64url').toString('utf8'), 4)
      if (isObject(header)) return header
    }
  } catch {
    // Told below: text of a stranger is never repeated.
  }
  throw new DeliveryRefused('invalid_request', 'not a signed token')
}

async function verified(token: string, key: object, alg: string): Promise<JsonObject> {
  // Only hands gets here: core loads the connector for what it says, not to check signatures.
  const { compactVerify, importJWK } = await import('jose')
  try {
    const { payload } = await compactVerify(token, await importJWK(key, alg), { algorithms: [alg] })
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(payload), 24)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    throw new DeliveryRefused('authentication_failed', 'its signature does not hold')
  }
  throw new DeliveryRefused('invalid_request', 'its payload is no object')
}
