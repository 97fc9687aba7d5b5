import { hash, randomBytes } from 'node:crypto'

import { toBase32 } from './bytes.ts'

/** Ids are `prefix_` + base32; the brand keeps one kind from standing in for another. */
export type Id<Prefix extends string> = `${Prefix}_${string}`

/** Source of random bytes; a parameter wherever a run must be replayable from a seed. */
export type RandomBytes = (length: number) => Uint8Array
export const systemRandom: RandomBytes = (length) => randomBytes(length)

export function newId<Prefix extends string>(prefix: Prefix, random: RandomBytes = systemRandom): Id<Prefix> {
  return `${prefix}_${toBase32(random(15))}`
}

/** The same parts give the same id: SHA-256 over length-prefixed parts, 120 bits kept. */
export function hashId<Prefix extends string>(prefix: Prefix, ...parts: readonly string[]): Id<Prefix> {
  let text = ''
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`
  return `${prefix}_${toBase32(hash('sha256', text, 'buffer').subarray(0, 15))}`
}

export const isId = <Prefix extends string>(prefix: Prefix, text: string): text is Id<Prefix> =>
  text.startsWith(`${prefix}_`) && /^[a-z2-7]{8,40}$/.test(text.slice(prefix.length + 1))
