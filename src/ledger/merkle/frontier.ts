import { assert, concatBytes } from '#kit'

import { emptyRoot, hashBytes, nodeHash } from './hash.ts'

/** All that appending needs: the roots of the perfect subtrees of a tree of `size` leaves, largest first. */
export type Frontier = { size: number; hashes: Uint8Array[] }
/** A perfect subtree that an append finished: 2^level leaves, the index-th of its level. */
export type Finished = { level: number; index: number; hash: Uint8Array }

export const emptyFrontier = (): Frontier => ({ size: 0, hashes: [] })

/** Appends in place; tells each perfect subtree it finishes, the leaf itself as level 0. At most 2 hashes on average. */
export function appendLeaf(frontier: Frontier, leaf: Uint8Array, finished?: (node: Finished) => void): void {
  let hash = leaf
  let level = 0
  let index = frontier.size
  finished?.({ level, index, hash })
  while (index % 2 === 1) {
    const left = frontier.hashes.pop()
    assert(left !== undefined, 'a frontier with one hash for each set bit of its size')
    hash = nodeHash(left, hash)
    level++
    index = (index - 1) / 2
    finished?.({ level, index, hash })
  }
  frontier.hashes.push(hash)
  frontier.size++
}

export function rootOf({ hashes }: Frontier): Uint8Array {
  const last = hashes.at(-1)
  if (last === undefined) return emptyRoot()
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
}

export const encodeFrontier = ({ hashes }: Frontier): Uint8Array => concatBytes(...hashes)

/** Undefined when the bytes do not fit the size. */
export function decodeFrontier(size: number, bytes: Uint8Array): Frontier | undefined {
  let bits = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  if (bytes.length !== bits * hashBytes) return undefined
  const hashes = Array.from({ length: bits }, (_, i) => bytes.slice(i * hashBytes, (i + 1) * hashBytes))
  return { size, hashes }
}
