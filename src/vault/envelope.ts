import { concatBytes, utf8 } from '#kit'

import { cannotOpen } from './error.ts'

/**
 * What every sealed value begins with: version byte, length of the key id, key id. Readers accept all earlier versions.
 * The header is authenticated as part of the AAD, so neither version nor key id can be swapped.
 */
const envelopeVersion = 1
const keyIdBytesMax = 32

export function writeEnvelope(keyId: string): Uint8Array {
  const id = utf8(keyId)
  return concatBytes(Uint8Array.of(envelopeVersion, id.length), id)
}

export function readEnvelope(sealed: Uint8Array): { keyId: string; head: Uint8Array; body: Uint8Array } {
  const [version, length = 0] = sealed
  if (version !== envelopeVersion || length === 0 || length > keyIdBytesMax || sealed.length < 2 + length) {
    throw cannotOpen()
  }
  const head = sealed.subarray(0, 2 + length)
  return { keyId: Buffer.from(head.subarray(2)).toString('utf8'), head, body: sealed.subarray(2 + length) }
}
