import { concatBytes } from '#kit'

/**
 * Sets of person numbers on disk: one row per block of 65,536 numbers, so that adding a few people to a large resource
 * rewrites kilobytes. Inside, ascending numbers as differences, seven bits a byte, the high bit says "goes on".
 */
export const blockSize = 65_536

export const blockOf = (number: number): number => Math.floor(number / blockSize)

export function encodeBlock(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = []
  let before = -1
  for (const number of numbers) {
    let step = (number % blockSize) - before - 1
    before = number % blockSize
    for (; step > 127; step >>>= 7) bytes.push((step & 127) | 128)
    bytes.push(step)
  }
  return concatBytes(Uint8Array.of(1), Uint8Array.from(bytes))
}

/** The first byte is the format's version. */
export function decodeBlock(bytes: Uint8Array, block: number): number[] {
  const numbers: number[] = []
  let at = -1
  for (let i = 1; i < bytes.length;) {
    let step = 0
    let shift = 0
    for (; (bytes[i] ?? 0) > 127; i++, shift += 7) step |= ((bytes[i] ?? 0) & 127) << shift
    step |= (bytes[i++] ?? 0) << shift
    at += step + 1
    numbers.push(block * blockSize + at)
  }
  return numbers
}

export const sortedUnion = (...sets: readonly (readonly number[])[]): number[] =>
  [...new Set(sets.flat())].sort((a, b) => a - b)
