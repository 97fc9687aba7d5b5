import { z } from 'zod'

import type { EntityId } from '#model'
import type { Applied, ContainAction } from '#respond/contract'

import { scopesTo, type Use } from '../auth.ts'
import { call, find, withQuery, type Access } from '../client.ts'
import type { EntraConfig } from '../config.ts'
import { accessOf, dead, guard, probeEveryMs, probeWithinMs, refuseOwnClient, settle, type Context } from './context.ts'

/** What Microsoft switches off by `accountEnabled`: users, apps as this tenant knows them, devices. */
export type Switch = {
  use: Use
  /** `the user`, for people. */
  what: string
  hint: string
  /** Of the object in Graph, asked for by its immutable id; undefined: there is none, so nothing signs in as it. */
  pathOf(access: Access, target: EntityId): Promise<string | undefined>
  fields: string
}

const object = z.object({ id: z.string(), accountEnabled: z.boolean().nullish(), appId: z.string().nullish() })

async function read(access: Access, { pathOf, what, fields }: Switch, target: EntityId) {
  const path = await pathOf(access, target)
  if (path === undefined) return undefined
  const found = await find(access, object, withQuery(path, { $select: fields }), what)
  return found === undefined ? undefined : { ...found, path, isOn: found.accountEnabled !== false }
}

async function set(context: Context, one: Switch, target: EntityId, isOn: boolean): Promise<'same' | 'gone' | 'done'> {
  const access = guard(context, target)
  const state = await read(access, one, target)
  if (state === undefined) return 'gone'
  refuseOwnClient(context, target, state.appId)
  if (state.isOn === isOn) return 'same'
  const response = await call(access, 'PATCH', state.path, { accountEnabled: isOn })
  return settle(response, isOn ? 'switching it on' : 'switching it off', one.hint)
}

/** Parts of an action that are the same for all of them. */
export function switchOff(
  one: Switch,
): Pick<ContainAction<EntraConfig>, 'apply' | 'readBack' | 'undo' | 'probe' | 'retry' | 'proofs' | 'scopes'> {
  return {
    scopes: scopesTo(one.use),
    retry: 'idempotent',
    proofs: ['read-back'],
    async apply(context, target): Promise<Applied> {
      const outcome = await set(context, one, target, false)
      if (outcome === 'gone') return { says: `${one.what} is gone` }
      if (outcome === 'same') return { says: `${one.what} was disabled already` }
      return { says: `${one.what} is disabled`, undoState: { wasEnabled: true } }
    },
    async readBack(context, target) {
      return (await read(accessOf(context), one, target))?.isOn === true ? 'absent' : 'landed'
    },
    /** What was off before stays off: undo takes back this step, not another's. */
    async undo(context, target, undoState) {
      if (undoState?.['wasEnabled'] === true) await set(context, one, target, true)
    },
    probe: {
      everyMs: probeEveryMs,
      withinMs: probeWithinMs,
      async run(context, target) {
        const state = await read(accessOf(context), one, target)
        if (state?.isOn === true) return { verdict: 'alive', says: `Microsoft lists ${one.what} as enabled` }
        return dead(context, `Microsoft lists ${one.what} as ${state === undefined ? 'deleted' : 'disabled'}`)
      },
    },
  }
}
