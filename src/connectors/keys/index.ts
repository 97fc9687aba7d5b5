import type { ContainAction, LeaseAction } from '#respond/contract'
import { defineConnector, type PushStream } from '#sources/contract'

import { keyKill } from './actions.ts'
import { keysConfig, type KeysConfig } from './config.ts'
import { keyHandOver } from './hand-over.ts'
import { keyLend } from './lend.ts'
import { cordonAuthority, normalize } from './normalize.ts'
import { recordSigma } from './sigma.ts'

export { nameKey } from './normalize.ts'

export { keysConfig, placeOf, type KeysConfig } from './config.ts'

const records: PushStream<KeysConfig> = {
  name: 'records',
  kind: 'push',
  delayMs: { typical: 1_000, worst: 5_000 },
  everyMs: 1_000,
  covers: ['identities', 'logins'],
  sigma: recordSigma,
}

/** Cordon's own virtual keys. Records reach the log from the store's outbox (`readKeyRecords`), nothing is pulled. */
export const keysConnector = defineConnector<KeysConfig>({
  id: 'keys',
  version: 1,
  title: "Cordon's own keys",
  config: keysConfig,
  secrets: { see: [], contain: [] },
  streams: [records],
  coverage: () => ({ sees: ['identities', 'logins'], logged: ['login'], blind: [] }),
  check: async () => ({ authority: cordonAuthority, missing: [], excess: [], says: ["Cordon's own keys"] }),
  normalize,
})

export const keysActions: readonly ContainAction<KeysConfig>[] = [keyHandOver, keyKill]

export const keysLeases: readonly LeaseAction<KeysConfig>[] = [keyLend]
