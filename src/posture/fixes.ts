import type { EntityId } from '#model'

import type { Fix } from './check.ts'

/** Ways out that several checks share. */
export const endKey = (target: EntityId): Fix => ({
  kind: 'revoke',
  target,
  preview: 'the key opens nothing any more; whatever still works by it fails with the next call',
  undo: 'a switched-off key is switched on again where the vendor can; a deleted one is made anew',
})

export const replaceKey = (target: EntityId): Fix => ({
  kind: 'task',
  target,
  preview: 'a new key takes its place wherever it is used, and then the old one ends',
  undo: 'until the old key is ended, it still works',
})

export const switchOff = (target: EntityId): Fix => ({
  kind: 'disable',
  target,
  preview: 'nobody signs in by this account any more, and its sessions end; what it owns stays',
  undo: 'the account is switched on again, with all it had',
})
