import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { CordonError, isObject, parseJson } from '#kit'

import type { Tx, WriterModule } from './command.ts'
import { StoreError } from './error.ts'
import { fenceEpoch, raiseFence } from './fence.ts'
import { lockDataDir } from './lock.ts'
import { migrate, storeFormat } from './migrate.ts'
import type { Reader } from './reader.ts'
import { Sqlite } from './sqlite.ts'

/** Name of the store inside the data directory. */
export const storeFile = 'store.sqlite'
const manifestFile = 'manifest.json'
const manifestVersion = 1

export class BackupError extends CordonError<
  'ERR_BACKUP_TARGET' | 'ERR_BACKUP_SHAPE' | 'ERR_BACKUP_DAMAGED' | 'ERR_BACKUP_SOURCE'
> {}

export type BackupManifest = {
  version: typeof manifestVersion
  format: number
  madeAtMs: number
  fenceEpoch: number
  /** With keys it opens everything: keep it as you keep the machine. Without, it opens nothing by itself. */
  holdsKeys: boolean
  /** What the modules say of their state: log head, ledger size. */
  facts: Record<string, number>
  files: BackupFile[]
}
/** `key` files lie in `keys/` of the backup, the others beside the manifest. */
export type BackupFile = { name: string; kind: 'store' | 'data' | 'key'; bytes: number; sha256: string }

export type BackupOptions = {
  dataDir: string
  /** Absent or empty. */
  out: string
  nowMs: number
  facts?: (reader: Reader) => Record<string, number>
  /** Files of the data directory to take along, by name. */
  files?: readonly string[]
  /** The key directory, only when its keys are asked for. */
  keysDir?: string
}

/**
 * A copy of a running store, as of one moment: a read transaction beside the writer, which goes on. Blocks its thread
 * while it copies, so it runs in a process of its own. The manifest is written last: without it there is no backup.
 */
