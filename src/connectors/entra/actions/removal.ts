import { isObject, parseJson, type JsonObject } from '#kit'
import type { EntityId } from '#model'
import type { Applied, ContainAction } from '#respond/contract'

import { scopesTo, type Use } from '../auth.ts'
import { call, isJsonObject, type Access } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { accessOf, dead, guard, probeEveryMs, probeWithinMs, settle, type Context } from './context.ts'

/** Something that stands between two objects: it is found, deleted, and made again with the same two ends. */
export type Link = { path: string; again?: { path: string; body: JsonObject } }
export type Removal = {
  use: Use
  /** `the membership`, for people. */
  what: string
  hint: string
  /** What there is of it now; empty: nothing. */
  find(access: Access, context: Context, target: EntityId): Promise<Link[]>
  /** Others that the step hits, asked about before it. */
  hit(context: Context, target: EntityId): readonly EntityId[]
  isReversible: boolean
}

/** Parts of an action that are the same for all of them. */
export function remove(
  one: Removal,
): Pick<ContainAction<EntraConfig>, 'apply' | 'readBack' | 'undo' | 'probe' | 'retry' | 'proofs' | 'scopes'> {
  const isThere = async (context: Context, target: EntityId): Promise<boolean> =>
    (await one.find(accessOf(context), context, target)).length > 0
  return {
    scopes: scopesTo(one.use),
    retry: 'idempotent',
    proofs: ['read-back'],
    async apply(context, target): Promise<Applied> {
      const access = guard(context, target, one.hit(context, target))
      const links = await one.find(access, context, target)
      for (const { path } of links) settle(await call(access, 'DELETE', path), `taking ${one.what} away`, one.hint)
      if (links.length === 0) return { says: `${one.what} was gone already` }
      const again = links.flatMap((link) => (link.again === undefined ? [] : [JSON.stringify(link.again)]))
      return { says: `${one.what} taken away`, ...(one.isReversible ? { undoState: { again } } : {}) }
    },
    async readBack(context, target) {
      return (await isThere(context, target)) ? 'absent' : 'landed'
    },
    ...(one.isReversible
      ? {
          async undo(context, target, undoState): Promise<void> {
            const again = undoState?.['again']
            if (!Array.isArray(again)) return
            const access = guard(context, target, one.hit(context, target))
            if (await isThere(context, target)) return
            for (const made of again.map((text) => parseJson(text))) {
              if (!isObject(made) || typeof made['path'] !== 'string' || !isJsonObject(made['body'])) continue
              settle(await call(access, 'POST', made['path'], made['body']), `giving ${one.what} back`, one.hint)
            }
          },
        }
      : {}),
    probe: {
      everyMs: probeEveryMs,
      withinMs: probeWithinMs,
      async run(context, target) {
        return (await isThere(context, target))
          ? { verdict: 'alive', says: `Microsoft still lists ${one.what}` }
          : dead(context, `Microsoft lists ${one.what} no more`)
      },
    },
  }
}
