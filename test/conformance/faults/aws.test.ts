import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { awsConnector, awsConfig, type AwsConfig } from '#connectors/aws'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const account = '111122223333'
const xml = (text: string, status = 200): TwinAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: null,
  text,
})
const refusal = (status: number, code: string): TwinAnswer =>
  xml(`<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`, status)
const json = (body: Json, status = 200): TwinAnswer => ({ status, body })
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const tag = (name: string, value: string): string => `<${name}>${value}</${name}>`

const arnOf = (service: string, thing: string): string => `arn:aws:${service}:us-east-1:${account}:${thing}`
const policyOfOwn = { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: '*', Resource: '*' } }
const policyOfAll = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }

/** Sessions of each role, by number: the last one alone is good. */
const sessions = new WeakMap<VendorTwin, Map<string, number>>()

/** AWS's answers over the suite's rows: IAM and STS in XML, the others in JSON, each signed with the role's session. */
function answer(request: TwinRequest, twin: VendorTwin): TwinAnswer {
  const all = sessions.get(twin) ?? new Map<string, number>()
  sessions.set(twin, all)
  const signed = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.header('authorization') ?? '')
  const [, key = '', region = '', service = ''] = signed ?? []
  if (service === 'sts') {
    const role = new URLSearchParams(request.body).get('RoleArn')?.split('-').at(-1) ?? ''
    const ends = new Date(twin.nowMs() + 900_000).toISOString()
    const parts = {
      AccessKeyId: `ASIA-${role}-${all.get(role) ?? 1}`,
      SecretAccessKey: 'EXAMPLE',
      SessionToken: 'EXAMPLE',
      Expiration: ends,
    }
    const given = Object.entries(parts).map(([name, value]) => tag(name, value))
    return result('AssumeRole', tag('Credentials', given.join('')))
  }
  const [, role = ''] = key.split('-')
  if (twin.isTokenExpired) all.set(role, (all.get(role) ?? 1) + 1)
  if (key !== `ASIA-${role}-${all.get(role) ?? 1}`) return refusal(403, 'ExpiredToken')
  if (service === 'iam') return iam(new URLSearchParams(request.body), twin)
  if (service === 's3') return bucket(request.url)
  if (service === 'lambda') {
    const isList = request.url.pathname.endsWith('/functions')
    return isList ? json({ Functions: [{ FunctionArn: arnOf('lambda', 'function:f1') }] }) : json({}, 404)
  }
  const parsed = request.body === '' ? {} : parseJson(request.body)
  const operation = request.header('x-amz-target')?.split('.').at(-1) ?? ''
  return jsonAnswer(operation, isObject(parsed) ? parsed : {}, region, twin)
}

/** One bucket, whose policy lets nobody in from elsewhere. */
function bucket({ pathname, search }: URL): TwinAnswer {
  if (pathname === '/') {
    const one = tag('Bucket', tag('Name', 'b1') + tag('BucketRegion', 'us-east-1'))
    return xml(tag('ListAllMyBucketsResult', tag('Buckets', one)))
  }
  if (search === '?policy') return json(policyOfOwn)
  return xml(tag('PublicAccessBlockConfiguration', tag('RestrictPublicBuckets', 'true')))
}

const result = (action: string, inside: string): TwinAnswer =>
  xml(`<${action}Response><${action}Result>${inside}</${action}Result></${action}Response>`)
const members = (rows: readonly JsonObject[], one: (row: JsonObject) => string): string =>
  rows.map((row) => tag('member', one(row))).join('')

