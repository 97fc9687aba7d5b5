import type { JWK } from 'jose'
import { z } from 'zod'

import type { JsonObject } from '#kit'
import { readAnswer, VendorError, type PullContext } from '#sources/contract'

import type { SsfConfig } from './config.ts'

/** A key set is asked for again this seldom, whatever key ids strangers invent. */
export const refetchMs = 30_000
/** Without a word of a new key, the set is still looked at anew this often: a key taken back must stop counting. */
export const freshMs = 10 * 60_000
/** While the key set cannot be reached, keys seen this recently go on counting. */
export const outageMs = 24 * 3_600_000
const setsMax = 64
const keysMax = 64

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(keysMax) })

type Held = { keys: JWK[]; atMs: number; triedAtMs: number }
const setsByUrl = new Map<string, Held>()

/**
 * The transmitter's key of this id. Undefined: the set is fresh and has no such key. Throws a retryable error when nobody
 * can say. INVARIANT: a key comes from the `jwks_uri` of the configured issuer's own metadata, never from a token.
 */
export async function findKey(
  context: Pick<PullContext<SsfConfig>, 'http' | 'clock' | 'signal'>,
  url: string,
  keyId: string | undefined,
): Promise<JWK | undefined> {
  const { clock } = context
  const held = setsByUrl.get(url)
  const now = clock.nowMs()
  const known = held === undefined ? undefined : pick(held.keys, keyId)
  if (held !== undefined && known !== undefined && now - held.atMs < freshMs) return known
  if (held !== undefined && now - held.triedAtMs < refetchMs) {
    if (known !== undefined && now - held.atMs < outageMs) return known
    throw notSure('the key set was asked for a moment ago and has no such key')
  }
  try {
    remember(url, { keys: await readKeys(context, url), atMs: now, triedAtMs: now })
  } catch (error) {
    if (held === undefined) throw error
    held.triedAtMs = now
    if (known !== undefined && now - held.atMs < outageMs) return known
    throw notSure('the key set cannot be reached')
  }
  return pick(setsByUrl.get(url)?.keys ?? [], keyId)
}

/** The key set as it is now, without the memory. */
export async function readKeys(
  { http, signal }: Pick<PullContext<SsfConfig>, 'http' | 'signal'>,
  url: string,
): Promise<JWK[]> {
  const { keys } = readAnswer(keySet, await http.request(url, { as: 'none', signal }), 'the key set')
  return keys.map(jwkOf)
}

/** For tests, and for a source that is read anew. */
export const forgetKeys = (): void => setsByUrl.clear()

function pick(keys: readonly JWK[], keyId: string | undefined): JWK | undefined {
  if (keyId !== undefined) return keys.find(({ kid }) => kid === keyId)
  return keys.length === 1 ? keys[0] : undefined
}

// A set may only bring public keys for signatures: a symmetric one would let whoever reads the set sign.
const jwkOf = (key: { kty: string }): JWK => (key.kty === 'oct' ? { kty: 'oct' } : { ...publicParts(key) })

const publicNames = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'] as const
function publicParts(key: Readonly<Record<string, unknown>>): JsonObject & { kty: string } {
  const out: JsonObject & { kty: string } = { kty: String(key['kty']) }
  for (const name of publicNames) {
    const value = key[name]
    if (typeof value === 'string') out[name] = value
  }
  return out
}

function remember(url: string, held: Held): void {
  setsByUrl.delete(url)
  setsByUrl.set(url, held)
  const oldest = setsByUrl.keys().next()
  if (setsByUrl.size > setsMax && oldest.done !== true) setsByUrl.delete(oldest.value)
}

const notSure = (why: string): VendorError =>
  new VendorError('ERR_VENDOR_DOWN', `a signature cannot be checked: ${why}`, {
    hint: 'the sender tries again; `cordon source check` shows whether the key set can be reached',
    retryable: true,
  })
