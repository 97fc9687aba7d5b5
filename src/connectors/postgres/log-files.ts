import { createHash } from 'node:crypto'
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Diagnose } from '#kit'

import { PostgresError } from './client.ts'

export const recordBytesMax = 1024 * 1024
export const pageRecordsMax = 500
const chunkBytes = 256 * 1024
const filesMax = 10_000
const headBytesMax = 128

/**
 * Where reading stopped. `inode` finds the file after a rename, `head` (hash of its first bytes) tells it from a later
 * file with the same inode or one that was emptied and written anew.
 */
export type LogPosition = { inode: string; offset: number; head: string; headBytes: number; mtimeMs: number }
/** `text` null: longer than `recordBytesMax`, skipped. */
export type LogText = { text: string | null; inode: string; offset: number }
export type LogPage = { records: LogText[]; position: LogPosition }

type LogFile = { path: string; inode: string; size: number; mtimeMs: number; wanted: boolean }

/** Log files matching the pattern, oldest first; others of the folder too, since rotation may have renamed the current one. */
export async function logFiles(pattern: string): Promise<LogFile[]> {
  const folder = dirname(pattern)
  const wanted = new RegExp(
    `^${basename(pattern)
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    throw new PostgresError('ERR_POSTGRES_LOG', `the log folder \`${folder}\` cannot be read`, {
      cause: error,
      hint: 'let the account Cordon runs as read the folder, or set `logs: none`',
    })
  }
  const files: LogFile[] = []
  for (const name of names.slice(0, filesMax)) {
    const path = join(folder, name)
    const info = await stat(path, { bigint: true }).catch(() => undefined)
    if (info === undefined || !info.isFile()) continue
    files.push({
      path,
      inode: String(info.ino),
      size: Number(info.size),
      mtimeMs: Number(info.mtimeMs),
      wanted: wanted.test(name),
    })
  }
  return files.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : 1))
}

/** Complete records from the position on to the present end. The position moves over whole records only. */
export async function* tailLogs(
  logs: { format: 'jsonlog' | 'csvlog'; path: string },
  from: LogPosition | null,
  signal: AbortSignal,
  diagnose: Diagnose,
): AsyncIterable<LogPage> {
  const files = await logFiles(logs.path)
  const start = from === null ? undefined : await findFile(files, from)
  if (from !== null && start === undefined) diagnose('warn', 'postgres.log.gap', { offset: from.offset })
  const queue = files.filter((file) =>
    start === undefined
      ? file.wanted && file.mtimeMs >= (from?.mtimeMs ?? 0)
      : file.inode === start.file.inode || (file.wanted && files.indexOf(file) > files.indexOf(start.file)),
  )
  for (const file of queue) {
    const offset = file.inode === start?.file.inode ? start.offset : 0
    const handle = await open(file.path, 'r').catch(() => undefined)
    if (handle === undefined) {
      diagnose('warn', 'postgres.log.unreadable', {})
      continue
    }
    try {
      yield* readFile(handle, file, logs.format, offset, signal)
    } finally {
      await handle.close()
    }
    if (signal.aborted) return
  }
}

async function findFile(
  files: readonly LogFile[],
  position: LogPosition,
): Promise<{ file: LogFile; offset: number } | undefined> {
  const file = files.find((one) => one.inode === position.inode)
  if (file === undefined) return undefined
  const handle = await open(file.path, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const same = file.size >= position.offset && (await headOf(handle, position.headBytes)) === position.head
    return same ? { file, offset: position.offset } : undefined
  } finally {
    await handle.close()
  }
}

async function headOf(handle: FileHandle, bytes: number): Promise<string> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0)
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 16)
}

async function* readFile(
  handle: FileHandle,
  file: LogFile,
  format: 'jsonlog' | 'csvlog',
  from: number,
  signal: AbortSignal,
): AsyncIterable<LogPage> {
  const position = async (offset: number): Promise<LogPosition> => {
    const headBytes = Math.min(offset, headBytesMax)
    return { inode: file.inode, offset, head: await headOf(handle, headBytes), headBytes, mtimeMs: file.mtimeMs }
  }
  const splitter = new RecordSplitter(format)
  let records: LogText[] = []
  let start = from
  let readAt = from
  const chunk = Buffer.alloc(chunkBytes)
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes, readAt)
    if (bytesRead === 0 || signal.aborted) break
    readAt += bytesRead
    for (const { bytes, length } of splitter.push(Buffer.from(chunk.subarray(0, bytesRead)))) {
      records.push({ text: bytes?.toString('utf8') ?? null, inode: file.inode, offset: start })
      start += length
      if (records.length < pageRecordsMax) continue
      yield { records, position: await position(start) }
      records = []
    }
  }
  yield { records, position: await position(start) }
}

const newline = 0x0a
const quote = 0x22

/** Cuts bytes into records: a line, in CSV a line end outside quotes. What is longer than the bound is skipped, not kept. */
export class RecordSplitter {
  readonly #csv: boolean
  #pending: Buffer[] = []
  #kept = 0
  #length = 0
  #quoted = false

  /** Nothing is held back: the bytes so far end with a record. */
  get isWhole(): boolean {
    return this.#length === 0
  }

  constructor(format: 'jsonlog' | 'csvlog') {
    this.#csv = format === 'csvlog'
  }

  *push(chunk: Buffer): Iterable<{ bytes: Buffer | null; length: number }> {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === quote && this.#csv) this.#quoted = !this.#quoted
      if (byte !== newline || this.#quoted) continue
      this.#keep(chunk.subarray(from, at + 1))
      const bytes = this.#kept > recordBytesMax ? null : Buffer.concat(this.#pending)
      const length = this.#length
      this.#pending = []
      this.#kept = 0
      this.#length = 0
      from = at + 1
      yield { bytes, length }
    }
    this.#keep(chunk.subarray(from))
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length
    this.#kept += piece.length
    if (this.#kept <= recordBytesMax) this.#pending.push(piece)
    else this.#pending = []
  }
}
