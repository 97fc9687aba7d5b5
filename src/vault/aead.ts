import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'

import { concatBytes } from '#kit'

export const gcmKeyBytes = 32
export const gcmNonceBytes = 12
export const gcmTagBytes = 16

const cipherOf = (key: Uint8Array): 'aes-256-gcm' | 'aes-128-gcm' =>
  key.length === gcmKeyBytes ? 'aes-256-gcm' : 'aes-128-gcm'

/** AES-GCM; gives ciphertext and tag. INVARIANT: a (key, nonce) pair is used once. */
export function gcmSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(cipherOf(key), createSecretKey(key), nonce, { authTagLength: gcmTagBytes })
  cipher.setAAD(aad)
  return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

/** Throws Node's own error when key, nonce, AAD or any byte differ. */
export function gcmOpen(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const at = Math.max(0, sealed.length - gcmTagBytes)
  const decipher = createDecipheriv(cipherOf(key), createSecretKey(key), nonce, { authTagLength: gcmTagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(at))
  return concatBytes(decipher.update(sealed.subarray(0, at)), decipher.final())
}
