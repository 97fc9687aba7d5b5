import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class AwsError extends CordonError<'ERR_AWS_TARGET' | 'ERR_AWS_REFUSED' | 'ERR_AWS_NEEDS'> {}

const accountId = z.string().regex(/^\d{12}$/, 'twelve digits')
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like eu-west-1')
/** `aws:iam::ACCOUNT:role/…`; a user is signed in with directly, a role is assumed. */
const roleArn = z.string().regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of a role')

const userArn = z.string().regex(/^arn:aws:iam::\d{12}:user\/[\w+=,.@/-]{1,512}$/, 'the ARN of a user')
const secretArn = z
  .string()
  .regex(/^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/, 'the whole ARN of a secret')
const successorsMax = 100

/** Where consumers read a user's access key, and whose key takes its place. */
const successor = z.strictObject({
  /** Name of the user whose key may leak. */
  user: z.string().regex(/^[\w+=,.@-]{1,64}$/, 'the name of a user'),
  /** A user with the same rights that nobody but Cordon makes keys of: a deny of the first one spares it. */
  standby: userArn,
  /** Holds the pair and nothing else: what else stands in it is lost. */
  secret: secretArn,
  /** Within how many seconds a consumer reads the secret anew (its cache, its restart). */
  rereadSeconds: z.number().int().min(0).max(3600),
  /** Names of the two values in the secret's JSON. */
  idField: z.string().min(1).max(64).default('AWS_ACCESS_KEY_ID'),
  secretField: z.string().min(1).max(64).default('AWS_SECRET_ACCESS_KEY'),
})
export type Successor = z.infer<typeof successor>

/** Identity Center stands in one region of the management account, or of one that it lets administer. */
const identityCenter = z.strictObject({
  region,
  /** Role in that account that reads and takes back assignments. */
  roleArn,
})

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
    /** Where people sign in who act in the account by permission sets; absent: they show as sessions of roles. */
    identityCenter: identityCenter.optional(),
    /** Access keys that Cordon may hand successors over for; absent: a task for a person. */
    successors: z.array(successor).max(successorsMax).default([]),
    /** One address for all services, in place of AWS's own (a proxy, a test). */
    endpoint: secureUrl.optional(),
  })
  .refine(
    ({ seeRoleArn, containRoleArn, identityCenter: center, externalId }) =>
      externalId !== undefined || [seeRoleArn, containRoleArn, center].every((role) => role === undefined),
    { error: 'roles are assumed with an external id: set `externalId`', path: ['externalId'] },
  )
  .refine(
    ({ successors: list }) =>
      [list.map(({ user }) => user), list.map(({ standby }) => standby), list.map(({ secret }) => secret)].every(
        (names) => new Set(names).size === names.length,
      ),
    {
      error: 'each user, standby user and secret stands in `successors` once',
      path: ['successors'],
    },
  )
  .refine(
    ({ account, regions, successors }) =>
      successors.every(({ user, standby, secret }) => {
        const [, , , region = '', owner] = secret.split(':')
        const isOwn = owner === account && standby.split(':')[4] === account
        return isOwn && regions.includes(region) && !standby.endsWith(`/${user}`)
      }),
    {
      error: 'a successor is of this account, its secret in one of `regions`, its standby user another than the user',
      path: ['successors'],
    },
  )
export type AwsConfig = z.infer<typeof awsConfig>

export const services = [
  'iam',
  'sts',
  'organizations',
  'cloudtrail',
  'secretsmanager',
  'lambda',
  's3',
  'kms',
  'sqs',
  'sso',
  'identitystore',
] as const
export type Service = (typeof services)[number]

/** IAM and Organizations are global and signed for one region. */
export const globalRegion = 'us-east-1'

export function originOf({ endpoint }: AwsConfig, service: Service, region: string): string {
  if (endpoint !== undefined) return new URL(endpoint).origin
  return service === 'iam' ? 'https://iam.amazonaws.com' : `https://${service}.${region}.amazonaws.com`
}

/** Every region that is called. */
export const regionsOf = ({ regions, identityCenter: center }: AwsConfig): string[] => [
  ...new Set([globalRegion, ...regions, ...(center === undefined ? [] : [center.region])]),
]

/** Origins that this source's `Http` must allow. */
export const awsOrigins = (config: AwsConfig): string[] => [
  ...new Set(services.flatMap((service) => regionsOf(config).map((region) => originOf(config, service, region)))),
]

export const regionOfArn = (arn: string): string => arn.split(':')[3] ?? globalRegion

/** Paths of the principals Cordon itself is, in the account of this source. */
export const ownArns = ({
  seeRoleArn,
  containRoleArn,
  organizationRoleArn,
  identityCenter: center,
}: AwsConfig): string[] =>
  [seeRoleArn, containRoleArn, organizationRoleArn, center?.roleArn].flatMap((arn) => (arn === undefined ? [] : [arn]))
