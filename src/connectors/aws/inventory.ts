import { membersAt, textAt, type Json, type Xml } from '#kit'
import { keptRows, VendorError, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { rightsOf, trustsOf, type Things } from './access.ts'
import { lookAs } from './auth.ts'
import { find, getJson, getXml, json, query, rowsAt, wordAt, type Access } from './client.ts'
import { ownArns, type AwsConfig } from './config.ts'
import { readLevels } from './organization.ts'
import { readAccount, readDetails } from './principals.ts'
import { rowSchemas } from './rows.ts'

export const inventoryEveryMs = 30 * 60_000
/** Users whose keys, password and factors are asked for in one page: four calls each. */
const usersPerPage = 20
const regionPagesMax = 200

type Context = PullContext<AwsConfig>

const rows = keptRows(rowSchemas)

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = {
  details,
  users,
  resources,
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
      return [...rows('role', [row]), ...rows('trust', trustsOf(context.config.account, one))]
    }),
    next: account.next,
  }
}

async function users(context: Context, next: string | null): Promise<SnapshotRows> {
  const access = await lookAs(context)
  const page = await query(access, 'iam', 'ListUsers', { MaxItems: usersPerPage, Marker: next ?? undefined })
  const found: Json[] = []
  for (const user of membersAt(page, 'Users')) found.push(...(await insideUser(access, user, context)))
  return { rows: found, next: textAt(page, 'IsTruncated') === 'true' ? (textAt(page, 'Marker') ?? null) : null }
}

async function insideUser(access: Access, xml: Xml, { see, config }: Context): Promise<Json[]> {
  const user = textAt(xml, 'UserName') ?? ''
  const userId = textAt(xml, 'UserId') ?? ''
  const successor = config.successors.find((one) => one.user === user)
  const keys = []
  for (const key of membersAt(await find(access, 'iam', 'ListAccessKeys', { UserName: user }), 'AccessKeyMetadata')) {
    const id = textAt(key, 'AccessKeyId') ?? ''
    const used = await find(access, 'iam', 'GetAccessKeyLastUsed', { AccessKeyId: id })
    keys.push({
      id,
      user,
      userId,
      status: textAt(key, 'Status') ?? '',
      createdAt: textAt(key, 'CreateDate'),
      lastUsedAt: textAt(used, 'AccessKeyLastUsed', 'LastUsedDate'),
      lastUsedFor: textAt(used, 'AccessKeyLastUsed', 'ServiceName'),
      ...(successor === undefined
        ? {}
        : {
            successorIn: successor.secret,
            successorFrom: successor.standby,
            successorRereadSeconds: successor.rereadSeconds,
          }),
      isOwn: id === see['accessKeyId'],
    })
  }
  const login = await find(access, 'iam', 'GetLoginProfile', { UserName: user })
  const factors = membersAt(await find(access, 'iam', 'ListMFADevices', { UserName: user }), 'MFADevices')
  return [
    ...rows('key', keys),
    ...rows(
      'login',
      login === undefined ? [] : [{ user, userId, createdAt: textAt(login, 'LoginProfile', 'CreateDate') }],
    ),
    ...rows(
      'mfa',
      factors.map((one) => ({
        user,
        userId,
        serial: textAt(one, 'SerialNumber'),
        createdAt: textAt(one, 'EnableDate'),
      })),
    ),
  ]
}

async function resources(context: Context): Promise<SnapshotRows> {
  const { buckets, secrets, functions } = await readThings(context)
  return { rows: [...rows('bucket', buckets), ...rows('secret', secrets), ...rows('function', functions)], next: null }
}

async function readThings(context: Context) {
  const access = await lookAs(context)
  const buckets = membersAt(await getXml(access, 's3', '/'), 'Buckets').map((one) => {
    const name = textAt(one, 'Name') ?? ''
    return { arn: `arn:aws:s3:::${name}`, name, createdAt: textAt(one, 'CreationDate') }
  })
  const secrets = []
  const functions = []
  for (const region of context.config.regions) {
    for await (const row of paged((token) =>
      json(
        access,
        'secretsmanager',
        'ListSecrets',
        { MaxResults: 100, ...(token === '' ? {} : { NextToken: token }) },
        { region },
      ),
    )('SecretList', 'NextToken')) {
      const [createdAt, lastUsedAt] = [row['CreatedDate'], row['LastAccessedDate']].map((seconds) =>
        typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined,
      )
      const rotates = row['RotationEnabled'] === true
      secrets.push({ arn: wordAt(row, 'ARN'), name: wordAt(row, 'Name'), createdAt, lastUsedAt, rotates })
    }
    for await (const row of paged((marker) =>
      getJson(
        access,
        'lambda',
        region,
        `/2015-03-31/functions${marker === '' ? '' : `?Marker=${encodeURIComponent(marker)}`}`,
      ),
    )('Functions', 'NextMarker')) {
      const changedAt = wordAt(row, 'LastModified')
      functions.push({
        arn: wordAt(row, 'FunctionArn'),
        name: wordAt(row, 'FunctionName'),
        role: wordAt(row, 'Role'),
        changedAt,
      })
    }
  }
  return { buckets, secrets, functions }
}

const paged = (ask: (token: string) => ReturnType<typeof json>) =>
  async function* (list: string, next: string) {
    let token = ''
    for (let page = 0; page < regionPagesMax; page++) {
      const answer = await ask(token)
      yield* rowsAt(answer, list)
      token = wordAt(answer, next)
      if (token === '') return
    }
  }

/** Asked of the whole account at once: what one principal may do depends on policies, groups and levels of other pages. */
async function rights(context: Context): Promise<SnapshotRows> {
  const { account: id, organizationRoleArn } = context.config
  const account = await readAccount(await lookAs(context))
  if (account.next !== null) {
    throw new VendorError('ERR_VENDOR_SHAPE', `account \`${id}\` has more principals than rights are told for`)
  }
  const levels =
    organizationRoleArn === undefined ? [] : await readLevels(await lookAs(context, organizationRoleArn), id)
  const found = await readThings(context)
  const arns = (list: readonly { arn: string }[]): string[] => list.map(({ arn }) => arn)
  const things: Things = {
    buckets: arns(found.buckets),
    secrets: arns(found.secrets),
    functions: arns(found.functions),
  }
  const scps = levels.map(({ policies }) => policies.map(({ policy }) => policy))
  const names = levels.flatMap(({ policies }) => policies.map(({ name }) => name))
  return {
    rows: [...rows('account', [{ id, scps: names }]), ...rows('right', rightsOf(id, account, scps, things))],
    next: null,
  }
}

export const inventory: SnapshotStream<AwsConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
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
  ],
  requestsPerRun: 4_000,
  lists: () => Object.keys(lists),
  page: (context, list, next) => lists[list]?.(context, next) ?? Promise.resolve({ rows: [], next: null }),
}
