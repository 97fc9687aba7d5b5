import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

import { CordonError } from '#kit'

export class OsvError extends CordonError<'ERR_OSV_PATH' | 'ERR_OSV_FILE'> {
  /** Fresh advisories do not wait because an old file is bad. */
  readonly retryAfterMs?: number

  constructor(
    code: 'ERR_OSV_PATH' | 'ERR_OSV_FILE',
    message: string,
    options: { hint?: string; place?: string; cause?: unknown; retryable?: boolean; retryAfterMs?: number } = {},
  ) {
    const { retryAfterMs, ...rest } = options
    super(code, message, rest)
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** Files below one path; the OpenSSF's whole set of malicious packages is under half of it. */
export const filesMax = 1_000_000
export const fileBytesMax = 4 * 1024 * 1024
const depthMax = 32

export type OsvFile = { path: string; name: string; changedAtMs: number; bytes: number }

/**
 * All `.json` files below a directory (or the one file), by time of change and name. `ctime`: a copy or a checkout may
 * carry an older `mtime`, and nobody can date `ctime` back. Symbolic links are not followed, hidden names are left out:
 * what lies in a checkout was written by others.
 */
export async function osvFiles(root: string): Promise<OsvFile[]> {
  const found: OsvFile[] = []
  const look = async (path: string, depth: number): Promise<void> => {
    const info = await lstat(path).catch((error: unknown) => {
      if (depth > 0) return undefined
      throw new OsvError('ERR_OSV_PATH', `\`${root}\` cannot be read`, {
        hint: 'name a directory of OSV records, or one file, that the account Cordon runs as may read',
        cause: error,
      })
    })
    if (info?.isDirectory() === true && depth < depthMax) {
      for (const name of (await readdir(path)).sort())
        if (!name.startsWith('.')) await look(join(path, name), depth + 1)
    } else if (info?.isFile() === true && path.endsWith('.json')) {
      if (found.length >= filesMax) {
        throw new OsvError('ERR_OSV_PATH', `more than ${filesMax} files below \`${root}\``, {
          hint: 'name the part of it that matters to you, for example one ecosystem',
        })
      }
      const name = depth === 0 ? path : relative(root, path)
      found.push({ path, name, changedAtMs: info.ctimeMs, bytes: info.size })
    }
  }
  await look(root, 0)
  return found.sort((a, b) => a.changedAtMs - b.changedAtMs || (a.path < b.path ? -1 : 1))
}

/** Undefined when the file is gone or longer than its bound. */
export async function readOsvFile({ path, bytes }: OsvFile): Promise<string | undefined> {
  return bytes > fileBytesMax ? undefined : readFile(path, 'utf8').catch(() => undefined)
}
