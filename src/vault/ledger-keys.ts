import { sign } from 'node:crypto'

import { assert } from '#kit'

import { newestOf, type SigningRing } from './key-ring.ts'
import { privateKeyOf } from './raw-keys.ts'

export type LedgerSigner = {
  readonly keyId: string
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** Ed25519 keys of the ledger. `publicKeys` holds retired ones too: their checkpoints must verify for ever. */
export interface LedgerKeys {
  signer(): LedgerSigner
  publicKeys(): { keyId: string; publicKey: Uint8Array }[]
}

export function createLedgerKeys(ring: () => SigningRing): LedgerKeys {
  return {
    signer() {
      const { id, publicKey, seed } = newestOf(ring())
      assert(seed !== null, 'the newest signing key has its seed')
      const key = privateKeyOf('ed25519', seed)
      return { keyId: id, publicKey, sign: (bytes) => new Uint8Array(sign(null, bytes, key)) }
    },
    publicKeys: () => ring().map(({ id, publicKey }) => ({ keyId: id, publicKey })),
  }
}
