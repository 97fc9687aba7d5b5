import { closeSync, constants, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { toHex } from './bytes.ts'
import type { RandomBytes } from './ids.ts'

/** For secrets: nobody but the owner reads what is written here. */
const fileMode = 0o600

/** The new text is on disk whole or not at all: temporary file, fsync, rename, fsync of the directory. */
export function replaceFile(path: string, text: string, random: RandomBytes): void {
  renameSync(writeTemporary(path, text, random), path)
  syncDirectory(dirname(path))
}

/** Like `replaceFile`, but never in the place of a file that is there: then false, and that file stands. */
export function createFile(path: string, text: string, random: RandomBytes): boolean {
  const temporary = writeTemporary(path, text, random)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary)
    syncDirectory(dirname(path))
  }
}

function writeTemporary(path: string, text: string, random: RandomBytes): string {
  const temporary = `${path}.${toHex(random(8))}.new`
  const file = openSync(temporary, 'wx', fileMode)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return temporary
}

/** Windows opens no directories; there the name is as durable as the file system makes it. */
function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(dir, constants.O_RDONLY)
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
