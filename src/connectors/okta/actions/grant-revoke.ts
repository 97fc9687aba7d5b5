import { z } from 'zod'

import { defineAction } from '#respond/contract'
import type { EntityId } from '#model'

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

const grant = z.object({ status: z.string().nullish() })

const pathOf = (target: EntityId): string => {
  const [user, id] = requiredParts('grant', target)
  return `/api/v1/users/${segment(user)}/grants/${segment(id)}`
}

async function isAlive(context: Context, target: EntityId): Promise<boolean> {
  const found = await find(accessOf(context), 'users', grant, pathOf(target), 'the grant')
  return found !== undefined && found.status !== 'REVOKED'
}

/** What a user let an app do. Its refresh tokens are steps of their own: a grant taken back ends none of them. */
export const grantRevoke = defineAction<OktaConfig>({
  verb: 'okta.grant.revoke',
  phase: 'revoke',
  title: "Take back a user's consent to an app",
  scopes: scopesTo('users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('grant', entity) === undefined ? undefined : entity),
  preview: () =>
    preview('users', [
      'the app gets no new token with this scope in the name of the user, who has to consent again',
      'tokens already given out are ended by steps of their own',
    ]),
  async apply(context, target) {
    const [user] = requiredParts('grant', target)
    const access = await guard(context, target, [nameIdentity(context.authority, user)])
    const outcome = settle(await call(access, 'users', 'DELETE', pathOf(target)), 'the revocation', 'look at the user')
    return { says: outcome === 'gone' ? 'the consent was gone already' : 'consent taken back' }
  },
  async readBack(context, target) {
    return (await isAlive(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isAlive(context, target))
        ? { verdict: 'alive', says: 'Okta still lists the consent' }
        : dead(context, 'Okta lists the consent no more')
    },
  },
})
