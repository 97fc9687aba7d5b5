import { defaultTenant, type ActionId } from '#model'
import type { UndoSeal } from '#respond/hands'
import { sealContext, type HandsVault } from '#vault'

/** What the undo of one action needs is sealed for that action alone: moved to another it opens nothing. */
export const undoContext = (action: ActionId): string => sealContext(defaultTenant, 'undo', action)

export const undoSealOf = (vault: () => HandsVault): UndoSeal => ({
  seal: (plain, action) => vault().sealer.seal(plain, undoContext(action)),
  open: (sealed, action) => vault().opener.open(sealed, undoContext(action)),
})
