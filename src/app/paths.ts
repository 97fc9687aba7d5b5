import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Config } from './config.ts'

/** What lies where in the data directory; one place, so that backup, tests and docs agree. */
export function paths(config: Config) {
  return {
    data: config.dataDir,
    store: join(config.dataDir, 'store.sqlite'),
    estate: join(config.dataDir, 'estate.snapshot'),
    keys: config.keysDir,
    bootstrapToken: join(config.dataDir, 'bootstrap-token'),
    runDir: join(config.dataDir, 'run'),
    socket: join(config.dataDir, 'run', 'core.sock'),
  }
}
export type Paths = ReturnType<typeof paths>

export function makeDataDir(config: Config): Paths {
  const made = paths(config)
  for (const dir of [made.data, made.runDir]) mkdirSync(dir, { recursive: true, mode: 0o700 })
  return made
}
