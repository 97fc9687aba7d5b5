import { nativeOf } from '#model'
import { defineAction } from '#respond/contract'

import type { KeysConfig } from './config.ts'
import { isKey } from './hand-over.ts'
import { cordonAuthority } from './normalize.ts'

export const probeEveryMs = 50
export const probeWithinMs = 5000

/** The one credential whose issuer, verifier and prover is Cordon: dead on the next request, and back when asked. */
export const keyKill = defineAction<KeysConfig>({
  verb: 'keys.key.kill',
  phase: 'revoke',
  title: "Kill one of Cordon's own keys",
  scopes: [],
  retry: 'idempotent',
  proofs: ['probed'],
  targetFor: ({ entity }) => (isKey(entity) ? entity : undefined),
  preview: (_, { owner }) => ({
    effects: [
      `the key is refused from the next request on${typeof owner === 'string' ? `; it belongs to ${owner}` : ''}`,
    ],
    reversible: true,
    undoWithinMs: null,
    residualMs: 0,
    scopes: [],
    proofs: ['probed'],
  }),
  async apply({ home }, target) {
    const outcome = await home.killKey(nativeOf(target))
    if (outcome === 'unknown-key') return { says: 'there is no such key: nothing accepts it' }
    return {
      says: outcome === 'killed' ? 'killed' : 'it was dead already',
      undoState: { wasLive: outcome === 'killed' },
    }
  },
  async readBack({ home }, target) {
    const state = await home.keyState(nativeOf(target))
    return state === 'live' ? 'absent' : 'landed'
  },
  /** A key that something else had killed before stays dead: undo takes back this step, not that one. */
  async undo({ home }, target, undoState) {
    if (undoState?.['wasLive'] === true) await home.reviveKey(nativeOf(target))
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run({ home }, target) {
      const state = await home.keyState(nativeOf(target))
      if (state === 'live') return { verdict: 'alive', says: "Cordon's own table still accepts the key" }
      const says = state === 'dead' ? 'tried against the table that every check reads: refused' : 'no such key: refused'
      return { verdict: 'dead', proof: { kind: 'probed', says, where: [cordonAuthority] } }
    },
  },
})
