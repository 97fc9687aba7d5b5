import { defaultTenant } from '#model'
import { sourceContext } from '#sources'
import { keyIdOf, VaultError, type HandsVault } from '#vault'

import type { CoreForHands } from '../socket.ts'
import { signalContext } from './signals.ts'

type Registry = Pick<
  CoreForHands['registry'],
  'sources' | 'reseal' | 'signalSecrets' | 'resealSignal' | 'waitingTokens' | 'resealTokens'
>

/**
 * After a rotation of hands every stored secret moves under the newest key, online. Gives how many moved: what core sealed
 * while it had not heard of the new key is found by the next round, so that the rounds end with one that moves nothing.
 */
export async function moveSecrets(registry: Registry, { opener, sealer }: HandsVault): Promise<number> {
  let moved = 0
  const isOld = (sealed: string): boolean => keyIdOf(sealed) !== sealer.keyId
  for (const source of await registry.sources()) {
    for (const use of ['see', 'contain'] as const) {
      const sealed = source[use]
      if (sealed === null || !isOld(sealed)) continue
      const context = sourceContext(defaultTenant, source.id, use)
      await registry.reseal(source.id, use, sealed, opener.reseal(sealed, context))
      moved++
    }
  }
  for (const { kind, id, sealed } of await registry.signalSecrets()) {
    if (!isOld(sealed)) continue
    const context = kind === 'key' ? signalContext.key(id) : signalContext.auth(id)
    await registry.resealSignal(kind, id, sealed, opener.reseal(sealed, context))
    moved++
  }
  return moved + (await moveTokens(registry, { opener, sealer }))
}

/** What waits for receivers that do not answer, page by page. One that no key opens holds up no other: it stays, and is told of as shut. */
async function moveTokens(
  registry: Registry,
  { opener, sealer }: Pick<HandsVault, 'opener' | 'sealer'>,
): Promise<number> {
  let moved = 0
  for (let after: { stream: string; jti: string } | null = null; ;) {
    const page: Awaited<ReturnType<Registry['waitingTokens']>> = await registry.waitingTokens(after)
    const last = page.at(-1)
    if (last === undefined) return moved
    const tokens = page.flatMap(({ stream, jti, sealed }) => {
      try {
        if (keyIdOf(sealed) === sealer.keyId) return []
        return [{ stream, jti, from: sealed, to: opener.reseal(sealed, signalContext.token(stream, jti)) }]
      } catch (error) {
        if (error instanceof VaultError) return []
        throw error
      }
    })
    if (tokens.length > 0) await registry.resealTokens(tokens)
    moved += tokens.length
    after = { stream: last.stream, jti: last.jti }
  }
}
