import { textAt } from '#kit'
import type { EntityId } from '#model'

import { find, query, type Access } from '../client.ts'
import { AwsError } from '../config.ts'
import { acting, findActions, requirePrincipal, type Context, type Found } from './context.ts'

/** One inline policy of Cordon's on users or on roles: what IAM calls for it, and who it may be put on. */
export function inlinePolicy(noun: Found['noun'], policyName: string) {
  const call = noun === 'user' ? 'UserPolicy' : 'RolePolicy'
  const scopes = [
    `iam:Get${call}`,
    `iam:Put${call}`,
    `iam:Delete${call}`,
    'iam:GetAccessKeyLastUsed',
    ...findActions,
  ] as const
  const named = (name: string) => ({ [noun === 'user' ? 'UserName' : 'RoleName']: name, PolicyName: policyName })
  return {
    scopes,
    /** Stands before every change, as `requirePrincipal` does. */
    async resolve(context: Context, target: EntityId): Promise<{ access: Access; found: Found }> {
      const access = await acting(context, scopes)
      const found = await requirePrincipal(context, access, target)
      if (found.noun !== noun) throw new AwsError('ERR_AWS_TARGET', `\`${target}\` is no ${noun}`)
      return { access, found }
    },
    /** The document as it lies there, as JSON text; undefined where there is none. */
    async read(access: Access, { name }: Found): Promise<string | undefined> {
      const encoded = textAt(await find(access, 'iam', `Get${call}`, named(name)), 'PolicyDocument')
      return encoded === undefined ? undefined : decodeURIComponent(encoded)
    },
    async put(access: Access, { name }: Found, document: string): Promise<void> {
      await query(access, 'iam', `Put${call}`, { ...named(name), PolicyDocument: document })
    },
    async remove(access: Access, { name }: Found): Promise<void> {
      await find(access, 'iam', `Delete${call}`, named(name))
    },
  }
}
