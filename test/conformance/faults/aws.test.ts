import { test } from 'node:test'

import { parseJson } from '#kit'
import { awsConnector, type AwsConfig } from '#connectors/aws'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const account = '111122223333'
const refusal = (code: string): TwinAnswer => ({ status: 400, body: { __type: code } })

/** LookupEvents over the suite's rows, newest first; the whole of it is lab/twins/aws. */
function answer({ body }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const asked = parseJson(body)
  const { StartTime, EndTime, NextToken } = typeof asked === 'object' && !Array.isArray(asked) ? (asked ?? {}) : {}
  // AWS's tokens are never empty.
  const token = typeof NextToken === 'string' ? NextToken.slice(1) : null
  if (token !== null && twin.isCursorExpired) return refusal('InvalidNextTokenException')
  const [from, until] = [StartTime, EndTime].map((seconds) => Number(seconds) * 1000)
  const { records, next } = twin.byTime(from ?? 0, until ?? Infinity, Number(token ?? 0), pageRows)
  return { status: 200, body: { Events: records, ...(next === null ? {} : { NextToken: `t${next}` }) } }
}

const plug: FaultPlug<AwsConfig> = {
  name: 'aws lookup',
  connector: awsConnector,
  config: awsConnector.config.parse({ account, endpoint: twinOrigin }),
  secrets: { accessKeyId: 'AKIAEXAMPLE00000001', secretAccessKey: 'EXAMPLE' },
  stream: 'lookup',
  record: ({ id, n, atMs }) => ({
    EventId: id,
    EventName: 'ListUsers',
    Username: `user-${n % 5}`,
    CloudTrailEvent: JSON.stringify({
      eventVersion: '1.08',
      eventID: id,
      eventName: 'ListUsers',
      eventSource: 'iam.amazonaws.com',
      eventTime: new Date(atMs).toISOString(),
      recipientAccountId: account,
      userIdentity: { type: 'IAMUser', principalId: `AIDAEXAMPLE000${n % 5}`, accountId: account },
    }),
  }),
  keeps: ['EventId', 'CloudTrailEvent'],
  answer,
  limit: refusal('ThrottlingException'),
  without: {
    'token-expiry': 'each request is signed with the key',
    'future-dated': 'its times are of AWS, not of the machines of its customers',
  },
}

for (const { name, run } of faultSuite(plug)) test(name, run)
