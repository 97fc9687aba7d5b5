import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'

import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { blake2b } from '@noble/hashes/blake2.js'

const keyBytes = 32
const nonceBytes = 24
/** "expand 32-byte k", as Salsa20 wants it. */
const sigma = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574])

/**
 * libsodium's sealed box, the one form in which GitHub takes a secret: whoever holds the private half opens it, and nobody
 * else, the sealer neither. X25519 is Node's; XSalsa20-Poly1305 and short BLAKE2b it does not have.
 */
export function sealFor(publicKey: Uint8Array, text: string): Uint8Array {
  if (publicKey.length !== keyBytes) throw new RangeError(`a public key has ${keyBytes} bytes, not ${publicKey.length}`)
  const own = generateKeyPairSync('x25519')
  const ownPublic = Buffer.from(own.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const x = Buffer.from(publicKey).toString('base64url')
  const theirs = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
  const shared = new Uint8Array(diffieHellman({ privateKey: own.privateKey, publicKey: theirs }))
  const key = new Uint32Array(keyBytes / 4)
  hsalsa(sigma, wordsOf(shared), new Uint32Array(4), key)
  const nonce = blake2b(Buffer.concat([ownPublic, publicKey]), { dkLen: nonceBytes })
  const box = xsalsa20poly1305(bytesOf(key), nonce).encrypt(Buffer.from(text))
  return Buffer.concat([ownPublic, box])
}

/** Little end first, whatever the machine. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4, true))
}
function bytesOf(words: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4))
  words.forEach((word, at) => view.setUint32(at * 4, word, true))
  return new Uint8Array(view.buffer)
}
