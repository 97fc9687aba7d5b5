import { membersAt, textAt } from '#kit'
import { VendorError, type PullContext } from '#sources/contract'

import { lookAs } from './auth.ts'
import { find, getRaw, isRefused, jsonRaw, query, queryRaw, type Access } from './client.ts'
import { globalRegion, type AwsConfig } from './config.ts'
import { openCenter } from './identity-center.ts'
import { readIamArn } from './names.ts'

/** Who AWS takes the credential for, and what it lacks or has beyond need. */
export async function check(context: PullContext<AwsConfig>) {
  const { config } = context
  const access = await lookAs(context)
  const who = await query(access, 'sts', 'GetCallerIdentity')
  const authority = textAt(who, 'Account') ?? ''
  const missing: string[] = []
  if (authority !== config.account)
    missing.push(`the credential is of account ${authority}, the source of ${config.account}`)
  missing.push(...(await missingToSee(access)), ...(await missingInCenter(context)))
  if (config.containRoleArn === undefined) missing.push('no `containRoleArn`: this source can only look')
  if (config.organizationRoleArn === undefined)
    missing.push('no `organizationRoleArn`: no service control policy can be set')
  missing.push(...(await missingForSuccessors(access)))
  const excess: string[] = []
  if (config.seeRoleArn === undefined) excess.push('the key looks with all its rights: give it a role to assume')
  if (config.seeRoleArn !== undefined && config.seeRoleArn === config.containRoleArn) {
    excess.push('the role that looks is the one that acts: make two, so that looking needs no right to act')
  }
  return {
    authority,
    missing,
    excess,
    says: [`account ${authority}`, `looks as ${textAt(who, 'Arn') ?? 'an unknown principal'}`],
  }
}

/** What is asked first of each service: tried, for a policy of the organisation may deny what the role's own allow. */
async function missingToSee(access: Access): Promise<string[]> {
  const missing: string[] = []
  for (const action of ['GetAccountAuthorizationDetails', 'ListUsers'] as const) {
    const tried = await queryRaw(access, 'iam', action, { MaxItems: 1 })
    if (isRefused(tried)) missing.push(`iam:${action}`)
  }
  const [region = globalRegion] = access.config.regions
  const buckets = await getRaw(access, 's3', globalRegion, '/?max-buckets=1')
  if (isRefused(buckets)) missing.push('s3:ListAllMyBuckets')
  const functions = await getRaw(access, 'lambda', region, '/2015-03-31/functions?MaxItems=1')
  if (isRefused(functions)) missing.push('lambda:ListFunctions')
  for (const [service, operation, body] of [
    ['secretsmanager', 'ListSecrets', { MaxResults: 1 }],
    ['kms', 'ListKeys', { Limit: 1 }],
    ['sqs', 'ListQueues', { MaxResults: 1 }],
    ['cloudtrail', 'LookupEvents', { MaxResults: 1 }],
  ] as const) {
    const tried = await jsonRaw(access, service, operation, body, region)
    if (isRefused(tried)) missing.push(`${service}:${operation}`)
  }
  return missing
}

/** Nothing, where the source is not set up to read Identity Center. */
async function missingInCenter(context: PullContext<AwsConfig>): Promise<string[]> {
  try {
    await openCenter(context.config, (roleArn) => lookAs(context, roleArn))
    return []
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    return [`Identity Center by \`${context.config.identityCenter?.roleArn}\`: ${error.message}`]
  }
}

/** A standby user that is not there, or has keys of its own, would only be found out in the middle of an incident. */
async function missingForSuccessors(access: Access): Promise<string[]> {
  const missing: string[] = []
  for (const { standby } of access.config.successors) {
    const keys = await find(access, 'iam', 'ListAccessKeys', { UserName: readIamArn(standby)?.name })
    if (keys === undefined) missing.push(`the standby user \`${standby}\` of \`successors\` is not there`)
    else if (membersAt(keys, 'AccessKeyMetadata').length > 0)
      missing.push(`the standby user \`${standby}\` has keys already: Cordon hands over only what it made itself`)
  }
  return missing
}
