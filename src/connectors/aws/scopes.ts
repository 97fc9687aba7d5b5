import { isScopeRefusal, type CredentialUse, type PullContext } from '#sources/contract'

import { policiesOf, requestOf } from './rights/access.ts'
import { lookAs, neededElsewhere, role } from './auth.ts'
import type { AwsConfig } from './config.ts'
import { policyKind, readLevels } from './organization.ts'
import type { Policy } from './rights/policy.ts'
import { readAccount } from './principals.ts'
import { evaluate, type Policies } from './rights/evaluate.ts'

/**
 * What the role of this use may call, as its policies, its boundary and the organisation's have it: of what Cordon needs the
 * exact names, and beside them whatever else its policies allow, as it stands there (`iam:*`). Null where it cannot be read.
 * What other roles are for counts as held: their accounts are not looked into.
 */
export async function scopes(context: PullContext<AwsConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  const { config } = context
  const roleArn = use === 'see' ? config.seeRoleArn : config.containRoleArn
  const needed = role(config, use)?.scopes.map(({ name }) => name)
  if (roleArn === undefined || needed === undefined) return null
  const policies = await policiesOfRole(context, roleArn).catch((error: unknown) => {
    if (isScopeRefusal(error)) return null
    throw error
  })
  if (policies === null) return null
  const { of, being } = policies
  const allows = of.identity.flat().filter(({ effect }) => effect === 'Allow')
  // A right on some things is a right: which they are is for whoever made the role.
  const places = ['*', ...new Set(allows.flatMap(({ resources = [] }) => resources))]
  const mayCall = (action: string): boolean =>
    places.some((place) => evaluate(of, requestOf(config.account, being, action, place)) !== 'deny')
  const more = allows.flatMap(({ actions, notActions = [] }) => actions ?? [`everything but ${notActions.join(', ')}`])
  const elsewhere = neededElsewhere(config)
  const here = needed.filter((name) => !elsewhere.includes(name))
  const known = new Set(here.map((name) => name.toLowerCase()))
  return [
    ...here.filter(mayCall),
    ...new Set(more.filter((name) => !known.has(name.toLowerCase()))),
    ...(use === 'contain' ? elsewhere : []),
  ]
}

async function policiesOfRole(context: PullContext<AwsConfig>, roleArn: string) {
  const { account: id, organizationRoleArn } = context.config
  const account = await readAccount(await lookAs(context))
  const being = account.principals.find(({ arn }) => arn === roleArn)
  if (being === undefined) return null
  const of: Policies = policiesOf([being], account.managed, await laidOver(context, id, organizationRoleArn))
  return { of, being }
}

async function laidOver(context: PullContext<AwsConfig>, account: string, outer: string | undefined) {
  if (outer === undefined) return []
  const levels = await readLevels(await lookAs(context, outer), account, policyKind)
  return levels.map(({ policies }): Policy[] => policies.map(({ policy }) => policy))
}
