import { defaultTenant } from '#model'
import type { SealedUndo } from '#respond'
import { sourceContext } from '#sources'
import { keyIdOf, VaultError, type HandsVault } from '#vault'

import type { CoreForHands } from '../socket.ts'
import { signalContext } from './signals.ts'
import { undoContext } from './undo-seal.ts'

type Registry = Pick<
  CoreForHands['registry'],
  | 'sources'
  | 'reseal'
  | 'signalSecrets'
  | 'resealSignal'
  | 'waitingTokens'
  | 'resealTokens'
  | 'sealedUndos'
  | 'resealUndos'
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
  moved += await movePages<{ stream: string; jti: string; sealed: string }>(
    { opener, sealer },
    {
      page: (after) => registry.waitingTokens(after && { stream: after.stream, jti: after.jti }),
      contextOf: ({ stream, jti }) => signalContext.token(stream, jti),
      keep: (tokens) => registry.resealTokens(tokens.map(({ stream, jti, from, to }) => ({ stream, jti, from, to }))),
    },
  )
  moved += await movePages<SealedUndo>(
    { opener, sealer },
    {
      page: (after) => registry.sealedUndos(after?.id ?? null),
      contextOf: ({ id }) => undoContext(id),
      keep: (undos) => registry.resealUndos(undos.map(({ id, from, to }) => ({ id, from, to }))),
    },
  )
  return moved
}

/**
 * What may be many (tokens for receivers that do not answer, what undos need), page by page. One that no key opens holds up
 * no other: it stays, and is told of as shut.
 */
async function movePages<Row extends { sealed: string }>(
  { opener, sealer }: Pick<HandsVault, 'opener' | 'sealer'>,
  parts: {
    page(after: Row | null): Promise<Row[]>
    contextOf(row: Row): string
    keep(rows: (Row & { from: string; to: string })[]): Promise<void>
  },
): Promise<number> {
  let moved = 0
  for (let after: Row | null = null; ;) {
    const page: Row[] = await parts.page(after)
    const last = page.at(-1)
    if (last === undefined) return moved
    const rows = page.flatMap((row) => {
      try {
        if (keyIdOf(row.sealed) === sealer.keyId) return []
        return [{ ...row, from: row.sealed, to: opener.reseal(row.sealed, parts.contextOf(row)) }]
      } catch (error) {
        if (error instanceof VaultError) return []
        throw error
      }
    })
    if (rows.length > 0) await parts.keep(rows)
    moved += rows.length
    after = last
  }
}
