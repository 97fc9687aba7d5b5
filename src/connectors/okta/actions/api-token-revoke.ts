import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import { originOf, type OktaConfig } from '../config.ts'
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

const token = z.object({ id: z.string() })

const pathOf = (target: EntityId): string => `/api/v1/api-tokens/${segment(requiredParts('api-token', target)[0])}`

async function isListed(context: Context, target: EntityId): Promise<boolean> {
  return (await find(accessOf(context), 'apiTokens', token, pathOf(target), 'the API token')) !== undefined
}

/** An API token (SSWS) has all the rights of the administrator who made it, and no second factor stands before it. */
export const apiTokenRevoke = defineAction<OktaConfig>({
  verb: 'okta.api-token.revoke',
  phase: 'revoke',
  title: 'Revoke an API token',
  scopes: scopesTo('apiTokens'),
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (partsOf('api-token', entity) === undefined ? undefined : entity),
  preview: (_, { name }) =>
    preview(
      'apiTokens',
      [
        `what runs with the API token${typeof name === 'string' ? ` \`${name}\`` : ''} is refused from the next call on`,
      ],
      { proofs: ['probed', 'read-back'] },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    const response = await call(access, 'apiTokens', 'DELETE', pathOf(target))
    const outcome = settle(response, 'the revocation', 'only a super administrator may revoke the token of another')
    return { says: outcome === 'gone' ? 'there was no such token any more' : 'API token revoked' }
  },
  async readBack(context, target) {
    return (await isListed(context, target)) ? 'absent' : 'landed'
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  if (await isListed(context, target)) return { verdict: 'alive', says: 'Okta still lists the API token' }
  const value = context.lent(target)
  if (value === undefined) return dead(context, 'Okta lists the API token no more')
  const response = await context.http.request(`${originOf(context.config)}/api/v1/users/me`, {
    headers: { accept: 'application/json', authorization: `SSWS ${value}` },
    as: 'none',
    signal: context.signal,
  })
  if (response.status === 401) return dead(context, 'tried at Okta with the value: 401', 'probed')
  const verdict = response.status < 300 ? 'alive' : 'unknown'
  return { verdict, says: `Okta answers ${response.status} to the lent value, though it lists the token no more` }
}
