import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { formatTime, sha256, toHex, utf8 } from '#kit'
import type { TenantId } from '#model'

import { LedgerError } from '../error.ts'
import type { SignedCheckpoint, Witness } from '../types.ts'

/** `<size>.<hash of the note>.checkpoint`: two roots for one size lie side by side, as evidence, and none hides the other. */
export const namePattern = /^(\d{1,16})\.[0-9a-f]{16}(?:\.\d)?\.checkpoint$/
/** Copies of one note that a crash in the middle of writing may leave behind. */
const tornCopiesMax = 9

/**
 * A directory somebody else keeps: another user's, another machine's, an append-only mount, a bucket with object lock. One
 * file a checkpoint, `tenant/day/…`; nothing is ever overwritten, renamed or deleted. `deposit` returns after fsync.
 */
export function fileDropWitness(dir: string, name = 'file drop'): Witness {
  return {
    name,
    deposit(checkpoint) {
      const day = join(dir, folderOf(checkpoint.tenant), formatTime(checkpoint.atMs).slice(0, 10))
      mkdirSync(day, { recursive: true })
      drop(day, checkpoint)
      return Promise.resolve()
    },
    latest(tenant, isOurs) {
      for (const path of largestFirst(join(dir, folderOf(tenant)))) {
        const note = readFileSync(path, 'utf8')
        if (isOurs(note)) return Promise.resolve(note)
      }
      return Promise.resolve(undefined)
    },
  }
}

/** A tenant's name becomes a path: nothing in it may leave the directory. */
function folderOf(tenant: TenantId): string {
  if (/^t_[A-Za-z0-9_-]{1,64}$/.test(tenant)) return tenant
  throw new LedgerError('ERR_LEDGER_WITNESS', `\`${tenant}\` cannot be the name of a folder`, {
    hint: 'name tenants with letters, digits, `_` and `-`',
  })
}

function drop(day: string, { size, note }: SignedCheckpoint): void {
  const stem = `${size}.${toHex(sha256(utf8(note)).subarray(0, 8))}`
  for (let copy = 0; copy <= tornCopiesMax; copy++) {
    const path = join(day, `${stem}${copy === 0 ? '' : `.${copy}`}.checkpoint`)
    if (existsSync(path)) {
      if (readFileSync(path, 'utf8') === note) return
      continue
    }
    syncing(path, 'wx', (file) => writeFileSync(file, note))
    if (process.platform !== 'win32') syncing(day, 'r', () => undefined)
    return
  }
  throw new LedgerError('ERR_LEDGER_WITNESS', `\`${day}\` holds ${tornCopiesMax} damaged copies of one checkpoint`, {
    hint: 'look into that directory: somebody or something damages it',
  })
}

function syncing(path: string, flags: 'wx' | 'r', work: (file: number) => void): void {
  const file = openSync(path, flags)
  try {
    work(file)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Of all days: a clock set back must not hide the largest tree. */
function largestFirst(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((day) => readdirSync(join(folder, day)).map((name) => ({ name, path: join(folder, day, name) })))
    .map(({ name, path }) => ({ size: Number(namePattern.exec(name)?.[1] ?? -1), path }))
    .toSorted((a, b) => b.size - a.size)
    .map(({ path }) => path)
}
