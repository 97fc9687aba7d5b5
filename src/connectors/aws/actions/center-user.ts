import { authorityOf, type EntityId } from '#model'

import { actAs, assignmentScopes, identityCenterScopes } from '../auth.ts'
import { AwsError } from '../config.ts'
import { openCenter } from '../identity-center.ts'
import { centerUserOf } from '../names.ts'
import { refused, type Context } from './context.ts'

/** Stands before every change. Throws unless the target is a user of Identity Center that Cordon may act on. */
export function requireCenterUser(context: Context, target: EntityId): string {
  const user = centerUserOf(target)
  if (user === undefined) throw refused(target, 'is no user of Identity Center')
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another account')
  if (context.isOwn(target)) throw refused(target, "is Cordon's own")
  if (context.spared?.includes(target) === true) throw refused(target, 'is break-glass')
  return user
}

export const centerScopes = [...Object.keys(identityCenterScopes), ...Object.keys(assignmentScopes)]

/** Identity Center, by a session of its role for this step alone. */
export async function centerOf(context: Context) {
  const statement = { Effect: 'Allow', Action: centerScopes, Resource: '*' }
  const center = await openCenter(context.config, (roleArn) => actAs(context, roleArn, [statement]))
  if (center !== undefined) return center
  throw new AwsError('ERR_AWS_NEEDS', 'this source is not set up to act in Identity Center', {
    hint: 'set `identityCenter`: the region it stands in and a role of the account that administers it',
  })
}
