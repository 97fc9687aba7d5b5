import { createHash } from 'node:crypto'

import { z } from 'zod'

import { fromBase64, type Json } from '#kit'

/** Below this many characters a found secret may be guessable, and even its hash would tell it. */
const hashedSecretCharsMin = 20
const record = z.record(z.string(), z.json())

/**
 * INVARIANT: a leaked secret leaves this function as a hash or not at all; the intake turns the hash into Cordon's own
 * fingerprint, so that the same key on a host or in a log is known to be the one in the repository.
 */
export function reduceAlert(row: Json): Json {
  const { secret, ...rest } = record.parse(row)
  const isHashed =
    typeof secret === 'string' &&
    secret.length >= hashedSecretCharsMin &&
    !/password/i.test(JSON.stringify(rest['secret_type'] ?? ''))
  return { ...rest, secret_sha256: isHashed ? sha256Text(secret) : null }
}

export function reduceHook(row: Json): Json {
  const { config, ...rest } = record.parse(row)
  return { ...rest, config: reduceHookConfig(config) }
}

/** Of an address only the origin: what stands behind it is often the receiver's secret. */
export function reduceHookConfig(config: Json | undefined): Json {
  const parts = record.safeParse(config)
  const { url, insecure_ssl } = parts.success ? parts.data : {}
  return {
    ...(typeof url === 'string' && URL.canParse(url) ? { url: new URL(url).origin } : {}),
    ...(insecure_ssl === undefined ? {} : { insecure_ssl }),
  }
}

export const sha256Text = (value: string): string =>
  `sha256:${createHash('sha256').update(value, 'utf8').digest('hex')}`
/** GitHub's `hashed_token`: SHA-256 of the whole token, in base64. Null for what is no such hash. */
export function sha256OfBase64(hash: string): string | null {
  const bytes = fromBase64(hash)
  return bytes.length === 32 ? `sha256:${Buffer.from(bytes).toString('hex')}` : null
}
