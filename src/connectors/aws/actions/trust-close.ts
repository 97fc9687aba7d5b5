import { authorityOf, type EntityId } from '#model'
import { defineAction, isWhole, previewStep } from '#respond/contract'

import type { Access } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { nameByName, trustRoleOf } from '../names.ts'
import {
  acting,
  dead,
  findActions,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  refuseOwn,
  refused,
  requirePrincipal,
  sidOf,
  type Context,
  type Found,
} from './context.ts'
import { changeTrust, inRoleTurn, refuseFixed, trustOf, trustScope } from './trust-policy.ts'

const scopes = [...findActions, 'iam:GetAccessKeyLastUsed', trustScope]
const assuming = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity']

/**
 * What an exposed credential made of a role's trust is not known to be wrong in one statement, and what stood there before is
 * not kept by AWS. So nobody assumes the role until a person has put its trust right.
 */
export const trustClose = defineAction<AwsConfig>({
  verb: 'aws.trust.close',
  phase: 'remove-descendants',
  title: 'Let nobody assume a role whose trust was changed',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) => (trustRoleOf(entity) !== undefined && isWhole(role) ? entity : undefined),
  preview: () =>
    previewStep(
      scopes,
      [
        'nobody assumes the role any more, good ones neither: its trust policy gets a deny, and keeps all else for a person to look at',
        'sessions of the role that stand go on: deny the older ones',
        'undo takes the deny away: whoever the changed trust lets in can assume the role again',
      ],
      { reversible: true, residualMs: propagationMs },
    ),
  async apply(context, target) {
    const { access, role } = await resolve(context, target)
    refuseFixed(role)
    const deny = { Sid: closingOf(context), Effect: 'Deny', Principal: { AWS: '*' }, Action: assuming }
    let isNew = false
    await inRoleTurn(context, role, () =>
      changeTrust(access, role, (statements) => {
        isNew = !statements.some((one) => one['Sid'] === deny.Sid)
        return isNew ? [...statements, deny] : [...statements]
      }),
    )
    return { says: isNew ? 'the trust policy of the role denies everybody' : 'was closed by this step before' }
  },
  async readBack(context, target) {
    const { access, role } = await resolve(context, target)
    return (await isClosed(context, access, role)) ? 'landed' : 'absent'
  },
  async undo(context, target) {
    const { access, role } = await resolve(context, target)
    await inRoleTurn(context, role, () =>
      changeTrust(access, role, (statements) => statements.filter((one) => one['Sid'] !== closingOf(context))),
    )
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const { access, role } = await resolve(context, target)
      return (await isClosed(context, access, role))
        ? dead(context, 'the trust policy of the role denies everybody')
        : { verdict: 'alive', says: 'the trust policy of the role is as it was changed' }
    },
  },
})

async function resolve(context: Context, target: EntityId): Promise<{ access: Access; role: Found }> {
  const name = trustRoleOf(target)
  if (name === undefined) throw refused(target, 'is no trust policy of a role')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another account')
  refuseOwn(context, target)
  const access = await acting(context, scopes)
  return { access, role: await requirePrincipal(context, access, nameByName(context.authority, 'role', name)) }
}

const closingOf = (context: Context): string => sidOf('CordonClose', context)

const isClosed = async (context: Context, access: Access, role: Found): Promise<boolean> =>
  (await trustOf(access, role)).some((one) => one['Sid'] === closingOf(context) && one['Effect'] === 'Deny')
