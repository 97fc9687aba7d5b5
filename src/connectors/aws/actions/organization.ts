import { actAs, organizationScopes } from '../auth.ts'
import type { Access } from '../client.ts'
import { AwsError } from '../config.ts'
import type { Context } from './context.ts'

export const scopes = Object.keys(organizationScopes)

/** Who lays policies over the account from outside. */
export async function organization(context: Context): Promise<Access> {
  const { organizationRoleArn } = context.config
  if (organizationRoleArn === undefined) {
    throw new AwsError('ERR_AWS_NEEDS', 'this source has no role in the management account', {
      hint: 'set `organizationRoleArn`; until then keys are switched off and users denied from inside the account',
    })
  }
  if (organizationRoleArn.includes(`::${context.authority}:`)) {
    throw new AwsError('ERR_AWS_REFUSED', 'service control policies do not hold in the management account itself', {
      hint: 'keys are switched off and users denied from inside the account',
    })
  }
  return actAs(context, organizationRoleArn, [{ Effect: 'Allow', Action: scopes, Resource: '*' }])
}
