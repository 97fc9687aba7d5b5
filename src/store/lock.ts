import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'

import { StoreError } from './error.ts'

/**
 * One program per data directory: an exclusive transaction on `lock.sqlite`, held while we live. The kernel releases it
 * with the process, so no stale lock can remain and no clean-up is needed after a crash.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const db = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 })
  try {
    db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (x)')
  } catch (error) {
    db.close()
    throw new StoreError('ERR_STORE_LOCKED', `another Cordon is using \`${dataDir}\``, {
      hint: 'stop it, or give this one its own data directory with --data',
      cause: error,
    })
  }
  return { release: () => db.close() }
}
