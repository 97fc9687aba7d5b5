import { existsSync } from 'node:fs'
import { basename } from 'node:path'

import { toHex } from '#kit'
import type { TenantId } from '#model'
import type { LedgerKeys } from '#vault'

import { houseOf, noteKeysOf, originOf, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import { parseNote, signersOf } from './note.ts'
import { filesIn, isTorn } from './verify-claims.ts'
import { namePattern } from './witness/file-drop.ts'

/** What witnesses kept of one tenant's ledger, and why other files are not believed. */
export type OutsideCheckpoints = { checkpoints: { size: number; rootHash: string; file: string }[]; faults: string[] }

/**
 * Checkpoints of this ledger, of any generation, in directories that witnesses kept: named for the size that the note
 * states, and signed by a key of ours. INVARIANT: a file's name alone proves nothing; whoever can write one could make a
 * restored ledger give up its origin. Without keys at hand signatures cannot be looked at: the caller must say so.
 */
export function readOutside(
  dirs: readonly string[],
  tenant: TenantId,
  keys: LedgerKeys | undefined,
): OutsideCheckpoints {
  const found: OutsideCheckpoints = { checkpoints: [], faults: [] }
  for (const dir of dirs) {
    if (!existsSync(dir)) {
      throw new LedgerError('ERR_LEDGER_WITNESS', 'there is no such directory to compare with', { place: dir })
    }
    for (const { path, text } of filesIn(dir)) {
      const file = basename(path)
      if (!file.endsWith('.checkpoint') || isTorn(text)) continue
      try {
        const checkpoint = readOwn(text, tenant, keys)
        if (checkpoint === undefined) continue
        const { size, root } = checkpoint
        if (Number(namePattern.exec(file)?.[1]) === size) {
          found.checkpoints.push({ size, rootHash: toHex(root), file })
        } else found.faults.push(`\`${file}\` states ${size} leaves, and is named for another number`)
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error
        found.faults.push(`\`${file}\`: ${error.message}`)
      }
    }
  }
  return found
}

/** Undefined for a checkpoint of another ledger. */
function readOwn(text: string, tenant: TenantId, keys: LedgerKeys | undefined): Checkpoint | undefined {
  const note = parseNote(text)
  const checkpoint = parseCheckpoint(note.text)
  const { origin } = checkpoint
  const house = keys === undefined ? origin.slice(0, origin.indexOf('/')) : houseOf(keys)
  const first = originOf(house, tenant, 1)
  const isOurs = origin === first || (origin.startsWith(`${first}/`) && /^\d+$/.test(origin.slice(first.length + 1)))
  if (!isOurs) return undefined
  if (keys !== undefined && signersOf(note, noteKeysOf(keys, origin)).length === 0) {
    throw new LedgerError('ERR_LEDGER_NOTE', 'no key of this ledger signed it')
  }
  return checkpoint
}