function iam(given: URLSearchParams, twin: VendorTwin): TwinAnswer {
  const action = given.get('Action') ?? ''
  const marker = given.get('Marker')?.replace('at:', '') ?? null
  const paged = (list: string, noun: string): TwinAnswer => {
    const { records, next } = twin.byId(list, marker, pageRows)
    const rows = members(records, (row) =>
      [
        tag(`${noun}Id`, textOf(row['id'])),
        tag(`${noun}Name`, textOf(row['name'])),
        tag('Arn', textOf(row['arn'])),
      ].join(''),
    )
    const more = next === null ? tag('IsTruncated', 'false') : tag('IsTruncated', 'true') + tag('Marker', `at:${next}`)
    return result(action, tag(action === 'ListUsers' ? 'Users' : 'GroupDetailList', rows) + more)
  }
  switch (action) {
    case 'GetAccountAuthorizationDetails':
      return paged('details', 'Group')
    case 'ListUsers':
      return paged('users', 'User')
    case 'ListAccessKeys': {
      const rows = twin.inside('users', (given.get('UserName') ?? '').replace('n-', ''))
      const keys = members(rows, (row) => tag('AccessKeyId', textOf(row['id'])) + tag('Status', 'Active'))
      return result(action, tag('AccessKeyMetadata', keys))
    }
    case 'GetAccessKeyLastUsed':
      return result(action, tag('AccessKeyLastUsed', tag('ServiceName', 's3')))
    case 'ListMFADevices':
      return result(action, tag('MFADevices', ''))
    default:
      return refusal(404, 'NoSuchEntity')
  }
}

function jsonAnswer(operation: string, given: JsonObject, region: string, twin: VendorTwin): TwinAnswer {
  const token = typeof given['NextToken'] === 'string' ? given['NextToken'].replace('at:', '') : null
  const here = (rows: Json[]): Json[] => (region === 'us-east-1' ? rows : [])
  const paged = (name: string, row: (id: string) => JsonObject, always: JsonObject[] = []): TwinAnswer => {
    const { records, next } = twin.byId(name, token, pageRows)
    const rows = [...records.map(({ id }) => row(textOf(id))), ...always]
    return json({ [name]: rows, ...(next === null ? {} : { NextToken: `at:${next}` }) })
  }
  switch (operation) {
    case 'LookupEvents': {
      if (token !== null && twin.isCursorExpired) return json({ __type: 'InvalidNextTokenException' }, 400)
      // All happens in one region, and the other one is asked as well.
      if (region !== 'us-east-1') return json({ Events: [] })
      const [from, to] = [Number(given['StartTime']) * 1000, (Number(given['EndTime']) + 1) * 1000]
      const { records, next } = twin.byTime(from, to, Number(token ?? 0), pageRows)
      const events = records.map((record) => ({ EventId: 'x', CloudTrailEvent: JSON.stringify(record) }))
      return json({ Events: events, ...(next === null ? {} : { NextToken: `at:${next}` }) })
    }
    case 'ListSecrets': {
      const { records, next } = twin.byId(`secrets ${region}`, token, pageRows)
      const secrets =
        region === 'us-east-1'
          ? records.map(({ id, arn, name }) => ({ ARN: `${textOf(arn)}/${textOf(id)}`, Name: name ?? '' }))
          : []
      return json({ SecretList: secrets, ...(next === null ? {} : { NextToken: `at:${next}` }) })
    }
    case 'ListKeys':
      return json({ Keys: here([{ KeyArn: arnOf('kms', 'key/k1') }]), Truncated: false })
    case 'GetKeyPolicy':
      return json({ Policy: JSON.stringify(policyOfOwn) })
    case 'ListQueues':
      return json({ QueueUrls: here([`https://sqs.us-east-1.amazonaws.com/${account}/q1`]) })
    case 'GetQueueAttributes':
      return json({ Attributes: {} })
    case 'ListPoliciesForTarget':
      return json({ Policies: [{ Id: 'p-1', Name: 'FullAWSAccess' }] })
    case 'DescribePolicy':
      return json({ Policy: { Content: JSON.stringify(policyOfAll) } })
    case 'ListParents':
      return json({ Parents: [{ Id: 'r-1' }] })
    case 'ListInstances':
      return json({ Instances: [{ InstanceArn: 'arn:aws:sso:::instance/i1', IdentityStoreId: 'd-1' }] })
    case 'ListPermissionSetsProvisionedToAccount':
      return json({ PermissionSets: ['arn:aws:sso:::permissionSet/i1/s1'] })
    case 'DescribePermissionSet':
      return json({ PermissionSet: { Name: 'readers' } })
    case 'ListGroups':
      return json({ Groups: [{ GroupId: 'g1', DisplayName: 'readers' }] })
    // All rows are users who are assigned, and members of a group that is.
    case 'ListAccountAssignments':
      return paged('AccountAssignments', (id) => ({ PrincipalType: 'USER', PrincipalId: id }), [
        { PrincipalType: 'GROUP', PrincipalId: 'g1' },
      ])
    case 'ListGroupMemberships':
      return paged('GroupMemberships', (id) => ({ MemberId: { UserId: id } }))
    case 'ListUsers':
      return paged('Users', (id) => ({ UserId: id, UserName: `n-${id}` }))
    default:
      // What a secret's own policy says, nobody lets us read: each is named as unread.
      return json({ __type: 'AccessDeniedException' }, 400)
  }
}

