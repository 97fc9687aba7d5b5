import { membersAt, textAt } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { codeOf, find, isUnknownKey, query, queryRaw, type Access } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { longKeyIdOf, nameByName } from '../names.ts'
import {
  accountOfKey,
  acting,
  dead,
  probeEveryMs,
  probeWithinMs,
  propagationMs,
  refused,
  type Context,
} from './context.ts'

const scopes = ['iam:UpdateAccessKey', 'iam:ListAccessKeys', 'iam:GetAccessKeyLastUsed'] as const

/** Switches a long-term key off. Sessions made with it are not its own: they die by the deny, or by their end. */
export const keyDeactivate = defineAction<AwsConfig>({
  verb: 'aws.key.deactivate',
  phase: 'revoke',
  title: 'Switch an access key off',
  scopes,
  retry: 'idempotent',
  proofs: ['probed', 'read-back'],
  targetFor: ({ entity }) => (longKeyIdOf(entity) === undefined ? undefined : entity),
  authorityFor: accountOfKey,
  preview: () => ({
    effects: [
      'calls signed with this key are refused; the key itself stays, and can be switched on again',
      'sessions made with it before (GetSessionToken, AssumeRole) live on: they are ended by steps of their own',
      'presigned URLs made with it stop working, too',
    ],
    reversible: true,
    undoWithinMs: null,
    residualMs: propagationMs,
    scopes: [...scopes],
    proofs: ['probed', 'read-back'],
  }),
  async apply(context, target) {
    const { access, id, user, status } = await resolve(context, target)
    if (status === undefined) return { says: 'the key was deleted before' }
    if (status === 'Inactive') return { says: 'the key was off already', undoState: { wasActive: false } }
    await query(access, 'iam', 'UpdateAccessKey', { UserName: user, AccessKeyId: id, Status: 'Inactive' })
    return { says: 'switched off', undoState: { wasActive: true } }
  },
  async readBack(context, target) {
    const { status } = await resolve(context, target)
    return status === 'Active' ? 'absent' : 'landed'
  },
  async undo(context, target, undoState) {
    if (undoState?.['wasActive'] !== true) return
    const { access, id, user, status } = await resolve(context, target)
    if (status === undefined) throw refused(target, 'was deleted meanwhile: make a new key')
    await query(access, 'iam', 'UpdateAccessKey', { UserName: user, AccessKeyId: id, Status: 'Active' })
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      const { id, status } = await resolve(context, target)
      const secretAccessKey = context.lent(target)
      if (secretAccessKey !== undefined) {
        const { config, http, clock, signal } = context
        const keys = { accessKeyId: id, secretAccessKey }
        // Answered under any deny, by AWS's own word: a refusal here is about the key and nothing else.
        const answer = await queryRaw({ config, http, clock, signal, keys }, 'sts', 'GetCallerIdentity')
        const code = codeOf(answer)
        if (answer.status < 300) return { verdict: 'alive', says: 'AWS still answers who the key belongs to' }
        // A wrong secret is refused otherwise, and proves nothing.
        if (isUnknownKey(code) && code !== 'SignatureDoesNotMatch') {
          return dead(context, `tried with the value: ${code}`, 'probed')
        }
      }
      if (status === undefined) return dead(context, 'AWS no longer lists the key')
      return status === 'Inactive'
        ? dead(context, 'AWS lists the key as inactive')
        : { verdict: 'alive', says: 'AWS lists the key as active' }
    },
  },
})

/** Whose key it is now; `status` undefined: there is no such key any more. */
async function resolve(
  context: Context,
  target: EntityId,
): Promise<{ access: Access; id: string; user: string; status: string | undefined }> {
  const id = longKeyIdOf(target)
  if (id === undefined || authorityOf(target) !== 'aws') throw refused(target, 'is no long-term access key')
  if (id === context.contain['accessKeyId'] || context.isOwn(target)) throw refused(target, "is Cordon's own")
  const access = await acting(context, scopes)
  const user = textAt(await find(access, 'iam', 'GetAccessKeyLastUsed', { AccessKeyId: id }), 'UserName')
  if (user === undefined) return { access, id, user: '', status: undefined }
  if (context.spared?.includes(nameByName(context.authority, 'user', user)) === true)
    throw refused(target, 'is break-glass')
  const keys = membersAt(await find(access, 'iam', 'ListAccessKeys', { UserName: user }), 'AccessKeyMetadata')
  const key = keys.find((one) => textAt(one, 'AccessKeyId') === id)
  return { access, id, user, status: textAt(key, 'Status') }
}
