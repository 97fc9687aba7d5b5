import { hash } from 'node:crypto'

import { assert } from '#kit'

/** RFC 6962 §2.1: SHA-256 with a byte that keeps leaves and nodes apart, so that neither can be passed off as the other. */
const leafPrefix = 0
const nodePrefix = 1
export const hashBytes = 32

// The one-shot call costs half of a Hash object; `hash` copies its input before it returns, so one buffer serves all.
const node = new Uint8Array(1 + 2 * hashBytes)
node[0] = nodePrefix

export function leafHash(entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entry.length)
  bytes[0] = leafPrefix
  bytes.set(entry, 1)
  return hash('sha256', bytes, 'buffer')
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  assert(left.length === hashBytes && right.length === hashBytes, 'two hashes')
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return hash('sha256', node, 'buffer')
}

export const emptyRoot = (): Uint8Array => hash('sha256', '', 'buffer')

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Largest power of two below `size`, for `size` > 1. Sizes go past 32 bits: no shifts in this folder. */
export function splitPoint(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}