/** The suite knows a row by its `id`, which resources and what was not read have in their ARN. */
const connector: typeof awsConnector = {
  ...awsConnector,
  streams: awsConnector.streams.map((stream) => {
    if (stream.kind !== 'snapshot' || !('lists' in stream)) return stream
    return {
      ...stream,
      async page(...asked: Parameters<typeof stream.page>) {
        const { rows, next } = await stream.page(...asked)
        const known = rows.flatMap((row) =>
          isObject(row) && row['of'] !== 'account' ? [{ ...row, id: idOf(row) }] : [],
        )
        return { rows: known, next }
      },
    }
  }),
}
const idOf = (row: JsonObject): string => textOf(row['id']) || (textOf(row['arn']).split('/').at(-1) ?? '')

const oneOfEach = 'one that is always there'

const plug = (stream: 'lookup' | 'inventory'): FaultPlug<AwsConfig> => ({
  name: `aws ${stream}`,
  connector,
  config: awsConfig.parse({
    account,
    regions: ['us-east-1', 'eu-west-1'],
    seeRoleArn: `arn:aws:iam::${account}:role/cordon-see`,
    externalId: 'EXAMPLE',
    organizationRoleArn: `arn:aws:iam::${account}:role/cordon-organization`,
    identityCenter: { region: 'us-east-1', roleArn: `arn:aws:iam::${account}:role/cordon-center` },
    endpoint: twinOrigin,
  }),
  secrets: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'EXAMPLE' },
  stream,
  record: ({ id, n, atMs }) =>
    stream === 'lookup'
      ? {
          eventID: id,
          eventTime: new Date(atMs).toISOString(),
          eventName: n % 2 === 0 ? 'ConsoleLogin' : 'CreateAccessKey',
          eventSource: n % 2 === 0 ? 'signin.amazonaws.com' : 'iam.amazonaws.com',
          userIdentity: { type: 'IAMUser', principalId: `AIDAEXAMPLE${n % 5}`, accountId: account },
          recipientAccountId: account,
        }
      : { id, name: `n-${id}`, arn: `arn:aws:x:us-east-1:${account}:thing`, note: n },
  keeps: ['id', 'eventID', 'eventTime', 'name', 'arn', ...(stream === 'lookup' ? ['eventName', 'eventSource'] : [])],
  answer,
  limit: refusal(400, 'Throttling'),
  tells: {
    'center/assignment': ({ type, principal }) => (type === 'USER' ? [textOf(principal)] : []),
    'center/centerMember': ({ user }) => [textOf(user)],
  },
  aside: {
    ...Object.fromEntries(['bucket', 'function', 'kmsKey', 'queue'].map((kind) => [`resources/${kind}`, oneOfEach])),
    ...Object.fromEntries(['centerGroup', 'permissionSet'].map((kind) => [`center/${kind}`, oneOfEach])),
  },
  // Hundreds of calls each time.
  ...(stream === 'inventory' ? { isLong: true } : {}),
  without:
    stream === 'inventory'
      ? { 'expired-cursor': 'a marker names a row, which is found or not' }
      : { 'future-dated': "AWS's own clock dates its events, and what lies behind now is not asked for" },
})

const elsewhere: Gate['elsewhere'] = [
  [
    /await (?:lookAs|accessTo|session\.keys)|: await lookAs/,
    'one session for many calls: several may wait for it, and no stack tells who',
  ],
  [/await readKnown\(/, 'read once a run: several may wait for it, and no stack tells who'],
  [/aws\/scopes\.ts|await assume\(base/, 'the check and actions alone'],
]
for (const { name, run } of connectorSuite(connector, [plug('lookup'), plug('inventory')], { elsewhere }))
  test(name, run)
