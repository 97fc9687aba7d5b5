import { hkdfSync } from 'node:crypto'

import { assert, hmacSha256, sha256, toBase64url, utf8 } from '#kit'
import type { TenantId } from '#model'

import { newestOf, type SecretRing } from './key-ring.ts'
import type { Fingerprinter } from './types.ts'

const tenantKeyBytes = 32
const sha256Bytes = 32

export function createFingerprinter(ring: () => SecretRing, tenant: TenantId): Fingerprinter {
  const tenantKeys = new Map<string, Uint8Array>()
  const tenantKey = ({ id, key }: SecretRing[number]): Uint8Array => {
    const known = tenantKeys.get(id)
    if (known !== undefined) return known
    const info = utf8(`cordon fingerprint v1 ${tenant}`)
    const derived = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), info, tenantKeyBytes))
    tenantKeys.set(id, derived)
    return derived
  }
  const under = (entry: SecretRing[number], hash: Uint8Array): string => {
    assert(hash.length === sha256Bytes, 'a SHA-256 of 32 bytes')
    return `${entry.id}.${toBase64url(hmacSha256(tenantKey(entry), hash))}`
  }
  return {
    ofValue: (value) => under(newestOf(ring()), sha256(utf8(value))),
    ofSha256: (hash) => under(newestOf(ring()), hash),
    /** Newest first. */
    all: (hash) =>
      ring()
        .map((entry) => under(entry, hash))
        .toReversed(),
  }
}
