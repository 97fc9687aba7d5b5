import { createPublicKey, verify, type KeyObject } from 'node:crypto'

import { canonicalJson, fromBase64url, sha256, toBase64url, utf8 } from '#kit'

import { RespondError } from './error.ts'

const rawKeyBytes = 32
/** DER head of an Ed25519 SubjectPublicKeyInfo (RFC 8410); the raw key follows. */
const spkiHead = new Uint8Array([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])

/** Accepts the 32 raw bytes or the SPKI DER, both base64 or base64url; answers the raw key as base64url. */
export function readPublicKey(text: string): string {
  const bytes = fromBase64url(text.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))
  const isSpki =
    bytes.length === spkiHead.length + rawKeyBytes && spkiHead.every((byte, index) => bytes[index] === byte)
  const raw = isSpki ? bytes.subarray(spkiHead.length) : bytes
  if (raw.length !== rawKeyBytes) {
    throw new RespondError('ERR_APPROVER_KEY', 'this is no Ed25519 public key', {
      hint: 'give the 32 bytes, or the SPKI DER, as base64url',
    })
  }
  const text64 = toBase64url(raw)
  try {
    keyOf(text64)
  } catch (error) {
    throw new RespondError('ERR_APPROVER_KEY', 'this is no Ed25519 public key', { cause: error })
  }
  return text64
}

/** `ak_` + the first 12 bytes of SHA-256 over the raw key. */
export const approverKeyId = (publicKey: string): string =>
  `ak_${toBase64url(sha256(fromBase64url(readPublicKey(publicKey))).subarray(0, 12))}`

const keyOf = (publicKey: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })

/** `publicKey` raw and `signature`, both base64url; signed is the canonical JSON of `value`. */
export function isSignedBy(publicKey: string, value: unknown, signature: string): boolean {
  const bytes = fromBase64url(signature)
  return bytes.length === 64 && verify(null, utf8(canonicalJson(value)), keyOf(publicKey), bytes)
}
