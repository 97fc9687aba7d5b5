import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, find, segment } from '../client.ts'
import type { OktaConfig } from '../config.ts'
import { userOf } from '../names.ts'
import { accessOf, dead, guard, preview, settle, type Context } from './context.ts'
import { sessionsProbeEveryMs, sessionsProbeWithinMs } from './user-sessions-end.ts'
import { requiredUser } from './user.ts'

const risk = z.object({ riskLevel: z.enum(['HIGH', 'MEDIUM', 'LOW', 'NONE']) })

const pathOf = (target: EntityId): string => `/api/v1/users/${segment(requiredUser(target))}/risk`
const read = (context: Context, target: EntityId) =>
  find(accessOf(context), 'risk', risk, pathOf(target), 'the risk of the user')

/**
 * No call of Okta's signs a user out of apps; its entity risk policy does, when the risk of the user is HIGH. Offered
 * where the source's `universalLogoutByRisk` says that there is such a policy.
 */
export const universalLogout = defineAction<OktaConfig>({
  verb: 'okta.user.universal-logout',
  phase: 'end-sessions',
  title: 'Raise the risk of a user, so that Okta signs them out of their apps',
  scopes: scopesTo('risk'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role, attributes }) =>
    role === 'trigger' && userOf(entity) !== undefined && attributes['logoutByRisk'] === true ? entity : undefined,
  preview: () =>
    preview(
      'risk',
      [
        'Okta’s entity risk policy runs for this user and signs them out of apps that support Universal Logout',
        'apps with partial support drop refresh tokens alone and keep their sessions; others are not told',
        'undo puts the level of risk back, no session',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    const before = await read(context, target)
    if (before?.riskLevel === 'HIGH') return { says: 'the risk was HIGH already' }
    const body = { riskLevel: 'HIGH', riskReason: `Cordon ${context.key.replaceAll('_', '-')}` }
    settle(await call(access, 'risk', 'PUT', pathOf(target), body), 'the risk', 'this needs Identity Threat Protection')
    return { says: 'risk raised to HIGH', undoState: { riskLevel: before?.riskLevel ?? 'NONE' } }
  },
  async readBack(context, target) {
    return (await read(context, target))?.riskLevel === 'HIGH' ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const level = undoState?.['riskLevel']
    if (typeof level !== 'string') return
    const access = await guard(context, target)
    // Okta takes no NONE: the least it can be told is LOW.
    const body = { riskLevel: level === 'NONE' ? 'LOW' : level }
    settle(await call(access, 'risk', 'PUT', pathOf(target), body), 'the risk', 'set it in the Admin Console')
  },
  probe: {
    everyMs: sessionsProbeEveryMs,
    withinMs: sessionsProbeWithinMs,
    async run(context, target) {
      return (await read(context, target))?.riskLevel === 'HIGH'
        ? dead(context, 'Okta holds the risk at HIGH; which apps signed the user out, each app knows')
        : { verdict: 'alive', says: 'Okta does not hold the risk at HIGH' }
    },
  },
})
