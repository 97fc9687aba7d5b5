import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, type Stats } from 'node:fs'
import { join } from 'node:path'

import { replaceFile, type RandomBytes } from '#kit'

import { VaultError } from './error.ts'

export const keyFileNames = { core: 'core.key', hands: 'hands.key', handsPublic: 'hands.pub' } as const
export type KeyFileName = (typeof keyFileNames)[keyof typeof keyFileNames]

const keyFileBytesMax = 1024 * 1024
const directoryMode = 0o700
const fileMode = 0o600

/** Modes and owners say nothing on Windows, where the directory's access list decides. */
const hasModes = process.platform !== 'win32'

/**
 * Reads a key file; the checks run on the opened file, so nothing can be swapped in between. Throws ERR_VAULT_MISSING,
 * and ERR_VAULT_MODE when others could read it, write it, or replace it through its directory.
 */
export function readKeyFile(dir: string, name: KeyFileName): string {
  const path = join(dir, name)
  if (hasModes) {
    const directory = openKey(dir, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      refuseLoose(fstatSync(directory), dir, directoryMode)
    } finally {
      closeSync(directory)
    }
  }
  const file = openKey(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const stat = fstatSync(file)
    refuseLoose(stat, path, fileMode)
    if (!stat.isFile() || stat.size > keyFileBytesMax) {
      throw new VaultError('ERR_VAULT_KEYS', `\`${path}\` is not a key file`, {
        hint: 'restore it from your backup of the key directory',
      })
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function openKey(path: string, flags: number): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw new VaultError('ERR_VAULT_MISSING', `the key file \`${path}\` cannot be read`, {
      hint: 'point to the right key directory, or restore it from your backup; a first start makes new keys',
      cause: error,
    })
  }
}

function refuseLoose(stat: Stats, path: string, mode: number): void {
  if (!hasModes) return
  const user = process.getuid?.() ?? 0
  if (stat.uid !== user && stat.uid !== 0) {
    throw new VaultError('ERR_VAULT_MODE', `\`${path}\` belongs to another user, who can change it`, {
      hint: `check who changed it, then run \`chown ${user} ${path}\``,
    })
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new VaultError('ERR_VAULT_MODE', `\`${path}\` is open to other users of this machine`, {
      hint: `run \`chmod ${mode.toString(8)} ${path}\`, and rotate the keys if somebody else may have read them`,
    })
  }
}

export function makeKeyDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: directoryMode })
}

export function replaceKeyFile(dir: string, name: KeyFileName, text: string, random: RandomBytes): void {
  replaceFile(join(dir, name), text, random)
}
