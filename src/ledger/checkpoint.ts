import { fromBase64, toBase64 } from '#kit'
import type { TenantId } from '#model'
import type { LedgerKeys } from '#vault'

import { LedgerError } from './error.ts'
import { hashBytes } from './merkle/index.ts'
import { noteKey, type NoteKey } from './note.ts'

/** What a checkpoint says (https://c2sp.org/tlog-checkpoint): whose tree, how many leaves, which root. */
export type Checkpoint = { origin: string; size: number; root: Uint8Array }

export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${toBase64(root)}\n`

/** Throws ERR_LEDGER_NOTE. Extension lines are signed but mean nothing to us. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = ''] = text.split('\n')
  const root = fromBase64(rootText)
  const size = Number(sizeText)
  const isExact = /^(0|[1-9]\d{0,15})$/.test(sizeText) && Number.isSafeInteger(size) && toBase64(root) === rootText
  if (origin === '' || !isExact || root.length !== hashBytes) {
    throw new LedgerError('ERR_LEDGER_NOTE', 'the note is no checkpoint', {
      hint: 'its lines are origin, size and root hash; compare it with the copies outside',
    })
  }
  return { origin, size, root }
}

/** Tenant in the origin: a checkpoint of one tenant can never be shown as another's. `generation` rises by `restartLedger`. */
export const originOf = (house: string, tenant: TenantId, generation: number): string =>
  `${house}/${tenant}${generation === 1 ? '' : `/${generation}`}`

/** Name of this installation in origins; from its first ledger key, so that two installations never share one. */
export function houseOf(keys: LedgerKeys): string {
  const first = keys.publicKeys()[0]
  return first === undefined ? 'cordon' : `cordon-${noteKey('ed25519', 'cordon', first.publicKey).keyHash}`
}

/** Every key this ledger ever signed with, newest last. */
export const noteKeysOf = (keys: LedgerKeys, origin: string): NoteKey[] =>
  keys.publicKeys().map(({ publicKey }) => noteKey('ed25519', origin, publicKey))
