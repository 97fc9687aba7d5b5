import { authorityOf } from '#model'
import { defineAction, isWhole } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { call, segment } from '../client.ts'
import { OktaError, type OktaConfig } from '../config.ts'
import { nameIdentity, partsOf, userOf } from '../names.ts'
import { accessOf, dead, guard, preview, probeEveryMs, probeWithinMs, settle } from './context.ts'
import { isClosed, readStatus, requiredUser } from './user.ts'

/** First of all steps on a user: whoever has the password or a factor gets no new session while the old ones are ended. */
export const userSuspend = defineAction<OktaConfig>({
  verb: 'okta.user.suspend',
  phase: 'revoke',
  title: 'Suspend a user',
  scopes: scopesTo('users'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role }) {
    const owner = partsOf('password', entity)?.[0]
    if (owner !== undefined) return nameIdentity(authorityOf(entity), owner)
    return isWhole(role) && userOf(entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      'users',
      [
        'the user cannot sign in to Okta, nor to any app by way of it; groups and apps stay assigned',
        'open sessions and tokens are ended by steps of their own; apps keep sessions of theirs',
        'undo lets the same password and factors sign in again: change them first',
      ],
      { reversible: true },
    ),
  async apply(context, target) {
    const access = await guard(context, target)
    const id = requiredUser(target)
    const status = await readStatus(access, id)
    if (isClosed(status)) return { says: `the user could not sign in before: ${status ?? 'deleted'}` }
    if (status !== 'ACTIVE') {
      throw new OktaError('ERR_OKTA_REFUSED', `Okta suspends active users only, and this one is ${status}`, {
        hint: 'have an administrator deactivate the user',
      })
    }
    const response = await call(access, 'users', 'POST', `/api/v1/users/${segment(id)}/lifecycle/suspend`)
    settle(response, 'the suspension', 'look at the state of the user in the Admin Console')
    return { says: 'suspended', undoState: { wasActive: true } }
  },
  async readBack(context, target) {
    return isClosed(await readStatus(accessOf(context), requiredUser(target))) ? 'landed' : 'absent'
  },
  /** A user who was not active before stays so: undo takes back this step, not another's. */
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const access = await guard(context, target)
    const id = requiredUser(target)
    if ((await readStatus(access, id)) !== 'SUSPENDED') return
    const response = await call(access, 'users', 'POST', `/api/v1/users/${segment(id)}/lifecycle/unsuspend`)
    settle(response, 'the end of the suspension', 'look at the state of the user in the Admin Console')
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const status = await readStatus(accessOf(context), requiredUser(target))
      return isClosed(status)
        ? dead(context, `Okta lists the user as ${status ?? 'deleted'}`)
        : { verdict: 'alive', says: `Okta lists the user as ${status}` }
    },
  },
})
