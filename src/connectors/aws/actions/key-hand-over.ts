import { membersAt, textAt } from '#kit'
import { isEntityId, type EntityId } from '#model'
import { handOver, type Issuer } from '#respond/contract'
import { VendorError } from '#sources/contract'

import { actAs } from '../auth.ts'
import { find, query, type Access } from '../client.ts'
import { AwsError, type AwsConfig } from '../config.ts'
import { longKeyIdOf, nameByName, nameResource, readIamArn } from '../names.ts'
import { accountOfKey, allowing, refused, requirePrincipal, type Context } from './context.ts'

const keyScopes = ['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:GetUser'] as const
const lookScopes = ['iam:GetAccessKeyLastUsed'] as const

/** Keys of the standby user that the configuration names beside the place. */
const keyIssuer: Issuer<AwsConfig> = {
  verb: 'aws.key.hand-over',
  title: 'Hand over a successor of an access key',
  scopes: [...keyScopes, ...lookScopes],
  gives: ['id', 'secret'],
  authorityFor: accountOfKey,
  placeFor(member) {
    const { successorIn: place } = member.attributes
    const account = accountOfKey(member)
    if (longKeyIdOf(member.entity) === undefined || typeof place !== 'string' || account === undefined) return undefined
    return placeNamed(account, place)
  },
  leadsTo: ({ successors }, authority) =>
    successors.map(({ user, secret, place }) => {
      const stated = place ?? secret ?? ''
      return { of: user, place: placeNamed(authority, stated), stated }
    }),
  says: ({ successorFrom }) => `an access key of \`${String(successorFrom)}\``,
  async open(context, place) {
    const { access, user } = await resolve(context, place)
    return {
      look: () => liveKey(access, user),
      async issue() {
        const made = await query(access, 'iam', 'CreateAccessKey', { UserName: user })
        const [id, secret] = ['AccessKeyId', 'SecretAccessKey'].map((name) => textAt(made, 'AccessKey', name))
        if (id === undefined || secret === undefined)
          throw new VendorError('ERR_VENDOR_SHAPE', 'IAM gave no access key')
        return { id, values: { id, secret } }
      },
      async withdraw() {
        for (const { id } of await keysOf(access, user)) {
          await find(access, 'iam', 'DeleteAccessKey', { UserName: user, AccessKeyId: id })
        }
      },
    }
  },
}
export const keyHandOver = handOver(keyIssuer)

/** A secret of the account by its ARN, a place of another source by its entity id. */
const placeNamed = (account: string, place: string): EntityId =>
  isEntityId(place) ? place : nameResource(account, place)

/** What the configuration says of this place now, and a session that can touch the keys of its standby user alone. */
async function resolve(context: Context, place: EntityId): Promise<{ access: Access; user: string }> {
  const { config, authority } = context
  const successor = config.successors.find((one) => placeNamed(authority, one.place ?? one.secret ?? '') === place)
  if (successor === undefined) throw refused(place, 'is no place of `successors`')
  if (config.containRoleArn === undefined) {
    throw new AwsError('ERR_AWS_NEEDS', 'this source has no role that acts', { hint: 'set `containRoleArn`' })
  }
  const access = await actAs(context, config.containRoleArn, [
    allowing(keyScopes, successor.standby),
    allowing(lookScopes, '*'),
  ])
  const user = readIamArn(successor.standby)?.name ?? ''
  const found = await requirePrincipal(context, access, nameByName(authority, 'user', user))
  if (found.arn !== successor.standby) throw refused(place, 'has a standby user of another path')
  return { access, user }
}

async function keysOf(access: Access, user: string): Promise<{ id: string; isActive: boolean }[]> {
  const list = membersAt(await query(access, 'iam', 'ListAccessKeys', { UserName: user }), 'AccessKeyMetadata')
  return list.map((key) => ({ id: textAt(key, 'AccessKeyId') ?? '', isActive: textAt(key, 'Status') === 'Active' }))
}

/** One in use before one that is not: a standby user with a key in use is no standby. */
async function liveKey(access: Access, user: string): Promise<{ id: string; isUsed: boolean } | undefined> {
  const live = (await keysOf(access, user)).filter(({ isActive }) => isActive)
  for (const { id } of live) if (await isUsed(access, id)) return { id, isUsed: true }
  return live[0] && { id: live[0].id, isUsed: false }
}

async function isUsed(access: Access, id: string): Promise<boolean> {
  const used = await find(access, 'iam', 'GetAccessKeyLastUsed', { AccessKeyId: id })
  return textAt(used, 'AccessKeyLastUsed', 'LastUsedDate') !== undefined
}
