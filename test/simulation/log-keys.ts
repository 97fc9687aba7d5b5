import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

import { concatBytes, sha256, utf8 } from '#kit'
import type { Fingerprinter, LogKeys } from '#vault'

/** The smallest real `LogKeys`: AES-256-GCM under one key, bound to tenant and day. */
export function logKeysOf(seed: string): LogKeys {
  const kek = sha256(seed)
  const wrap = (key: Uint8Array, context: string): Uint8Array => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(utf8(context))
    return concatBytes(nonce, cipher.update(key), cipher.final(), cipher.getAuthTag())
  }
  const unwrap = (wrapped: Uint8Array, context: string): Uint8Array => {
    const decipher = createDecipheriv('aes-256-gcm', kek, wrapped.subarray(0, 12)).setAAD(utf8(context))
    decipher.setAuthTag(wrapped.subarray(wrapped.length - 16))
    return concatBytes(decipher.update(wrapped.subarray(12, wrapped.length - 16)), decipher.final())
  }
  return {
    create(tenant, day) {
      const key = randomBytes(32)
      return { key, wrapped: wrap(key, `${tenant} ${day}`) }
    },
    unwrap: (tenant, day, wrapped) => unwrap(wrapped, `${tenant} ${day}`),
    rewrap: (tenant, day, wrapped) => wrap(unwrap(wrapped, `${tenant} ${day}`), `${tenant} ${day}`),
  }
}

export function fingerprinterOf(seed: string): Fingerprinter {
  const ofSha256 = (hash: Uint8Array): string => `k1.${createHmac('sha256', seed).update(hash).digest('base64url')}`
  return { ofSha256, ofValue: (value) => ofSha256(sha256(value)), all: (hash) => [ofSha256(hash)] }
}
