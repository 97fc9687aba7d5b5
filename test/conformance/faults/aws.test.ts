import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { awsConnector, awsConfig, type AwsConfig } from '#connectors/aws'

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

/** Sessions of the role, by number: the last one alone is good. */
const sessions = new WeakMap<VendorTwin, number>()

/** AWS's answers over the suite's rows: IAM and STS in XML, the others in JSON, each signed with the role's session. */
function answer(request: TwinRequest, twin: VendorTwin): TwinAnswer {
  const session = sessions.get(twin) ?? 1
  const signed = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.header('authorization') ?? '')
  const [, key = '', region = '', service = ''] = signed ?? []
  if (service === 'sts') {
    const ends = new Date(twin.nowMs() + 900_000).toISOString()
    const parts = {
      AccessKeyId: `ASIA${session}`,
      SecretAccessKey: 'EXAMPLE',
      SessionToken: 'EXAMPLE',
      Expiration: ends,
    }
    const given = Object.entries(parts).map(([name, value]) => tag(name, value))
    return result('AssumeRole', tag('Credentials', given.join('')))
  }
  if (twin.isTokenExpired) sessions.set(twin, session + 1)
  if (key !== `ASIA${sessions.get(twin) ?? 1}`) return refusal(403, 'ExpiredToken')
  if (service === 'iam') return iam(new URLSearchParams(request.body), twin)
  if (service === 's3') return xml('<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>')
  if (service === 'lambda') return json({ Functions: [] })
  const parsed = request.body === '' ? {} : parseJson(request.body)
  const operation = request.header('x-amz-target')?.split('.').at(-1) ?? ''
  return jsonAnswer(operation, isObject(parsed) ? parsed : {}, region, twin)
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
      return json({ Keys: [], Truncated: false })
    case 'ListQueues':
      return json({})
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
      // Identity Center is empty here: the source is not set up to read it.
      lists: (config: AwsConfig) => stream.lists(config).filter((list) => list !== 'center'),
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

const plug = (stream: 'lookup' | 'inventory'): FaultPlug<AwsConfig> => ({
  name: `aws ${stream}`,
  connector,
  config: awsConfig.parse({
    account,
    regions: ['us-east-1', 'eu-west-1'],
    seeRoleArn: `arn:aws:iam::${account}:role/cordon-see`,
    externalId: 'EXAMPLE',
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
  // Hundreds of calls each time.
  ...(stream === 'inventory' ? { isLong: true } : {}),
  without:
    stream === 'inventory'
      ? { 'expired-cursor': 'a marker names a row, which is found or not' }
      : { 'future-dated': "AWS's own clock dates its events, and what lies behind now is not asked for" },
})

for (const { name, run } of connectorSuite(awsConnector, [plug('lookup'), plug('inventory')])) test(name, run)
