import type { JsonObject } from '#kit'
import type { EntityId } from '#model'
import { defineAction, isWhole, previewStep } from '#respond/contract'

import { json } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { listAssignments } from '../identity-center.ts'
import { centerUserOf } from '../names.ts'
import { centerOf, centerScopes, requireCenterUser } from './center-user.ts'
import { dead, probeEveryMs, probeWithinMs, type Context } from './context.ts'

/** A session of a permission set lasts no longer. */
const sessionMaxMs = 12 * 3_600_000

/** Takes back what one user is assigned by itself; what its groups are assigned, others have too. */
export const ssoAssignmentsRemove = defineAction<AwsConfig>({
  verb: 'aws.sso-assignments.remove',
  phase: 'revoke',
  title: "Take back a user's assignments to the account in Identity Center",
  scopes: centerScopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (centerUserOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    previewStep(
      centerScopes,
      [
        'the user gets no new session in the account by permission sets it is assigned itself',
        'what its groups are assigned stays: take the user out of them where groups are kept',
        'sessions it has live on until they expire, twelve hours at most, unless the user is denied',
        'undo assigns the same permission sets again',
      ],
      { reversible: true, residualMs: sessionMaxMs },
    ),
  async apply(context, target) {
    const { center, account, user, sets } = await assigned(context, target)
    for (const set of sets) await change(center, 'DeleteAccountAssignment', bodyOf(center.instance, account, user, set))
    return sets.length === 0
      ? { says: 'nothing was assigned to the user itself' }
      : { says: `${sets.length} assignments taken back`, undoState: { sets } }
  },
  async readBack(context, target) {
    return (await assigned(context, target)).sets.length === 0 ? 'landed' : 'absent'
  },
  async undo(context, target, undoState) {
    const { center, account, user } = await assigned(context, target)
    const before = undoState?.['sets']
    for (const set of Array.isArray(before) ? before : [])
      await change(center, 'CreateAccountAssignment', bodyOf(center.instance, account, user, set))
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const { sets } = await assigned(context, target)
      return sets.length === 0
        ? dead(context, 'Identity Center lists no assignment of the user to the account')
        : { verdict: 'alive', says: `the user is assigned ${sets.length} permission sets` }
    },
  },
})

type Center = Awaited<ReturnType<typeof centerOf>>

async function assigned(context: Context, target: EntityId) {
  const user = requireCenterUser(context, target)
  const center = await centerOf(context)
  const all = await listAssignments(center, context.authority)
  const sets = all.flatMap(({ set, type, principal }) => (type === 'USER' && principal === user ? [set] : []))
  return { center, account: context.authority, user, sets }
}

const bodyOf = (instance: string, account: string, user: string, set: string): JsonObject => ({
  InstanceArn: instance,
  TargetId: account,
  TargetType: 'AWS_ACCOUNT',
  PermissionSetArn: set,
  PrincipalType: 'USER',
  PrincipalId: user,
})

/** Identity Center says that it begins; the list shows when it is done. */
async function change(
  { access, region }: Center,
  operation: 'DeleteAccountAssignment' | 'CreateAccountAssignment',
  body: JsonObject,
): Promise<void> {
  await json(access, 'sso', operation, body, { region, absent: ['ResourceNotFoundException', 'ConflictException'] })
}
