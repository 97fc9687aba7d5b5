import { concatBytes } from '#kit'

import { hashBytes } from './merkle/index.ts'

/** Layout of https://c2sp.org/tlog-tiles. */
export const tileHeight = 8
/** Hashes of a full tile, entries of a full bundle. */
export const tileWidth = 2 ** tileHeight

/** 1234067 is `x001/x234/067`; a partial tile of width 5 adds `.p/5`. */
export function tilePath(level: number | 'entries', index: number, width: number): string {
  const parts = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    parts.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  }
  return `tile/${level}/${parts.join('/')}${width === tileWidth ? '' : `.p/${width}`}`
}

/** Hashes that a tile level holds for a tree of `size` leaves. */
export const levelHashes = (size: number, level: number): number => Math.floor(size / tileWidth ** level)

/** The tiles of one level, in order: index and how many hashes each holds. */
export function* tilesOf(size: number, level: number): Generator<{ index: number; width: number }> {
  const hashes = levelHashes(size, level)
  for (let index = 0; index * tileWidth < hashes; index++) {
    yield { index, width: Math.min(tileWidth, hashes - index * tileWidth) }
  }
}

/** Entries with their lengths as big-endian uint16. */
export const writeBundle = (entries: readonly Uint8Array[]): Uint8Array =>
  concatBytes(...entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]))

/** Undefined when the bytes are not exactly that many entries. */
export function readBundle(bytes: Uint8Array, count: number): Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const end = at + 2 + length
    if (end > bytes.length || entries.length === count) return undefined
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  return entries.length === count ? entries : undefined
}

/** Undefined when the bytes are not exactly that many hashes. */
export function readTile(bytes: Uint8Array, count: number): Uint8Array[] | undefined {
  if (bytes.length !== count * hashBytes) return undefined
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
}
