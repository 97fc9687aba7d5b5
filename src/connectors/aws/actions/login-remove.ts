import type { EntityId } from '#model'
import { authorityOf } from '#model'
import { defineAction, previewStep } from '#respond/contract'

import { find } from '../client.ts'
import type { AwsConfig } from '../config.ts'
import { nameByName, passwordUserOf } from '../names.ts'
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
  type Context,
} from './context.ts'

const scopes = ['iam:GetLoginProfile', 'iam:DeleteLoginProfile', 'iam:GetAccessKeyLastUsed', ...findActions] as const

export const loginRemove = defineAction<AwsConfig>({
  verb: 'aws.login.remove',
  phase: 'revoke',
  title: 'Take the console password of a user away',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (passwordUserOf(entity) === undefined ? undefined : entity),
  preview: () =>
    previewStep(
      scopes,
      [
        'nobody signs in to the console as this user any more; keys go on working',
        'a console session that is open lives on until the user is denied, twelve hours at most',
        'there is no undo: an administrator gives a new password',
      ],
      { residualMs: propagationMs },
    ),
  async apply(context, target) {
    const user = userOf(target)
    refuseOwn(context, target)
    const access = await acting(context, scopes)
    await requirePrincipal(context, access, nameByName(authorityOf(target), 'user', user))
    const gone = (await find(access, 'iam', 'DeleteLoginProfile', { UserName: user })) === undefined
    return { says: gone ? 'there was no password any more' : 'password taken away' }
  },
  async readBack(context, target) {
    return (await hasPassword(context, target)) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    async run(context, target) {
      return (await hasPassword(context, target))
        ? { verdict: 'alive', says: 'the user still has a console password' }
        : dead(context, 'the user has no console password')
    },
  },
})

const hasPassword = async (context: Context, target: EntityId): Promise<boolean> =>
  (await find(await acting(context, scopes), 'iam', 'GetLoginProfile', { UserName: userOf(target) })) !== undefined

function userOf(target: EntityId): string {
  const user = passwordUserOf(target)
  if (user === undefined) throw refused(target, 'is no console password')
  return user
}
