import { z } from 'zod'

import { defineAction } from '#respond/contract'
import type { EntityId } from '#model'

import { scopesTo } from '../auth.ts'
import { call, find, segment, userPath } from '../client.ts'
import type { GoogleConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const appPassword = z.object({ codeId: z.number() })

const pathOf = (target: EntityId): string => {
  const [user, code] = requiredParts('asp', target)
  return userPath(user, `/asps/${segment(code)}`)
}
const isAlive = async (context: Context, target: EntityId): Promise<boolean> =>
  (await find(accessOf(context), 'security', appPassword, pathOf(target), 'the app password')) !== undefined

/** An app password opens mail past every second factor, and outlives a new password of the user. */
export const appPasswordRevoke = defineAction<GoogleConfig>({
  verb: 'google.app-password.revoke',
  phase: 'revoke',
  title: 'Take an app password away',
  scopes: scopesTo('customer', 'users', 'security'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('asp', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['customer', 'users', 'security'],
      ['mail, calendar and contact programs that sign in with it are refused', 'the user makes a new one for them'],
    ),
  async apply(context, target) {
    const [user] = requiredParts('asp', target)
    const access = await guard(context, target, [user])
    const outcome = settle(
      await call(access, 'security', 'DELETE', pathOf(target)),
      'the revocation',
      'look at the user',
    )
    return { says: outcome === 'gone' ? 'the app password was gone already' : 'app password taken away' }
  },
  async readBack(context, target) {
    return (await isAlive(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isAlive(context, target))
        ? { verdict: 'alive', says: 'Google still lists the app password' }
        : dead(context, 'Google lists the app password no more')
    },
  },
})
