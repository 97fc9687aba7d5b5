import { z } from 'zod'

import { CordonError } from '#kit'
import { isEntityId, kindOf } from '#model'
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
const isPlace = (text: string): boolean => isEntityId(text) && kindOf(text) === 'resource'

const rereadSeconds = z.number().int().min(0).max(3600)

/** Where consumers read a user's access key, and whose key takes its place. */
const successor = z
  .strictObject({
    /** Name of the user whose key may leak. */
    user: z.string().regex(/^[\w+=,.@-]{1,64}$/, 'the name of a user'),
    /** A user with the same rights that nobody but Cordon makes keys of: a deny of the first one spares it. */
    standby: userArn,
    /** Of this account. Holds the pair and nothing else: what else stands in it is lost. */
    secret: secretArn.optional(),
    /** Of another source, which names it among its own places. */
    place: z.string().refine(isPlace, 'the entity id of a place, `resource:…`').optional(),
    /** Within how many seconds a consumer reads the secret anew (its cache, its restart). */
    rereadSeconds: rereadSeconds.optional(),
    /** Names of the two values in the secret's JSON. */
    idField: z.string().min(1).max(64).default('AWS_ACCESS_KEY_ID'),
    secretField: z.string().min(1).max(64).default('AWS_SECRET_ACCESS_KEY'),
  })
  .refine(
    ({ secret, place, rereadSeconds: seconds }) =>
      (secret === undefined) !== (place === undefined) && (secret === undefined) === (seconds === undefined),
    { error: 'a successor goes into a `secret` with `rereadSeconds`, or to a `place` of another source' },
  )
export type Successor = z.infer<typeof successor>

/** Identity Center stands in one region of the management account, or of one that it lets administer. */
const identityCenter = z.strictObject({
  region,
  /** Role in that account that reads and takes back assignments. */
  roleArn,
})

/** A secret where successors of other sources go: a JSON object of these names and nothing else. */
const secretPlace = z.strictObject({
  secret: secretArn,
  rereadSeconds,
  /** Names in the secret's JSON, each with the name of the successor's value. */
  values: z.record(z.string().min(1).max(64), z.string().min(1).max(64)),
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
    /** Secrets that successors of other sources may be written into. */
    places: z.array(secretPlace).max(successorsMax).default([]),
    /** One address for all services, in place of AWS's own (a proxy, a test). */
    endpoint: secureUrl.optional(),
  })
  .refine(
    ({ seeRoleArn, containRoleArn, identityCenter: center, externalId }) =>
      externalId !== undefined || [seeRoleArn, containRoleArn, center].every((role) => role === undefined),
    { error: 'roles are assumed with an external id: set `externalId`', path: ['externalId'] },
  )
  .refine(
    ({ successors: list, places }) =>
      [
        list.map(({ user }) => user),
        list.map(({ standby }) => standby),
        [...list, ...places].flatMap(({ secret }) => secret ?? []),
        list.flatMap(({ place }) => place ?? []),
      ].every((names) => new Set(names).size === names.length),
    {
      error: 'each user, standby user, secret and place stands in `successors` and `places` once',
      path: ['successors'],
    },
  )
  .refine(
    ({ account, successors }) =>
      successors.every(({ user, standby }) => standby.split(':')[4] === account && !standby.endsWith(`/${user}`)),
    { error: 'a standby user is of this account, and another than the user', path: ['successors'] },
  )
  .refine(
    ({ account, regions, successors, places }) =>
      [...successors, ...places].every(({ secret }) => {
        if (secret === undefined) return true
        const [, , , region = '', owner] = secret.split(':')
        return owner === account && regions.includes(region)
      }),
    { error: 'a secret is of this account, and in one of `regions`', path: ['successors'] },
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
