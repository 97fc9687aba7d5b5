import { assert } from '#kit'

import { emptyRoot, nodeHash, splitPoint } from './hash.ts'

/** Root of the perfect subtree of 2^level leaves that is the index-th of its level; asked only for finished ones. */
export type Subtree = (level: number, index: number) => Uint8Array

/** MTH(D[from:to]) of RFC 6962 §2.1. `from` is aligned as the tree's own splits are. */
function rangeRoot(from: number, to: number, subtree: Subtree): Uint8Array {
  const size = to - from
  if (size === 1) return subtree(0, from)
  const k = splitPoint(size)
  if (k * 2 === size) return subtree(Math.log2(size), from / size)
  return nodeHash(rangeRoot(from, from + k, subtree), rangeRoot(from + k, to, subtree))
}

/** The root this tree had, or has, at `size`. */
export const rootAt = (size: number, subtree: Subtree): Uint8Array =>
  size === 0 ? emptyRoot() : rangeRoot(0, size, subtree)

/** PATH(index, D[size]) of RFC 6962 §2.1.1: from the leaf's neighbour up to the root's child. */
export function inclusionPath(index: number, size: number, subtree: Subtree): Uint8Array[] {
  assert(index >= 0 && index < size, 'an index inside the tree')
  const path: Uint8Array[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    if (index < middle) {
      path.push(rangeRoot(middle, to, subtree))
      to = middle
    } else {
      path.push(rangeRoot(from, middle, subtree))
      from = middle
    }
  }
  return path.toReversed()
}

/** PROOF(older, D[newer]) of RFC 6962 §2.1.2. Empty when there is nothing to prove: same size, or an empty older tree. */
export function consistencyPath(older: number, newer: number, subtree: Subtree): Uint8Array[] {
  assert(older >= 0 && older <= newer, 'an older size that is not larger')
  if (older === 0 || older === newer) return []
  const path: Uint8Array[] = []
  let [from, to] = [0, newer]
  let isWhole = true
  while (older !== to) {
    const middle = from + splitPoint(to - from)
    if (older <= middle) {
      path.push(rangeRoot(middle, to, subtree))
      to = middle
    } else {
      path.push(rangeRoot(from, middle, subtree))
      from = middle
      isWhole = false
    }
  }
  if (!isWhole) path.push(rangeRoot(from, to, subtree))
  return path.toReversed()
}
