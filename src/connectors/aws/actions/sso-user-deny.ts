import { defineAction, isWhole, previewStep } from '#respond/contract'

import type { AwsConfig } from '../config.ts'
import { centerUserOf } from '../names.ts'
import { requireCenterUser } from './center-user.ts'
import { dead, probeEveryMs, probeWithinMs, propagationMs } from './context.ts'
import { deniedUser } from './denied.ts'
import { changeDenied, isDenied } from './deny-policy.ts'
import { organization, scopes } from './organization.ts'

/**
 * AWS's own way to end what a user of Identity Center already holds: sessions of permission sets cannot be revoked one by
 * one, and outlive the assignment and the user; a service control policy knows the user behind each.
 */
export const ssoUserDeny = defineAction<AwsConfig>({
  verb: 'aws.sso-user.deny',
  phase: 'deny',
  title: 'Deny a user of Identity Center everything in the account',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (centerUserOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    previewStep(
      scopes,
      [
        'every call of this user is refused in the account, by whichever permission set, in sessions that stand and new ones',
        'the user can still sign in at the portal and act in other accounts: suspend it where it signs in',
        'undo lets unexpired sessions work again, and lifts the deny for every incident that asked for it',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const entry = deniedUser(requireCenterUser(context, target))
    const access = await organization(context)
    const wasDenied = await isDenied(access, context.authority, entry)
    await changeDenied(access, context.authority, (entries) => [...entries, entry])
    return { says: wasDenied ? 'was denied already' : 'put on the service control policy of the account' }
  },
  async readBack(context, target) {
    const entry = deniedUser(requireCenterUser(context, target))
    return (await isDenied(await organization(context), context.authority, entry)) ? 'landed' : 'absent'
  },
  async undo(context, target) {
    const entry = deniedUser(requireCenterUser(context, target))
    await changeDenied(await organization(context), context.authority, (entries) =>
      entries.filter((one) => one !== entry),
    )
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const entry = deniedUser(requireCenterUser(context, target))
      return (await isDenied(await organization(context), context.authority, entry))
        ? dead(context, 'a service control policy attached to the account denies the user everything')
        : { verdict: 'alive', says: 'no service control policy of Cordon names the user' }
    },
  },
})
