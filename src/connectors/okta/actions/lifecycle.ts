import { z } from 'zod'

import type { EntityId } from '#model'
import type { Applied, ContainAction } from '#respond/contract'

import type { ContainUse } from '../auth.ts'
import { call, find, type Access } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { accessOf, dead, guard, probeEveryMs, probeWithinMs, settle, type Context } from './context.ts'

/** Things that Okta switches off and on the same way: apps, client secrets and keys, identity providers. */
export type Switch = {
  use: ContainUse
  /** `the app`, for people. */
  what: string
  hint: string
  path(target: EntityId): string
  /** Others that the step hits, asked about before it. */
  hit(context: Context, target: EntityId): readonly EntityId[]
  /** Throws for one that must stay on; what Okta would refuse can be made possible here. */
  before?(context: Context, access: Access, target: EntityId, found: Found): Promise<void>
}

const found = z.object({ status: z.string(), name: z.string().nullish() })
export type Found = z.infer<typeof found>

const read = (context: Context, { use, what, path }: Switch, target: EntityId): Promise<Found | undefined> =>
  find(accessOf(context), use, found, path(target), what)
const isOn = (state: Found | undefined): boolean => state?.status === 'ACTIVE'

async function apply(context: Context, one: Switch, target: EntityId): Promise<Applied> {
  const access = await guard(context, target, one.hit(context, target))
  const state = await read(context, one, target)
  if (state === undefined) return { says: `there is no such thing any more: ${one.what} is gone` }
  if (!isOn(state)) return { says: `${one.what} was off already` }
  await one.before?.(context, access, target, state)
  const response = await call(access, one.use, 'POST', `${one.path(target)}/lifecycle/deactivate`)
  settle(response, 'the deactivation', one.hint)
  return { says: `${one.what} is off`, undoState: { wasActive: true } }
}

/** Parts of an action that are the same for all of them. */
export function switchOff(
  one: Switch,
): Pick<ContainAction<OktaConfig>, 'apply' | 'readBack' | 'undo' | 'probe' | 'retry' | 'proofs'> {
  return {
    retry: 'idempotent',
    proofs: ['read-back'],
    apply: (context, target) => apply(context, one, target),
    async readBack(context, target) {
      return isOn(await read(context, one, target)) ? 'absent' : 'landed'
    },
    /** What was off before stays off: undo takes back this step, not another's. */
    async undo(context, target, undoState) {
      if (undoState?.['wasActive'] !== true) return
      const access = await guard(context, target, one.hit(context, target))
      const state = await read(context, one, target)
      if (state === undefined || isOn(state)) return
      settle(await call(access, one.use, 'POST', `${one.path(target)}/lifecycle/activate`), 'the activation', one.hint)
    },
    probe: {
      everyMs: probeEveryMs,
      withinMs: probeWithinMs,
      async run(context, target) {
        const state = await read(context, one, target)
        return isOn(state)
          ? { verdict: 'alive', says: `Okta lists ${one.what} as active` }
          : dead(context, `Okta lists ${one.what} as ${state?.status ?? 'deleted'}`)
      },
    },
  }
}
