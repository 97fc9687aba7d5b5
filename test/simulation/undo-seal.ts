import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemRandom } from '#kit'
import type { UndoSeal } from '#respond/hands'
import { createKeyFiles, openHandsVault } from '#vault'

import { undoSealOf } from '../../src/app/hands/undo-seal.ts'

/** As hands seal it, with keys that nobody keeps. */
export function makeUndoSeal(): UndoSeal {
  const dir = mkdtempSync(join(tmpdir(), 'cordon-undo-'))
  try {
    createKeyFiles(join(dir, 'keys'), systemRandom)
    const vault = openHandsVault(join(dir, 'keys'))
    return undoSealOf(() => vault)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
