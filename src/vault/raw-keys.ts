import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

import { assert, concatBytes, fromHex } from '#kit'

/** Bytes of a raw X25519 or Ed25519 key, private (seed) or public. */
export const rawKeyBytes = 32

/** DER that stands before the raw key in RFC 8410's PKCS#8 and SubjectPublicKeyInfo; Node reads no raw keys. */
const derPrefix = {
  x25519: { private: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
  ed25519: { private: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
} as const
export type Curve = keyof typeof derPrefix

export function privateKeyOf(curve: Curve, raw: Uint8Array): KeyObject {
  assert(raw.length === rawKeyBytes, 'a private key of 32 bytes')
  const der = concatBytes(fromHex(derPrefix[curve].private), raw)
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

export function publicKeyOf(curve: Curve, raw: Uint8Array): KeyObject {
  assert(raw.length === rawKeyBytes, 'a public key of 32 bytes')
  const der = concatBytes(fromHex(derPrefix[curve].public), raw)
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}

/** The raw public half of a private key. */
export function rawPublicOf(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-rawKeyBytes))
}
