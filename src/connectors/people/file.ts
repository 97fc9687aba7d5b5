import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

import type { PeopleConfig } from './config.ts'
import { parseCsv } from './csv.ts'
import { PeopleError } from './error.ts'
import type { Table } from './row.ts'

/** 42,000 people are 6 MiB. */
export const fileBytesMax = 128 * 1024 * 1024
const delimiters = { ',': ',', ';': ';', '|': '|', tab: '\t' } as const

/**
 * One export, whole. INVARIANT: no link is followed and no folder but the allowed ones is read: who administers Cordon, or
 * may write into the folder, must not read another file of this machine by it.
 */
export async function readCsv(config: NonNullable<PeopleConfig['csv']>, folders: readonly string[]): Promise<Table> {
  const path = join(await allowedFolder(dirname(config.path), folders), basename(config.path))
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw new PeopleError('ERR_PEOPLE_FILE', `\`${config.path}\` cannot be read`, {
        place: 'config: csv.path',
        hint: 'name one file, no link, that the user Cordon runs as may read',
        retryable: true,
        cause: error,
      })
    },
  )
  try {
    const info = await handle.stat()
    if (!info.isFile() || info.size > fileBytesMax) {
      throw new PeopleError('ERR_PEOPLE_FILE', `\`${config.path}\` is no file of at most ${fileBytesMax} bytes`, {
        place: 'config: csv.path',
        retryable: true,
      })
    }
    const rows = parseCsv(utf8Of(await handle.readFile(), config.path), delimiters[config.delimiter])
    const head = rows.next()
    const names = head.done === true ? [] : head.value.cells.map((name) => name.trim())
    return { names, rows: [...rows].map(({ line, cells }) => ({ place: `line ${line}`, cells })) }
  } finally {
    await handle.close()
  }
}

function utf8Of(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new PeopleError('ERR_PEOPLE_FILE', `\`${path}\` is not UTF-8`, {
      place: 'config: csv.path',
      hint: "export it as UTF-8; in another code an address may read as somebody else's",
      retryable: true,
      cause: error,
    })
  }
}

async function allowedFolder(folder: string, folders: readonly string[]): Promise<string> {
  const real = await realpath(folder).catch((error: unknown) => {
    throw new PeopleError('ERR_PEOPLE_FILE', `the folder \`${folder}\` cannot be read`, {
      place: 'config: csv.path',
      hint: 'let the user Cordon runs as enter it',
      retryable: true,
      cause: error,
    })
  })
  for (const one of folders) {
    const allowed = await realpath(one).catch(() => undefined)
    if (allowed !== undefined && (real === allowed || real.startsWith(allowed + sep))) return real
  }
  throw new PeopleError('ERR_PEOPLE_FILE', `no source may read files in \`${folder}\``, {
    place: 'config: csv.path',
    hint: 'add the folder to `logFolders` in cordon.yaml and start Cordon again: this is for the owner of the machine to allow',
    retryable: true,
  })
}
