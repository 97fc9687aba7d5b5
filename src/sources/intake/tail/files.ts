import { constants } from 'node:fs'
import { lstat, open, readdir, realpath, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

import { sha256, toHex } from '#kit'

import { AbsentError, IntakeError } from '../error.ts'

/** Files of a folder that are looked at. */
const folderFilesMax = 10_000
/** Bytes at the start of a file that tell it from another, up to the end of its first line. */
export const headBytesMax = 1024

export type TailFile = { path: string; name: string; inode: string; size: number; mtimeMs: number }

/**
 * The regular files of the path's folder, oldest first. INVARIANT: no link is followed and no folder is left: who may
 * write into the folder, or administer Cordon, must not read another file by it.
 */
export async function filesBeside(path: string, folders: readonly string[]): Promise<TailFile[]> {
  const folder = await allowedFolder(dirname(path), folders)
  const files: TailFile[] = []
  const names = await readdir(folder)
  if (names.length > folderFilesMax) {
    throw new IntakeError('ERR_INTAKE_FOLDER', `\`${folder}\` holds more than ${folderFilesMax} files`, {
      hint: 'give the logs a folder of their own',
      place: 'config: intake.path',
    })
  }
  for (const name of names) {
    const info = await lstat(join(folder, name), { bigint: true }).catch(() => undefined)
    if (info === undefined || !info.isFile()) continue
    const { ino, size, mtimeMs } = info
    files.push({ path: join(folder, name), name, inode: String(ino), size: Number(size), mtimeMs: Number(mtimeMs) })
  }
  return files.toSorted((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1))
}

async function allowedFolder(folder: string, folders: readonly string[]): Promise<string> {
  const real = await realpath(folder).catch((error: unknown) => {
    throw new AbsentError(`the folder \`${folder}\` cannot be read`, 'let the user Cordon runs as enter it', error)
  })
  for (const one of folders) {
    const allowed = await realpath(one).catch(() => undefined)
    if (allowed !== undefined && (real === allowed || real.startsWith(allowed + sep))) return real
  }
  throw new IntakeError('ERR_INTAKE_FOLDER', `no source may read files in \`${folder}\``, {
    hint: 'add the folder to `logFolders` in cordon.yaml and start Cordon again: this is for the owner of the machine to allow',
    place: 'config: intake.path',
  })
}

/** Opens what was listed, unless something else lies there by now; a pipe put in its place does not hold the thread. */
export async function openFile({ path, inode }: TailFile): Promise<FileHandle | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  )
  if (handle === undefined) return undefined
  const info = await handle.stat({ bigint: true })
  if (String(info.ino) === inode && info.isFile()) return handle
  await handle.close()
  return undefined
}

export type Head = { head: string; headBytes: number }

/** Undefined while the first line is not whole: nothing can be told of the file yet. */
export async function headOf(handle: FileHandle, bytes?: number): Promise<Head | undefined> {
  const buffer = Buffer.alloc(bytes ?? headBytesMax)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  const end = bytes ?? buffer.subarray(0, bytesRead).indexOf(0x0a) + 1
  const headBytes = end === 0 && bytesRead === headBytesMax ? headBytesMax : end
  if (headBytes === 0 || headBytes > bytesRead) return undefined
  return { head: toHex(sha256(buffer.subarray(0, headBytes))).slice(0, 16), headBytes }
}

/** `app.log` rotates to `app.log.1`, `app.log-20260324`, `app-20260324.log`, never to a compressed copy at once. */
export function isRotationOf(path: string, { name }: TailFile): boolean {
  const base = basename(path)
  const stem = base.includes('.') ? base.slice(0, base.lastIndexOf('.')) : base
  const isCompressed = /\.(gz|bz2|xz|zst|zip)$/.test(name)
  return name !== base && !isCompressed && (name.startsWith(`${base}.`) || /^[-_.]/.test(rest(name, stem)))
}
const rest = (name: string, stem: string): string => (name.startsWith(stem) ? name.slice(stem.length) : '')
