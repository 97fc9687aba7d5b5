import { z } from 'zod'

import type { ContainAction } from '#respond/contract'
import { defineConnector, type PushStream } from '#sources/contract'

import { keyKill } from './actions.ts'
import { cordonAuthority, normalize } from './normalize.ts'
import { recordSigma } from './sigma.ts'

export { nameKey } from './normalize.ts'

export type KeysConfig = Record<string, never>

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
  config: z.record(z.string(), z.never()),
  secrets: { see: [], contain: [] },
  streams: [records],
  coverage: () => ({ sees: ['identities', 'logins'], logged: ['login'], blind: [] }),
  check: async () => ({ authority: cordonAuthority, missing: [], excess: [], says: ["Cordon's own keys"] }),
  normalize,
})

export const keysActions: readonly ContainAction<KeysConfig>[] = [keyKill]
