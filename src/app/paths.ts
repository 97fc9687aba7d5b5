import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { CordonError } from '#kit'

import type { Config } from './config.ts'

export class DataDirError extends CordonError<'ERR_DATA_DIR_OWNER'> {}

/** What lies where in the data directory; one place, so that backup, tests and docs agree. */
export function paths(config: Pick<Config, 'dataDir' | 'keysDir'>) {
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

/** Most that a directory may be open: a group may look, where core and hands are two users, and reach the socket. */
const dataMode = 0o750
const runMode = 0o770

/**
 * The files inside have ordinary modes; their directory keeps others out. INVARIANT: one made by hand with looser modes is
 * tightened before anything is written into it, and one that another user owns is refused.
 */
export function makeDataDir(config: Pick<Config, 'dataDir' | 'keysDir'>): Paths {
  const made = paths(config)
  for (const [dir, mode] of [
    [made.data, dataMode],
    [made.runDir, runMode],
  ] as const) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    tighten(dir, mode)
  }
  return made
}

function tighten(dir: string, atMost: number): void {
  const user = process.getuid?.()
  // Where there are no users by number, the directory's access list decides.
  if (user === undefined) return
  const { uid, mode } = statSync(dir)
  if (uid !== user) {
    throw new DataDirError('ERR_DATA_DIR_OWNER', `\`${dir}\` belongs to another user, who can change what is in it`, {
      hint: `start Cordon as that user, or run \`chown -R ${user} ${dir}\``,
    })
  }
  if ((mode & 0o777 & ~atMost) !== 0) chmodSync(dir, mode & atMost)
}

/** 0600; where an administrator opened the socket's directory to a group, for hands as another user, 0660. */
export const socketMode = (runDir: string): number => ((statSync(runDir).mode & 0o070) === 0 ? 0o600 : 0o660)
