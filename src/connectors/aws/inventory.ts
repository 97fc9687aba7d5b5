import { membersAt, textAt, type Json } from '#kit'
import { freshParts, VendorError, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { rightsOf } from './rights/access.ts'
import { lookAs } from './auth.ts'
import { query, type Access } from './client.ts'
import { ownArns, type AwsConfig } from './config.ts'
import { readCenter } from './identity-center.ts'
import { insideUser } from './inside-user.ts'
import { readLevels } from './organization.ts'
import { sharesOf, trustsOf } from './rights/outsiders.ts'
import { readAccount, readDetails } from './principals.ts'
import { bucketThing, functionThing, keyThing, queueThing, secretThing } from './resource-policies.ts'
import { readResources, type Resources } from './resources.ts'
import { rows } from './rows.ts'
import { thingKinds, type Thing, type Things } from './rights/things.ts'

export const inventoryEveryMs = 30 * 60_000
/** Users whose keys, password and factors are asked for in one page: four calls each. */
const usersPerPage = 20

type Context = PullContext<AwsConfig>

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = {
  details,
  users,
  resources,
  center,
  rights,
}

async function details(context: Context, next: string | null): Promise<SnapshotRows> {
  const account = await readDetails(await lookAs(context), next)
  const own = ownArns(context.config)
  return {
    rows: account.principals.flatMap((one) => {
      const { noun, id, name, arn, createdAt, attached, inline, boundary, lastUsedAt, instanceProfiles, groups } = one
      const common = { id, name, arn, createdAt, policies: [...attached, ...inline.map((policy) => policy.name)] }
      if (noun === 'group') return rows('group', [common])
      if (noun === 'user') {
        const members = groups.map((group) => ({ userId: id, group }))
        return [...rows('user', [{ ...common, groups, boundary }]), ...rows('member', members)]
      }
      const row = { ...common, boundary, lastUsedAt, instanceProfiles, isOwn: own.includes(arn) }
      return rows('role', [row])
    }),
    next: account.next,
  }
}

async function users(context: Context, next: string | null): Promise<SnapshotRows> {
  const access = await lookAs(context)
  const page = await query(access, 'iam', 'ListUsers', { MaxItems: usersPerPage, Marker: next ?? undefined })
  const found: Json[] = []
  const seen = freshParts()
  for (const user of membersAt(page, 'Users')) found.push(...(await insideUser(access, user, context, seen)))
  return {
    rows: found,
    ...seen,
    next: textAt(page, 'IsTruncated') === 'true' ? (textAt(page, 'Marker') ?? null) : null,
  }
}

async function resources(context: Context): Promise<SnapshotRows> {
  const { buckets, secrets, functions, keys, queues, seen } = await readResources(context)
  return {
    rows: [
      ...rows('bucket', buckets),
      ...rows('secret', secrets),
      ...rows('function', functions),
      ...rows('kmsKey', keys),
      ...rows('queue', queues),
    ],
    next: null,
    ...seen,
  }
}

/** Empty where the source is not set up to read Identity Center. */
async function center(context: Context): Promise<SnapshotRows> {
  const { users: people, groups, members, sets, assignments } = await readCenter(context)
  const names = new Map(sets.map(({ set, name }) => [set, name]))
  return {
    rows: [
      ...rows('centerUser', people),
      ...rows('centerGroup', groups),
      ...rows('centerMember', members),
      ...rows('permissionSet', sets),
      ...rows(
        'assignment',
        assignments.map(({ set, type, principal }) => ({ name: names.get(set) ?? '', type, principal })),
      ),
    ],
    next: null,
  }
}

/** Asked of the whole account at once: what one principal may do depends on policies, groups and levels of other pages. */
async function rights(context: Context): Promise<SnapshotRows> {
  const { account: id, organizationRoleArn } = context.config
  const account = await readAccount(await lookAs(context))
  if (account.next !== null) {
    throw new VendorError('ERR_VENDOR_SHAPE', `account \`${id}\` has more principals than rights are told for`)
  }
  const outer = organizationRoleArn === undefined ? undefined : await lookAs(context, organizationRoleArn)
  const levels = outer === undefined ? [] : await readLevels(outer, id, 'SERVICE_CONTROL_POLICY')
  const over = outer === undefined ? [] : await readLevels(outer, id, 'RESOURCE_CONTROL_POLICY')
  const policiesOf = (all: typeof levels) => all.map(({ policies }) => policies.map(({ policy }) => policy))
  // Where the organisation has not switched them on, no level has one, and none has to allow.
  const organization = { scps: policiesOf(levels), rcps: policiesOf(over).filter((level) => level.length > 0) }
  const listed = await readResources(context)
  const things = await readPolicies(context, listed)
  const scps = levels.flatMap(({ policies }) => policies.map(({ name }) => name))
  const roles = account.principals.filter(({ noun }) => noun === 'role')
  const unread = thingKinds.flatMap((kind) => things[kind].filter(({ isUnread }) => isUnread === true))
  return {
    rows: [
      ...rows('account', [{ id, scps }]),
      ...rows('right', rightsOf(id, account, organization, things)),
      ...rows(
        'trust',
        roles.flatMap((one) => trustsOf(id, one, organization.rcps)),
      ),
      ...rows('share', sharesOf(id, organization, things)),
      ...rows(
        'unread',
        unread.map(({ arn }) => ({ arn })),
      ),
    ],
    next: null,
    ...listed.seen,
  }
}

/** A role is assumed for a quarter of an hour, and this may take longer: each call asks for the session that stands. */
async function readPolicies(
  context: Context,
  { buckets, secrets, functions, keys, queues }: Resources,
): Promise<Things> {
  const each = async <T>(list: readonly T[], read: (access: Access, one: T) => Promise<Thing>): Promise<Thing[]> => {
    const found: Thing[] = []
    for (const one of list) found.push(await read(await lookAs(context), one))
    return found
  }
  return {
    buckets: await each(buckets, bucketThing),
    secrets: await each(secrets, (access, { arn }) => secretThing(access, arn)),
    functions: await each(functions, (access, { arn }) => functionThing(access, arn)),
    keys: await each(keys, (access, { arn }) => keyThing(access, arn)),
    queues: await each(queues, queueThing),
  }
}

export const inventory: SnapshotStream<AwsConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
  tells: ['keys', 'key-use', 'administrators', 'factors', 'program-rights', 'conditions', 'trusts'],
  covers: ['identities', 'grants', 'resources'],
  scopes: [
    'iam:GetAccountAuthorizationDetails',
    'iam:ListUsers',
    'iam:ListAccessKeys',
    'iam:GetAccessKeyLastUsed',
    'iam:GetLoginProfile',
    'iam:ListMFADevices',
    'secretsmanager:ListSecrets',
    'lambda:ListFunctions',
    's3:ListAllMyBuckets',
    's3:GetBucketPolicy',
    's3:GetBucketPublicAccessBlock',
    'secretsmanager:GetResourcePolicy',
    'kms:ListKeys',
    'kms:GetKeyPolicy',
    'lambda:GetPolicy',
    'sqs:ListQueues',
    'sqs:GetQueueAttributes',
  ],
  requestsPerRun: 4_000,
  lists: () => Object.keys(lists),
  untold: {
    details: ['administrators', 'program-rights', 'conditions', 'trusts'],
    users: ['keys', 'key-use', 'factors'],
    resources: [],
    center: [],
    rights: ['administrators', 'program-rights', 'conditions', 'trusts'],
  },
  page: (context, list, next) => lists[list]?.(context, next) ?? Promise.resolve({ rows: [], next: null }),
}
