import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameIdentity, partsOf } from '../names.ts'
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

const token = z.object({ status: z.string().nullish() })

const pathOf = (target: EntityId): string => {
  const [user, client, id] = requiredParts('refresh-token', target)
  return `/api/v1/users/${segment(user)}/clients/${segment(client)}/tokens/${segment(id)}`
}

async function isAlive(context: Context, target: EntityId): Promise<boolean> {
  const found = await find(accessOf(context), 'users', token, pathOf(target), 'the token')
  return found !== undefined && found.status !== 'REVOKED'
}

/** A refresh token and, where Okta is asked about them, the access tokens made with it. */
export const tokenRevoke = defineAction<OktaConfig>({
  verb: 'okta.token.revoke',
  phase: 'revoke',
  title: "Revoke an app's refresh token for a user",
  scopes: scopesTo('users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('refresh-token', entity) === undefined ? undefined : entity),
  preview: () =>
    preview('users', [
      'the app cannot renew its access for this user, who has to sign in to it again',
      'access tokens made with it are revoked, too; resource servers that check them without asking Okta take them until they expire',
    ]),
  async apply(context, target) {
    const [user] = requiredParts('refresh-token', target)
    const access = await guard(context, target, [nameIdentity(context.authority, user)])
    const outcome = settle(await call(access, 'users', 'DELETE', pathOf(target)), 'the revocation', 'look at the user')
    return { says: outcome === 'gone' ? 'the token was gone already' : 'refresh token revoked' }
  },
  async readBack(context, target) {
    return (await isAlive(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isAlive(context, target))
        ? { verdict: 'alive', says: 'Okta still lists the token' }
        : dead(context, 'Okta lists the token no more')
    },
  },
})
