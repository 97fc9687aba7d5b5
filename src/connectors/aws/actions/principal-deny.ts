import type { EntityId } from '#model'
import { defineAction, isWhole, previewStep } from '#respond/contract'

import type { AwsConfig } from '../config.ts'
import { principalOf } from '../names.ts'
import {
  acting,
  dead,
  findActions,
  findPrincipal,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  requirePrincipal,
  type Context,
} from './context.ts'
import { changeDenied, isDenied } from './deny-policy.ts'
import { organization, scopes as denyScopes } from './organization.ts'

/** In the account, to know whom the target's id names; then in the organisation. */
const findScopes = [...findActions, 'iam:GetAccessKeyLastUsed']
const scopes = [...findScopes, ...denyScopes]

/**
 * The outer deny, first of all steps: laid over the account from outside, it beats whatever the thief may still do with
 * IAM inside, and holds for keys, sessions, console and presigned URLs of the principal alike.
 */
export const principalDeny = defineAction<AwsConfig>({
  verb: 'aws.principal.deny',
  phase: 'deny',
  title: 'Deny a principal everything from the organisation',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, identity, credentialKind }) {
    if (principalOf(entity) !== undefined) return isWhole(role) ? entity : undefined
    // A role is shared by many sessions: they are ended by their age, and the role itself goes on.
    if (credentialKind === null || identity === null || principalOf(identity)?.noun !== 'user') return undefined
    return identity
  },
  preview: () =>
    previewStep(
      scopes,
      [
        'every call of this principal is refused in the whole account: keys, sessions, console, presigned URLs',
        'what it runs already goes on running',
        'undo lets unexpired sessions work again, and lifts the deny for every incident that asked for it',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const { arn } = await requirePrincipal(context, await acting(context, findScopes), target)
    const access = await organization(context)
    const wasDenied = await isDenied(access, context.authority, arn)
    await changeDenied(access, context.authority, (arns) => [...arns, arn])
    const says = wasDenied ? 'was denied already' : 'put on the service control policy of the account'
    return { says, undoState: { arn } }
  },
  async readBack(context, target) {
    return (await isTargetDenied(context, target)) ? 'landed' : 'absent'
  },
  async undo(context, _target, undoState) {
    const arn = undoState?.['arn']
    if (typeof arn !== 'string') return
    await changeDenied(await organization(context), context.authority, (arns) => arns.filter((one) => one !== arn))
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await isTargetDenied(context, target))
        ? dead(context, 'a service control policy attached to the account denies it everything')
        : { verdict: 'alive', says: 'no service control policy of Cordon names it' }
    },
  },
})

async function isTargetDenied(context: Context, target: EntityId): Promise<boolean> {
  const found = await findPrincipal(await acting(context, findActions), target)
  return found !== undefined && isDenied(await organization(context), context.authority, found.arn)
}
