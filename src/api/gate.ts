import { isIP } from 'node:net'

import { ApiError } from './error.ts'

/** Clients that watch at once; each costs a report whenever its incident moves. */
export const watchersMax = 200
/** Bytes of uploads being read at once: an ingest token lies on hosts that may be the attacker's. */
export const uploadBytesInHandMax = 256 * 1024 * 1024

/**
 * The name in `Host`, held against the names this Cordon goes by. INVARIANT: a page of somebody else's whose name is made
 * to point at this machine (DNS rebinding) still says its own name here, and is refused. Addresses are no names: nobody
 * can make one point elsewhere.
 */
export function isNamedHere(host: string | undefined, names: ReadonlySet<string>): boolean {
  const name = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? '')
  const bare = (name?.[1] ?? name?.[2] ?? '').toLowerCase()
  return isIP(bare) !== 0 || bare === 'localhost' || names.has(bare)
}

/** A bound on what is under way: `enter` answers how to leave again, or refuses with a retry. */
export function createGate(max: number, what: string): { enter(weight: number): () => void } {
  let inside = 0
  return {
    enter(weight) {
      if (inside + weight > max && inside > 0) {
        throw new ApiError('ERR_API_BUSY', `too many ${what} at once`, { hint: 'try again shortly', retryable: true })
      }
      inside += weight
      let isIn = true
      return () => {
        if (isIn) inside -= weight
        isIn = false
      }
    },
  }
}
