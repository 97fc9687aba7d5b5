import { edgeMask, edgeTypes, type EdgeType } from '#model'

import type { EdgeQuery } from '../types.ts'

/**
 * One byte an edge: bits 0-4 the type's code, then inferred, conditional, and ended (its end is known, look at it).
 * Code 31 stands for SAME_AS lying the other way round, so that walks cross it in both directions at no cost.
 */
export const codeBits = 0x1f
export const inferredBit = 0x20
export const conditionalBit = 0x40
export const endedBit = 0x80
export const turnedCode = 31

/** Graph times are u32 seconds UTC (until 2106). `openEnd`: it stands. `movedEnd`: the tail knows the end. */
export const openEnd = 0xffff_ffff
export const movedEnd = 0xffff_fffe
export const secondsMax = 0xffff_fffd

export const toSeconds = (value: number): number => Math.min(Math.max(value, 0), secondsMax)

/** `far`, an edge's other end and above it its kind byte, in one word: a walk meets both in one look. */
export const kindShift = 24
export const nodeBits = 0x00ff_ffff
export const farOf = (node: number, kind: number): number => node | (kind << kindShift)
export const nodeOf = (far: number): number => far & nodeBits
export const kindOf = (far: number): number => far >>> kindShift
/** Nodes of a graph: their numbers fit in `nodeBits`. Where numbers are dealt out, no more are. */
export const nodesMax = nodeBits + 1

export const isSameAs = (kind: number): boolean => (kind & codeBits) === edgeTypes.SAME_AS
export const isTurned = (kind: number): boolean => (kind & codeBits) === turnedCode
export const turnedKind = (kind: number): number => (kind & ~codeBits) | turnedCode

/**
 * A query made ready for the inner loops. `verdicts[kind]`: 0 never, 1 without a look at its times, 2 when
 * from <= `high` and `low` <= to, 3 the same for one without an end. With `isWindow`, walks go by arrival between `low`
 * and `high` instead.
 */
export type Filter = { verdicts: Uint8Array; low: number; high: number; isWindow: boolean }

export function compileFilter(query: EdgeQuery, heardAt: number, isWalk: boolean): Filter {
  const mask = maskOf(query.types, isWalk)
  const isNow = query.at === undefined && query.window === undefined
  const verdicts = new Uint8Array(256)
  for (let kind = 0; kind < 256; kind++) {
    if (((mask >>> (kind & codeBits)) & 1) === 0) continue
    if ((kind & inferredBit) !== 0 && query.withInferred !== true) continue
    if ((kind & conditionalBit) !== 0 && query.unconditionalOnly === true) continue
    verdicts[kind] = (kind & endedBit) !== 0 ? 2 : isNow ? 1 : 3
  }
  if (query.at !== undefined) {
    return { verdicts, low: toSeconds(Math.floor(query.at)), high: toSeconds(Math.ceil(query.at)), isWindow: false }
  }
  if (query.window !== undefined) {
    const { from, to } = query.window
    return { verdicts, low: toSeconds(Math.floor(from)), high: toSeconds(Math.ceil(to)), isWindow: true }
  }
  return { verdicts, low: heardAt, high: openEnd, isWindow: false }
}

const maskOf = (types: readonly EdgeType[], isWalk: boolean): number => {
  const mask = edgeMask(...types)
  return isWalk && types.includes('SAME_AS') ? mask | (1 << turnedCode) : mask
}
