import { concatBytes, utf8, type RandomBytes } from '#kit'
import type { TenantId } from '#model'

import { gcmKeyBytes, gcmNonceBytes, gcmOpen, gcmSeal } from './aead.ts'
import { readEnvelope, writeEnvelope } from './envelope.ts'
import { cannotOpen } from './error.ts'
import { newestOf, type SecretRing } from './key-ring.ts'
import type { LogKeys } from './types.ts'

/** Tenant and day are part of what is authenticated: a wrapped key moved to another row does not unwrap. */
const aadOf = (head: Uint8Array, tenant: TenantId, day: string): Uint8Array =>
  concatBytes(head, utf8(JSON.stringify(['cordon log key v1', tenant, day])))

/** Random 96-bit nonces under one key-encryption key stay safe up to 2^32 wraps: tenants × days never come near. */
export function createLogKeys(ring: () => SecretRing, random: RandomBytes): LogKeys {
  const wrap = (tenant: TenantId, day: string, key: Uint8Array): Uint8Array => {
    const kek = newestOf(ring())
    const head = writeEnvelope(kek.id)
    const nonce = random(gcmNonceBytes)
    return concatBytes(head, nonce, gcmSeal(kek.key, nonce, aadOf(head, tenant, day), key))
  }
  const unwrap = (tenant: TenantId, day: string, wrapped: Uint8Array): Uint8Array => {
    const { keyId, head, body } = readEnvelope(wrapped)
    const kek = ring().find(({ id }) => id === keyId)
    if (kek === undefined) throw cannotOpen()
    try {
      const nonce = body.subarray(0, gcmNonceBytes)
      return gcmOpen(kek.key, nonce, aadOf(head, tenant, day), body.subarray(gcmNonceBytes))
    } catch (error) {
      throw cannotOpen(error)
    }
  }
  return {
    create(tenant, day) {
      const key = new Uint8Array(random(gcmKeyBytes))
      return { key, wrapped: wrap(tenant, day, key) }
    },
    unwrap,
    rewrap: (tenant, day, wrapped) => wrap(tenant, day, unwrap(tenant, day, wrapped)),
  }
}
