import { concatBytes, utf8, type RandomBytes } from '#kit'

import { gcmNonceBytes, gcmOpen, gcmSeal } from './aead.ts'
import { cannotOpen } from './error.ts'

const boxVersion = 1

/** One record under a data key of its module: version byte, nonce, box. `place` binds it: moved elsewhere, it does not open. */
export function boxSeal(key: Uint8Array, place: string, plain: string, random: RandomBytes): Uint8Array {
  const nonce = random(gcmNonceBytes)
  return concatBytes(Uint8Array.of(boxVersion), nonce, gcmSeal(key, nonce, utf8(place), utf8(plain)))
}

export function boxOpen(key: Uint8Array, place: string, sealed: Uint8Array): string {
  if (sealed[0] !== boxVersion) throw cannotOpen()
  const body = 1 + gcmNonceBytes
  try {
    return Buffer.from(gcmOpen(key, sealed.subarray(1, body), utf8(place), sealed.subarray(body))).toString('utf8')
  } catch (error) {
    throw cannotOpen(error)
  }
}
