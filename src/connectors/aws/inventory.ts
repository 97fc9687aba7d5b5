import { membersAt, textAt, type Json } from '#kit'
import { freshParts, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { lookAs } from './auth.ts'
import { query } from './client.ts'
import { ownArns, type AwsConfig } from './config.ts'
import { readCenter } from './identity-center.ts'
import { insideUser } from './inside-user.ts'
import { readDetails } from './principals.ts'
import { readStop } from './resource-walk.ts'
import { rights } from './rights-list.ts'
import { rows } from './rows.ts'

export const inventoryEveryMs = 30 * 60_000
/** Users whose keys, password and factors are asked for in one page: four calls each. */
const usersPerPage = 20
/** The most that AWS gives of buckets, keys and queues; of secrets and functions it gives fewer. */
const resourcesPerPage = 1_000

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

async function resources(context: Context, next: string | null): Promise<SnapshotRows> {
  const stop = await readStop(context, next, resourcesPerPage)
  return { rows: stop.rows, next: stop.next, ...stop.seen }
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
