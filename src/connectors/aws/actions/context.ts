import { membersAt, textAt, type Json, type Xml } from '#kit'
import { authorityOf, type EntityId } from '#model'
import type { ActionContext, Member } from '#respond/contract'

import { actAs } from '../auth.ts'
import { find, query, type Access } from '../client.ts'
import { AwsError, ownArns, type AwsConfig } from '../config.ts'
import { principalOf } from '../names.ts'

export { dead } from '#respond/contract'
export type Context = ActionContext<AwsConfig>

/** Changes to IAM reach all of AWS within seconds; four were measured by others, a minute is what we wait for. */
export const probeEveryMs = 2_000
export const probeWithinMs = 60_000
/** How long a change may not yet hold after AWS accepted it. */
export const propagationMs = 4_000
/** Users or roles looked through for a unique id. */
const searchPagesMax = 50

export const refused = (target: EntityId, why: string): AwsError =>
  new AwsError('ERR_AWS_TARGET', `\`${target}\` ${why}`, { hint: 'nothing was changed' })

/** Of the statement that bears this action's own key; a Sid takes letters and digits alone. */
export const sidOf = (prefix: string, { key }: Pick<Context, 'key'>): string =>
  `${prefix}${key.replace(/[^A-Za-z0-9]/g, '')}`

/** Key ids name no account: the inventory of one does. */
export const accountOfKey = ({ attributes: { account } }: Member): string | undefined =>
  typeof account === 'string' ? account : undefined

export const allowing = (Action: readonly string[], Resource: string): Json => ({
  Effect: 'Allow',
  Action: [...Action],
  Resource,
})

/** A session of the acting role that may call these actions and no others, for this step alone. */
export async function acting(context: Context, actions: readonly string[]): Promise<Access> {
  const { containRoleArn } = context.config
  if (containRoleArn === undefined) {
    throw new AwsError('ERR_AWS_NEEDS', 'this source has no role that acts', { hint: 'set `containRoleArn`' })
  }
  return actAs(context, containRoleArn, [allowing(actions, '*')])
}

export type Found = { noun: 'user' | 'role'; id: string; name: string; arn: string }

/** Who a target is now. A name or unique id that AWS no longer knows is undefined. */
export async function findPrincipal(access: Access, target: EntityId): Promise<Found | undefined> {
  const principal = principalOf(target)
  if (principal === undefined) throw refused(target, 'is neither a user nor a role')
  const { noun, by, value } = principal
  const isUser = noun === 'user'
  const prefix = isUser ? 'User' : 'Role'
  const read = (xml: Xml | undefined): Found | undefined =>
    xml === undefined
      ? undefined
      : {
          noun,
          id: textAt(xml, `${prefix}Id`) ?? '',
          name: textAt(xml, `${prefix}Name`) ?? '',
          arn: textAt(xml, 'Arn') ?? '',
        }
  if (by === 'name') {
    const result = await find(access, 'iam', isUser ? 'GetUser' : 'GetRole', { [`${prefix}Name`]: value })
    return read(result?.children.find(({ name }) => name === prefix))
  }
  let marker: string | undefined
  for (let page = 0; page < searchPagesMax; page++) {
    const list = await query(access, 'iam', isUser ? 'ListUsers' : 'ListRoles', { MaxItems: 1000, Marker: marker })
    const match = membersAt(list, `${prefix}s`).find((xml) => textAt(xml, `${prefix}Id`) === value)
    if (match !== undefined) return read(match)
    marker = textAt(list, 'IsTruncated') === 'true' ? textAt(list, 'Marker') : undefined
    if (marker === undefined) return undefined
  }
  return undefined
}
export const findActions = ['iam:GetUser', 'iam:GetRole', 'iam:ListUsers', 'iam:ListRoles'] as const

/** Stands before every change. Throws unless the target is of this account, is there, and is neither Cordon's nor spared. */
export async function requirePrincipal(context: Context, access: Access, target: EntityId): Promise<Found> {
  if (authorityOf(target) !== context.authority) throw refused(target, 'belongs to another account')
  refuseOwn(context, target)
  const found = await findPrincipal(access, target)
  if (found === undefined) throw refused(target, 'is no longer known to AWS')
  if (ownArns(context.config).includes(found.arn)) throw refused(target, "is Cordon's own")
  await refuseOwnUser(context, access, found)
  return found
}

export function refuseOwn(context: Context, target: EntityId): void {
  if (context.isOwn(target)) throw refused(target, "is Cordon's own")
  if (context.spared?.includes(target) === true) throw refused(target, 'is break-glass')
}

/** The user whose key signs for Cordon is known by that key alone. */
async function refuseOwnUser(context: Context, access: Access, { noun, name, arn }: Found): Promise<void> {
  if (noun !== 'user') return
  const own = await find(access, 'iam', 'GetAccessKeyLastUsed', { AccessKeyId: context.contain['accessKeyId'] })
  if (textAt(own, 'UserName') === name) {
    throw new AwsError('ERR_AWS_TARGET', `\`${arn}\` is the user Cordon signs in with`, { hint: 'nothing was changed' })
  }
}
