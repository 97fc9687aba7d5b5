import { hashBytes, nodeHash, sameHash } from './hash.ts'

const half = (value: number): number => Math.floor(value / 2)
const isIndex = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** RFC 9162 §2.1.3.2. False for anything that is not the proof, odd lengths and trailing hashes included. */
export function isIncluded(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isIndex(index) || !isIndex(size) || index >= size || !areHashes(leaf, root, ...path)) return false
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameHash(hash, root)
}

/** RFC 9162 §2.1.4.2, with the two cases that need no proof: same size and same root, or an empty older tree. */
export function isConsistent(
  older: number,
  newer: number,
  olderRoot: Uint8Array,
  newerRoot: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!isIndex(older) || !isIndex(newer) || older > newer || !areHashes(...path)) return false
  if (older === newer) return path.length === 0 && sameHash(olderRoot, newerRoot)
  if (older === 0) return path.length === 0
  if (!areHashes(olderRoot, newerRoot)) return false
  // An older tree that is perfect is itself the first hash, and the proof leaves it out.
  const isPerfect = Number.isInteger(Math.log2(older))
  const [first, ...rest] = isPerfect ? [olderRoot, ...path] : path
  if (first === undefined || path.length === 0) return false
  let fn = older - 1
  let sn = newer - 1
  while (fn % 2 === 1) {
    fn = half(fn)
    sn = half(sn)
  }
  let fr = first
  let sr = first
  for (const hash of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr)
      sr = nodeHash(hash, sr)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      sr = nodeHash(sr, hash)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameHash(fr, olderRoot) && sameHash(sr, newerRoot)
}

const areHashes = (...values: readonly Uint8Array[]): boolean => values.every(({ length }) => length === hashBytes)
