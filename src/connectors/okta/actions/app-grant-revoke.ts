import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { nameApp, partsOf } from '../names.ts'
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

const grant = z.object({ status: z.string().nullish(), scopeId: z.string(), issuer: z.string() })

const pathOf = (target: EntityId): string => {
  const [app, id] = requiredParts('app-grant', target)
  return `/api/v1/apps/${segment(app)}/grants/${segment(id)}`
}

async function read(context: Context, target: EntityId) {
  const found = await find(accessOf(context), 'appGrants', grant, pathOf(target), 'the grant')
  return found?.status === 'REVOKED' ? undefined : found
}

/** What an administrator let an app do in its own name. */
export const appGrantRevoke = defineAction<OktaConfig>({
  verb: 'okta.app-grant.revoke',
  phase: 'revoke',
  title: "Take back an app's scope",
  scopes: scopesTo('appGrants'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('app-grant', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      'appGrants',
      [
        'the app gets no new token with this scope; what it does with it stops within the life of its last token',
        'undo grants the same scope again, to whoever holds the credentials of the app then',
      ],
      // Okta's own access tokens live an hour.
      { reversible: true, residualMs: 3_600_000 },
    ),
  async apply(context, target) {
    const [app] = requiredParts('app-grant', target)
    const access = await guard(context, target, [nameApp(context.authority, app)])
    const before = await read(context, target)
    if (before === undefined) return { says: 'the scope was gone already' }
    const response = await call(access, 'appGrants', 'DELETE', pathOf(target))
    settle(response, 'the revocation', 'look at the Okta API Scopes of the app')
    return { says: 'scope taken back', undoState: { scopeId: before.scopeId, issuer: before.issuer } }
  },
  async readBack(context, target) {
    return (await read(context, target)) === undefined ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { scopeId, issuer } = undoState ?? {}
    if (typeof scopeId !== 'string' || typeof issuer !== 'string') return
    const [app] = requiredParts('app-grant', target)
    const access = await guard(context, target)
    const response = await call(access, 'appGrants', 'POST', `/api/v1/apps/${segment(app)}/grants`, { scopeId, issuer })
    settle(response, 'the grant', 'grant the scope in the Admin Console')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await read(context, target)) === undefined
        ? dead(context, 'Okta lists the scope no more')
        : { verdict: 'alive', says: 'Okta still lists the scope' }
    },
  },
})
