import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'

import { systemRandom } from '#kit'
import { lockDataDir, startWriter } from '#store'
import { createKeyFiles, isKeyDirectoryEmpty, VaultError } from '#vault'

import type { Config } from '../config.ts'
import { makeDataDir, packsDirectory, type Paths } from '../paths.ts'
import { spawnEstateThread } from './estate-thread-client.ts'
import type { RuleSettings } from './rule-health.ts'

export type CoreThreads = {
  at: Paths
  lock: ReturnType<typeof lockDataDir>
  writer: ReturnType<typeof startWriter>
  estate: Worker
}

/**
 * Loading the policies runs much of Cedar once, and V8 would compile all of it anew for speed on every core the machine
 * has, at the worst moment: 0.6 s of its time, against 0.25 s with this. What stays in use gets there later; until then
 * a decision takes half as long again, and the policy keeps decisions by request.
 */
const wasmTieringBudget = 2_000_000_000

/** The rules that are held against the log as it comes. */
export const ruleSettingsOf = ({ rules: { packs, directories } }: Pick<Config, 'rules'>): RuleSettings => ({
  packs: packs ? packsDirectory : null,
  directories,
})

/**
 * What core does before it loads itself: it takes the lock on the data directory and starts W and D, so that the three
 * load side by side. INVARIANT: nobody opens the store before the lock is held.
 */
export function startThreads(config: Config): CoreThreads {
  setFlagsFromString(`--wasm-tiering-budget=${wasmTieringBudget}`)
  const at = makeDataDir(config)
  const lock = lockDataDir(at.data)
  if (isKeyDirectoryEmpty(at.keys)) {
    // New keys beside an old store would open nothing in it, and hide that the right ones are missing.
    if (existsSync(at.store)) {
      throw new VaultError('ERR_VAULT_MISSING', `\`${at.data}\` holds a store, and \`${at.keys}\` holds no keys`, {
        hint: 'bring the keys back from where you keep them, or name their directory as `keys` in cordon.yaml',
      })
    }
    createKeyFiles(at.keys, systemRandom)
  }
  const writer = startWriter(new URL(import.meta.resolve('#app/writer-thread')), { path: at.store })
  // Whoever awaits it hears of a refusal; until then it is no crash.
  writer.catch(() => undefined)
  const data = {
    store: at.store,
    snapshot: at.estate,
    keys: at.keys,
    hooks: config.hooks,
    rules: ruleSettingsOf(config),
    ruleState: at.ruleState,
    ruleCache: at.ruleCache,
    behaviourState: at.behaviourState,
  }
  return { at, lock, writer, estate: spawnEstateThread(new URL(import.meta.resolve('#app/estate-thread')), data) }
}
