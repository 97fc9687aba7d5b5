import { isJsonObject, isObject, parseJson, type JsonObject } from '#kit'
import type { EntityId } from '#model'
import type { Applied, ContainAction } from '#respond/contract'

import { scopesTo, type Use } from '../auth.ts'
import { call, type Access, type Method } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { accessOf, dead, guard, probeEveryMs, probeWithinMs, settle, type Context } from './context.ts'

/** Something that an object has: how it goes (`DELETE`, where nothing else is said), and how it is made again. */
export type Found = { method?: Method; path: string; body?: JsonObject; again?: { path: string; body: JsonObject } }
export type Removal = {
  use: Use
  /** `the membership`, for people. */
  what: string
  hint: string
  /** What there is of it now; empty: nothing. */
  find(access: Access, context: Context, target: EntityId): Promise<Found[]>
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
      const found = await one.find(access, context, target)
      for (const { method = 'DELETE', path, body } of found) {
        settle(await call(access, method, path, body), `taking ${one.what} away`, one.hint)
      }
      if (found.length === 0) return { says: `${one.what} was gone already` }
      const again = found.flatMap((each) => (each.again === undefined ? [] : [JSON.stringify(each.again)]))
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
