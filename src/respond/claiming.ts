import type { IsolationRule } from './precedence.ts'

/** Arguments of a claim. `monoMs` counts within one `boot` of core only; times of another boot are worth nothing. */
export type Claiming = {
  worker: string
  boot: string
  monoMs: number
  atMs: number
  max: number
  leaseMs: number
  isolation: IsolationRule
}

/** A claim whose attempt was never made may be taken over soon: `attempt` is fenced, so nothing can go out twice. */
export const claimHoldMs = 5_000
export const claimMax = 64
/** Claims of one source that may be in hands at a time, over all workers. */
export const sourceClaimsMax = 8
/** Automatic starts of one verb on one connector in a running window; more need an approval. Not liftable by policy. */
export const capPerVerbMax = 25
export const capWindowMs = 600_000
/** Releases without progress before a person must look. */
export const releasesMax = 30
/** Fences of one restore epoch lie below those of the next. */
export const fencesPerEpoch = 1_000_000_000
