import { createHash } from 'node:crypto'

/** RFC 6962 §2.1: SHA-256 with a byte that keeps leaves and nodes apart, so that neither can be passed off as the other. */
const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)
export const hashBytes = 32

export const leafHash = (entry: Uint8Array): Uint8Array =>
  createHash('sha256').update(leafPrefix).update(entry).digest()
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  createHash('sha256').update(nodePrefix).update(left).update(right).digest()
export const emptyRoot = (): Uint8Array => createHash('sha256').digest()

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Largest power of two below `size`, for `size` > 1. Sizes go past 32 bits: no shifts in this folder. */
export function splitPoint(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}
