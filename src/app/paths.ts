import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { CordonError } from '#kit'

import type { Config } from './config.ts'

export class DataDirError extends CordonError<'ERR_DATA_DIR_OWNER' | 'ERR_DATA_DIR_PLACE'> {}

/** What lies where in the data directory; one place, so that backup, tests and docs agree. */
export function paths(config: Pick<Config, 'dataDir' | 'keysDir'>) {
  return {
    data: config.dataDir,
    store: join(config.dataDir, 'store.sqlite'),
    estate: join(config.dataDir, 'estate.snapshot'),
    ruleState: join(config.dataDir, 'rules.snapshot'),
    ruleCache: join(config.dataDir, 'rules.cache'),
    behaviourState: join(config.dataDir, 'behaviour.snapshot'),
    keys: config.keysDir,
    bootstrapToken: join(config.dataDir, 'bootstrap-token'),
    runDir: join(config.dataDir, 'run'),
    socket: join(config.dataDir, 'run', 'core.sock'),
  }
}
/** Beside the program, in a checkout as in a package. */
export const packsDirectory = fileURLToPath(new URL('../../packs', import.meta.url))
/** TypeScript in a checkout; in a package what was built of it. */
export const consoleDirectory = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../console' : '../console', import.meta.url),
)

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
    makeDirectory(dir)
    tighten(dir, mode)
  }
  return made
}

/** Not `recursive`: where a parent stands and still nothing can be made (as in /proc), Node tries again for ever. */
function makeDirectory(dir: string): void {
  if (existsSync(dir)) {
    if (statSync(dir).isDirectory()) return
    throw new DataDirError('ERR_DATA_DIR_PLACE', `\`${dir}\` is a file, not a directory`, {
      hint: 'name a directory with --data, or as `data` in cordon.yaml',
    })
  }
  if (dirname(dir) !== dir) makeDirectory(dirname(dir))
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    // Core and hands start at once.
    if (existsSync(dir)) return
    throw new DataDirError('ERR_DATA_DIR_PLACE', `the directory \`${dir}\` cannot be made`, {
      hint: 'name one that this user may write, with --data or as `data` in cordon.yaml',
      cause: error,
    })
  }
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
