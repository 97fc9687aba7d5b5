import { basename } from 'node:path'

import { headOf, isRotationOf, openFile, type Head, type TailFile } from './files.ts'

/**
 * Where reading stands in one file. `inode` finds it after a rename; `head` tells it from a later file with the same
 * inode, from one that was emptied and written anew, and finds the copy that `copytruncate` makes. `quietSinceMs`: it is
 * rotated away, and was read to its end since.
 */
export type Place = Partial<Head> & {
  inode: string
  offset: number
  line: number
  mtimeMs: number
  quietSinceMs: number | null
}
export type Read = { place: Place; file: TailFile; isCurrent: boolean }

/** What one look at the folder found of the places known, in the order to be read: the file under the path is the last. */
export type Found = { reads: Read[]; lost: Place[] }

/** Matches places with files. A file that nobody knows, younger than what was read, was rotated in between. */
export async function findPlaces(path: string, known: readonly Place[], files: readonly TailFile[]): Promise<Found> {
  const current = files.find(({ name }) => name === basename(path))
  const headIn = rememberHeads()
  const isSame = async (place: Place, file: TailFile): Promise<boolean> =>
    file.size >= place.offset && (place.head === undefined || (await headIn(file))?.head === place.head)
  const copyOf = async (place: Place): Promise<TailFile | undefined> => {
    if (place.head === undefined) return undefined
    for (const file of files) if (isRotationOf(path, file) && (await isSame(place, file))) return file
    return undefined
  }
  const found: Found = { reads: [], lost: [] }
  const taken = new Set<string>()
  for (const place of known) {
    const own = files.find(({ inode }) => inode === place.inode)
    const file = own !== undefined && (await isSame(place, own)) ? own : await copyOf(place)
    if (file !== undefined && !taken.has(file.inode)) {
      taken.add(file.inode)
      found.reads.push({ place: { ...place, inode: file.inode }, file, isCurrent: file === current })
    } else if (place.quietSinceMs === null) found.lost.push(place)
  }
  const heads = new Set(known.flatMap(({ head }) => head ?? []))
  const newestMs = Math.max(...known.map(({ mtimeMs }) => mtimeMs))
  for (const file of files) {
    if (taken.has(file.inode)) continue
    const isCurrent = file === current
    const mayBeMissed = known.length > 0 && file.mtimeMs >= newestMs && isRotationOf(path, file)
    // A copy in the making has the head of what is being read; it matters once that is emptied.
    if (!isCurrent && (!mayBeMissed || heads.has((await headIn(file))?.head ?? ''))) continue
    const place = { inode: file.inode, offset: 0, line: 0, mtimeMs: file.mtimeMs, quietSinceMs: null }
    found.reads.push({ place, file, isCurrent })
  }
  return { ...found, reads: found.reads.toSorted((a, b) => Number(a.isCurrent) - Number(b.isCurrent)) }
}

function rememberHeads(): (file: TailFile) => Promise<Head | undefined> {
  const heads = new Map<string, Head | undefined>()
  return async (file) => {
    if (!heads.has(file.inode)) heads.set(file.inode, await readHead(file))
    return heads.get(file.inode)
  }
}

async function readHead(file: TailFile): Promise<Head | undefined> {
  const handle = await openFile(file)
  if (handle === undefined) return undefined
  try {
    return await headOf(handle)
  } finally {
    await handle.close()
  }
}