export async function backup(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, out } = options
  refuseNonEmpty(out)
  if (!existsSync(join(dataDir, storeFile))) {
    throw new BackupError('ERR_BACKUP_SOURCE', `there is no store in \`${dataDir}\``, {
      hint: 'name the data directory with --data',
    })
  }
  mkdirSync(out, { recursive: true, mode: 0o700 })
  // It may have been there, empty and open to all.
  chmodSync(out, 0o700)
  const live = new Sqlite(join(dataDir, storeFile), { readOnly: true })
  try {
    live.prepare('VACUUM INTO ?').run(join(out, storeFile))
  } finally {
    live.close()
  }
  const names: Pick<BackupFile, 'name' | 'kind'>[] = [{ name: storeFile, kind: 'store' }]
  for (const name of options.files ?? []) {
    copyFileSync(join(dataDir, name), join(out, name))
    names.push({ name, kind: 'data' })
  }
  if (options.keysDir !== undefined) {
    mkdirSync(join(out, 'keys'), { mode: 0o700 })
    for (const name of readdirSync(options.keysDir)) {
      copyFileSync(join(options.keysDir, name), join(out, 'keys', name))
      names.push({ name, kind: 'key' })
    }
    syncPath(join(out, 'keys'))
  }
  // What the copy holds is told by the copy, not by the store that has moved on.
  const copy = new Sqlite(join(out, storeFile), { readOnly: true })
  const manifest: BackupManifest = {
    version: manifestVersion,
    format: storeFormat,
    madeAtMs: options.nowMs,
    fenceEpoch: fenceEpoch(copy),
    holdsKeys: options.keysDir !== undefined,
    facts: options.facts?.(copy) ?? {},
    files: [],
  }
  copy.close()
  for (const file of names) {
    const path = placeOf(out, file)
    syncPath(path)
    manifest.files.push({ ...file, bytes: statSync(path).size, sha256: await hashFile(path) })
  }
  writeFileSync(join(out, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
  syncPath(out)
  return manifest
}

export type RestoreOptions = {
  from: string
  /** Absent or empty. */
  dataDir: string
  /** Where keys of the backup go: absent or empty. Left out, keys in the backup stay there. */
  keysDir?: string
  nowMs: number
  modules: readonly WriterModule[]
  /** What each module must change because time has passed that this store knows nothing of. One transaction. */
  afterRestore: readonly ((tx: Tx) => void)[]
}

/**
 * Checks every byte of the backup, brings it to this program's format, raises the fence and runs the modules' hooks, and
 * only then gives the store its name: a restore that was cut off leaves no store behind, and is run again into an empty
 * directory.
 */
export async function restore(options: RestoreOptions): Promise<{ manifest: BackupManifest; fenceEpoch: number }> {
  const { from, dataDir, nowMs } = options
  refuseNonEmpty(dataDir)
  if (options.keysDir !== undefined) refuseNonEmpty(options.keysDir)
  const manifest = readManifest(from)
  if (manifest.format > storeFormat) {
    throw new StoreError('ERR_STORE_NEWER', `the backup was written by a newer Cordon (format ${manifest.format})`, {
      hint: 'restore it with that version',
    })
  }
  for (const file of manifest.files) {
    const path = placeOf(from, file)
    if (!existsSync(path) || statSync(path).size !== file.bytes || (await hashFile(path)) !== file.sha256) {
      throw new BackupError('ERR_BACKUP_DAMAGED', `\`${file.name}\` is not the file that was backed up`, {
        hint: 'use another backup; nothing was restored',
      })
    }
  }
  for (const dir of [dataDir, options.keysDir]) if (dir !== undefined) mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = lockDataDir(dataDir)
  try {
    for (const file of manifest.files) {
      const into = file.kind === 'data' ? dataDir : file.kind === 'key' ? options.keysDir : undefined
      if (into === undefined) continue
      copyFileSync(placeOf(from, file), join(into, file.name))
      // However the backup lay around, what it restores is this user's alone; loose key files would not be opened.
      chmodSync(join(into, file.name), 0o600)
    }
    const growing = join(dataDir, `${storeFile}.restoring`)
    copyFileSync(join(from, storeFile), growing)
    chmodSync(growing, 0o600)
    const epoch = prepare(growing, options, nowMs)
    syncPath(growing)
    renameSync(growing, join(dataDir, storeFile))
    syncPath(dataDir)
    return { manifest, fenceEpoch: epoch }
  } finally {
    lock.release()
  }
}

function prepare(path: string, options: RestoreOptions, nowMs: number): number {
  const db = new Sqlite(path)
  try {
    const check = db.get<{ quick_check: string }>('PRAGMA quick_check')
    if (check?.quick_check !== 'ok') {
      throw new BackupError('ERR_BACKUP_DAMAGED', 'the store in the backup is damaged', {
        hint: 'use another backup; nothing was restored',
      })
    }
    migrate(db, options.modules, nowMs)
    const tx = db.tx(() => undefined)
    // As in W: a hook may append a leaf, and the ledger's writer must hold its tree for that.
    for (const module of options.modules) module.load?.(tx)
    db.exec('BEGIN IMMEDIATE')
    const epoch = raiseFence(tx, nowMs)
    // The hooks write as W does, so each module first takes its state over as in W.
    for (const module of options.modules) module.load?.(tx)
    for (const hook of options.afterRestore) hook(tx)
    db.exec('COMMIT')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return epoch
  } finally {
    db.close()
  }
}

/** Cuts the write-ahead log to nothing: what was deleted from the store does not live on in it. */
export function truncateWal(path: string): void {
  const db = new Sqlite(path)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

function readManifest(from: string): BackupManifest {
  const path = join(from, manifestFile)
  if (!existsSync(path)) throw noBackup(from)
  const manifest = parseJson(readFileSync(path, 'utf8'))
  if (!isManifest(manifest)) throw noBackup(from)
  return manifest
}

const noBackup = (from: string): BackupError =>
  new BackupError('ERR_BACKUP_SHAPE', `\`${from}\` holds no backup that this program can read`, {
    hint: 'name the directory that `cordon backup` wrote, with its manifest.json',
  })

/** File names come from outside: a name that leads out of the directory is no manifest of ours. */
function isManifest(value: unknown): value is BackupManifest {
  if (!isObject(value) || value['version'] !== manifestVersion || typeof value['format'] !== 'number') return false
  const files = value['files']
  return (
    Array.isArray(files) &&
    files.some((file) => isObject(file) && file['name'] === storeFile) &&
    files.every(
      (file) =>
        isObject(file) &&
        typeof file['name'] === 'string' &&
        /^[\w-][\w.-]*$/.test(file['name']) &&
        ['store', 'data', 'key'].includes(String(file['kind'])) &&
        typeof file['bytes'] === 'number' &&
        typeof file['sha256'] === 'string',
    )
  )
}

function refuseNonEmpty(path: string): void {
  if (!existsSync(path) || readdirSync(path).length === 0) return
  throw new BackupError('ERR_BACKUP_TARGET', `\`${path}\` is not empty`, {
    hint: 'name a directory that does not exist yet',
  })
}

const placeOf = (dir: string, { name, kind }: Pick<BackupFile, 'name' | 'kind'>): string =>
  kind === 'key' ? join(dir, 'keys', name) : join(dir, name)

function syncPath(path: string): void {
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
