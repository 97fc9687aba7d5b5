import { concatBytes, fromBase64, toBase64, utf8, type RandomBytes } from '#kit'
import type { TenantId } from '#model'

import { readEnvelope, writeEnvelope } from './envelope.ts'
import { cannotOpen } from './error.ts'
import { aes256Suite, hpkeOpen, hpkeSeal } from './hpke.ts'
import { newestOf, type PrivateRing, type PublicRing } from './key-ring.ts'
import { privateKeyOf } from './raw-keys.ts'
import type { Opener, SealedText, Sealer } from './types.ts'

const sealInfo = utf8('cordon seal v1')

/** The context that binds a sealed value to its tenant and place; parts cannot run into each other. */
export const sealContext = (tenant: TenantId, ...parts: readonly string[]): string => JSON.stringify([tenant, ...parts])

/** Under which of hands' keys it is sealed; opens nothing. */
export const keyIdOf = (sealed: SealedText): string => readEnvelope(fromBase64(sealed)).keyId

/** `ring` is asked at each call, so that a rotation is in use from the next seal on. */
export function createSealer(ring: () => PublicRing, random: RandomBytes): Sealer {
  return {
    get keyId() {
      return newestOf(ring()).id
    },
    seal(plain, context) {
      const { id, publicKey } = newestOf(ring())
      const head = writeEnvelope(id)
      const aad = concatBytes(head, utf8(context))
      return toBase64(concatBytes(head, hpkeSeal(aes256Suite, publicKey, sealInfo, aad, utf8(plain), random)))
    },
  }
}

/** `reload` is tried once for a key id we do not know yet: the other process may have rotated a moment ago. */
export function createOpener(ring: () => PrivateRing, sealer: Sealer, reload: () => void): Opener {
  const find = (keyId: string): Uint8Array | undefined => ring().find(({ id }) => id === keyId)?.privateKey
  const open = (sealed: SealedText, context: string): string => {
    const { keyId, head, body } = readEnvelope(fromBase64(sealed))
    if (find(keyId) === undefined) reload()
    const key = find(keyId)
    if (key === undefined) throw cannotOpen()
    try {
      const aad = concatBytes(head, utf8(context))
      return Buffer.from(hpkeOpen(aes256Suite, privateKeyOf('x25519', key), sealInfo, aad, body)).toString('utf8')
    } catch (error) {
      throw cannotOpen(error)
    }
  }
  return { open, reseal: (sealed, context) => sealer.seal(open(sealed, context), context) }
}
