import type { EntityId, Touch } from '#model'
import { openTouchReader } from '#estate'

import type { Scene } from './scene.ts'

type SignIn = Touch & { offset: number }

/** Sign-ins looked through in one look: some ten seconds of work, in slices between which the estate answers others. */
const signInsMax = 1_000_000
const sliceMs = 6 * 3_600_000

/** Of some accounts since then, oldest first. */
export async function signInsOf(scene: Scene, identities: readonly EntityId[], fromMs: number) {
  const { read, isCut } = openTouchReader(scene.view, signInsMax)
  const all = identities.length === 0 ? [] : await read({ identities, verbs: ['login'], fromMs, toMs: scene.atMs })
  return { signIns: all, isCut: isCut() }
}

/** Of everybody since then, slice by slice and newest first. What lies before `signInsMax` of them is left out: `isCut`. */
export function openSignIns(scene: Scene, fromMs: number) {
  const { read, isCut } = openTouchReader(scene.view, signInsMax)
  return {
    isCut,
    async *newestFirst(): AsyncGenerator<SignIn> {
      for (let toMs = scene.atMs; toMs >= fromMs && !isCut(); toMs -= sliceMs) {
        const slice = await read({ verbs: ['login'], fromMs: Math.max(fromMs, toMs - sliceMs + 1), toMs })
        yield* slice.toReversed()
      }
    },
  }
}
