import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class AwsError extends CordonError<'ERR_AWS_TARGET' | 'ERR_AWS_REFUSED' | 'ERR_AWS_NEEDS'> {}

const accountId = z.string().regex(/^\d{12}$/, 'twelve digits')
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like eu-west-1')
/** `aws:iam::ACCOUNT:role/…`; a user is signed in with directly, a role is assumed. */
const roleArn = z.string().regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of a role')

export const awsConfig = z
  .strictObject({
    /** The account that is looked at: one source for each. */
    account: accountId,
    /** Regions whose trails, secrets and functions are read. IAM's own events are in us-east-1. */
    regions: z.array(region).min(1).max(40).default(['us-east-1']),
    /** Role that looks; absent: the user whose key the source has looks itself. */
    seeRoleArn: roleArn.optional(),
    /** Role that acts; absent: this source can only look. */
    containRoleArn: roleArn.optional(),
    /** Said by whoever assumes the roles, asked for by their trust policies. */
    externalId: z.string().min(2).max(1224).optional(),
    /** Role in the management account that reads and writes service control policies; absent: no outer deny. */
    organizationRoleArn: roleArn.optional(),
    /** One address for all services, in place of AWS's own (a proxy, a test). */
    endpoint: secureUrl.optional(),
  })
  .refine(
    ({ seeRoleArn, containRoleArn, externalId }) =>
      externalId !== undefined || (seeRoleArn === undefined && containRoleArn === undefined),
    { error: 'roles are assumed with an external id: set `externalId`', path: ['externalId'] },
  )
export type AwsConfig = z.infer<typeof awsConfig>

export const services = ['iam', 'sts', 'organizations', 'cloudtrail', 'secretsmanager', 'lambda', 's3'] as const
export type Service = (typeof services)[number]

/** IAM and Organizations are global and signed for one region. */
export const globalRegion = 'us-east-1'

export function originOf({ endpoint }: AwsConfig, service: Service, region: string): string {
  if (endpoint !== undefined) return new URL(endpoint).origin
  return service === 'iam' ? 'https://iam.amazonaws.com' : `https://${service}.${region}.amazonaws.com`
}

/** Origins that this source's `Http` must allow. */
export const awsOrigins = (config: AwsConfig): string[] => [
  ...new Set(
    services.flatMap((service) => [globalRegion, ...config.regions].map((region) => originOf(config, service, region))),
  ),
]

/** Paths of the principals Cordon itself is, in the account of this source. */
export const ownArns = ({ seeRoleArn, containRoleArn, organizationRoleArn }: AwsConfig): string[] =>
  [seeRoleArn, containRoleArn, organizationRoleArn].flatMap((arn) => (arn === undefined ? [] : [arn]))
