import { z } from 'zod'

import { defineAction } from '#respond/contract'
import type { EntityId } from '#model'

import { scopesTo } from '../auth.ts'
import { call, find, userPath } from '../client.ts'
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

/** INVARIANT: the codes themselves, which this list gives in clear, are counted and dropped here. */
const codes = z.object({ items: z.array(z.unknown()).default([]) }).transform(({ items }) => ({ count: items.length }))

async function countOf(context: Context, target: EntityId): Promise<number> {
  const [user] = requiredParts('backup-codes', target)
  const found = await find(
    accessOf(context),
    'security',
    codes,
    userPath(user, '/verificationCodes'),
    'the backup codes',
  )
  return found?.count ?? 0
}

export const backupCodesInvalidate = defineAction<GoogleConfig>({
  verb: 'google.backup-codes.invalidate',
  phase: 'revoke',
  title: 'Invalidate the backup codes of a user',
  scopes: scopesTo('customer', 'users', 'security'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('backup-codes', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['customer', 'users', 'security'],
      ['none of the codes is accepted; the user makes new ones when they can sign in'],
    ),
  async apply(context, target) {
    const [user] = requiredParts('backup-codes', target)
    const access = await guard(context, target, [user])
    const response = await call(access, 'security', 'POST', userPath(user, '/verificationCodes/invalidate'))
    const outcome = settle(response, 'the invalidation', 'the user may have no second step')
    return { says: outcome === 'gone' ? 'there is no such user any more' : 'backup codes invalidated' }
  },
  async readBack(context, target) {
    return (await countOf(context, target)) === 0 ? 'landed' : 'absent'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const count = await countOf(context, target)
      return count === 0
        ? dead(context, 'Google lists no backup code')
        : { verdict: 'alive', says: `Google lists ${count} backup codes` }
    },
  },
})
