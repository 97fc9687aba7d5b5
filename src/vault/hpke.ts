import { diffieHellman, type KeyObject } from 'node:crypto'

import { concatBytes, hmacSha256, utf8, type RandomBytes } from '#kit'

import { gcmKeyBytes, gcmNonceBytes, gcmOpen, gcmSeal } from './aead.ts'
import { privateKeyOf, publicKeyOf, rawKeyBytes, rawPublicOf } from './raw-keys.ts'

/**
 * HPKE (RFC 9180), base mode, one message for each encapsulation: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-GCM
 * with 32-byte keys (16-byte ones exist for the RFC's own vectors). What comes out is `enc` (32 bytes) ‖ ciphertext ‖ tag.
 */
type Suite = { aeadId: 1 | 2; keyBytes: 16 | 32 }
export const aes256Suite: Suite = { aeadId: 2, keyBytes: gcmKeyBytes }
export const aes128Suite: Suite = { aeadId: 1, keyBytes: 16 }

const kemId = 0x0020
const kdfId = 0x0001
const baseMode = Uint8Array.of(0)
const hashBytes = 32
const empty = new Uint8Array(0)

const i2osp2 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
const kemSuiteId = concatBytes(utf8('KEM'), i2osp2(kemId))

function labeledExtract(suiteId: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  const key = salt.length === 0 ? new Uint8Array(hashBytes) : salt
  return hmacSha256(key, concatBytes(utf8('HPKE-v1'), suiteId, utf8(label), ikm))
}

/** One HKDF block is enough: nothing here is longer than a hash. */
function labeledExpand(suiteId: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, bytes: number) {
  const labeled = concatBytes(i2osp2(bytes), utf8('HPKE-v1'), suiteId, utf8(label), info)
  return hmacSha256(prk, concatBytes(labeled, Uint8Array.of(1))).subarray(0, bytes)
}

function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(kemSuiteId, empty, 'eae_prk', dh)
  return labeledExpand(kemSuiteId, prk, 'shared_secret', concatBytes(enc, recipient), hashBytes)
}

function keySchedule(suite: Suite, shared: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const id = concatBytes(utf8('HPKE'), i2osp2(kemId), i2osp2(kdfId), i2osp2(suite.aeadId))
  const context = concatBytes(
    baseMode,
    labeledExtract(id, empty, 'psk_id_hash', empty),
    labeledExtract(id, empty, 'info_hash', info),
  )
  const secret = labeledExtract(id, shared, 'secret', empty)
  return {
    key: labeledExpand(id, secret, 'key', context, suite.keyBytes),
    nonce: labeledExpand(id, secret, 'base_nonce', context, gcmNonceBytes),
  }
}

export function hpkeSeal(
  suite: Suite,
  recipient: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
  random: RandomBytes,
): Uint8Array {
  const ephemeral = privateKeyOf('x25519', random(rawKeyBytes))
  const enc = rawPublicOf(ephemeral)
  const dh = diffieHellman({ privateKey: ephemeral, publicKey: publicKeyOf('x25519', recipient) })
  const { key, nonce } = keySchedule(suite, sharedSecret(dh, enc, recipient), info)
  return concatBytes(enc, gcmSeal(key, nonce, aad, plain))
}

/** Throws Node's own error when anything differs, and for an `enc` of low order. */
export function hpkeOpen(
  suite: Suite,
  recipient: KeyObject,
  info: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const enc = sealed.subarray(0, rawKeyBytes)
  const dh = diffieHellman({ privateKey: recipient, publicKey: publicKeyOf('x25519', enc) })
  const { key, nonce } = keySchedule(suite, sharedSecret(dh, enc, rawPublicOf(recipient)), info)
  return gcmOpen(key, nonce, aad, sealed.subarray(rawKeyBytes))
}
