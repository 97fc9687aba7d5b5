import { z } from 'zod'

import { defineAction } from '#respond/contract'
import type { EntityId } from '#model'

import { scopesTo } from '../auth.ts'
import { call, find, segment, userPath } from '../client.ts'
import { ownClients, type GoogleConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  dead,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const grant = z.object({ clientId: z.string() })

const pathOf = (target: EntityId): string => {
  const [user, client] = requiredParts('grant', target)
  return userPath(user, `/tokens/${segment(client)}`)
}
const isAlive = async (context: Context, target: EntityId): Promise<boolean> =>
  (await find(accessOf(context), 'security', grant, pathOf(target), 'the grant')) !== undefined

/** Takes what one user let one app do, with every token of it. The user may let it in again: then it is alive again. */
export const grantRevoke = defineAction<GoogleConfig>({
  verb: 'google.grant.revoke',
  phase: 'revoke',
  title: "Take a user's grant to an app away",
  scopes: scopesTo('customer', 'users', 'security'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('grant', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['customer', 'users', 'security'],
      [
        'every refresh and access token that the app has in the name of this user ends at once',
        'the user may let the app in again, unless it is blocked; that is watched for',
      ],
    ),
  async apply(context, target) {
    const [user, client] = requiredParts('grant', target)
    if (ownClients(context.config).includes(client)) throw refused(target, "is Cordon's own")
    const access = await guard(context, target, [user])
    const outcome = settle(
      await call(access, 'security', 'DELETE', pathOf(target)),
      'the revocation',
      'look at the user',
    )
    return { says: outcome === 'gone' ? 'the grant was gone already' : 'grant taken away with all its tokens' }
  },
  async readBack(context, target) {
    return (await isAlive(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isAlive(context, target))
        ? { verdict: 'alive', says: 'Google lists the grant: it was not taken away, or the user let the app in again' }
        : dead(context, 'Google lists the grant no more')
    },
  },
})
