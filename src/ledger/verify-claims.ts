import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import { parseNote, signersOf, type NoteKey } from './note.ts'

/** Files of one outside directory; more is no witness but a mistake. */
export const witnessFilesMax = 1_000_000

/** A signed statement about the tree, and whether somebody outside this house made or kept it. */
export type Claim = Checkpoint & { from: string; isOutside: boolean }

/**
 * Every checkpoint that an export and the outside places hold of the ledger with these keys; the export's own one first.
 * Checkpoints of other ledgers are left out. Throws ERR_LEDGER_NOTE, with the file as `place`, for one of ours that no
 * known key signed: it must not be passed over.
 */
export function readClaims(
  dir: string,
  keys: readonly NoteKey[],
  witnessKeys: readonly NoteKey[],
  witnessDirs: readonly string[],
): [head: Claim, ...others: Claim[]] {
  const [head] = readClaim(readFileSync(join(dir, 'checkpoint'), 'utf8'), 'checkpoint', keys, false)
  if (head === undefined) {
    throw new LedgerError('ERR_LEDGER_NOTE', 'it speaks of another ledger than the public key', { place: 'checkpoint' })
  }
  const claims: [Claim, ...Claim[]] = [head]
  for (const { path, text } of filesIn(join(dir, 'checkpoints'))) claims.push(...readClaim(text, path, keys, false))
  for (const { path, text } of filesIn(join(dir, 'witnessed'))) {
    claims.push(...readClaim(text, path, keys, signersOf(parseNote(text), witnessKeys).length > 0))
  }
  for (const place of witnessDirs) {
    if (!existsSync(place))
      throw new LedgerError('ERR_LEDGER_NOTE', 'there is no such directory to compare with', { place })
    for (const { path, text } of filesIn(place)) {
      if (!isTorn(text)) claims.push(...readClaim(text, path, keys, true))
    }
  }
  return claims
}

/**
 * A crash while a witness wrote leaves a note without its last line. Whoever could cut one on purpose could delete it as
 * well, so passing over it gives nothing away.
 */
export const isTorn = (text: string): boolean => !/\n\n(?:— [^\n]+\n)+$/u.test(text)

function readClaim(source: string, from: string, keys: readonly NoteKey[], isOutside: boolean): Claim[] {
  try {
    const note = parseNote(source)
    const checkpoint = parseCheckpoint(note.text)
    if (!keys.some(({ name }) => name === checkpoint.origin)) return []
    if (signersOf(note, keys).length > 0) return [{ ...checkpoint, from, isOutside }]
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    throw new LedgerError('ERR_LEDGER_NOTE', error.message, { place: from, cause: error })
  }
  throw new LedgerError('ERR_LEDGER_NOTE', 'no known key signed this checkpoint', { place: from })
}

/** Every file below a directory; none when it does not exist. */
export function* filesIn(dir: string): Generator<{ path: string; text: string }> {
  if (!existsSync(dir)) return
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  if (files.length > witnessFilesMax) {
    throw new LedgerError('ERR_LEDGER_NOTE', `more than ${witnessFilesMax} files`, { place: dir })
  }
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    yield { path, text: readFileSync(path, 'utf8') }
  }
}
