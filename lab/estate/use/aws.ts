import type { Json, JsonObject } from 'cordon/kit'

import type { User } from '../../twins/aws/state.ts'
import type { AwsTwin } from '../../twins/aws/twin.ts'
import type { Company, Service } from '../company/model.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf } from './people.ts'

const perHour = 2
type Holder = Actor & { service: Service; user: User; keyId: string }
const acts: Readonly<Record<Service['rights'], readonly [source: string, name: string][]>> = {
  export: [
    ['s3', 'ListBuckets'],
    ['sts', 'GetCallerIdentity'],
  ],
  read: [['s3', 'ListBuckets']],
  deploy: [
    ['secretsmanager', 'GetSecretValue'],
    ['sts', 'GetCallerIdentity'],
  ],
  admin: [['iam', 'ListUsers']],
}

/** A year of what programs ask with their keys; objects read are data events, which no trail here tells. */
export function useAws({ state }: AwsTwin, company: Company, density: number): Pasts {
  const holders = company.services.flatMap((service): Holder[] => {
    const user = state.users.get(service.slug)
    const keyId = user?.keys[0]?.id
    if (service.vendor !== 'aws' || service.lastUsedMs === null || user === undefined || keyId === undefined) return []
    const used = {
      startMs: service.keyMs,
      endMs: service.lastUsedMs,
      offsetHours: 0,
      rhythm: 'machine',
      perHour,
    } as const
    return [{ ...used, service, user, keyId }]
  })
  const past = state.setPast((fixed) =>
    makePast({
      ...yearOf(company, density),
      place: 'aws',
      actors: holders,
      act: ({ service, user, keyId }, atMs, draw, id): JsonObject => {
        const [source, name] = draw.pick(acts[service.rights])
        const asked = name === 'GetSecretValue' ? { secretId: draw.pick([...state.secrets.keys()]) } : null
        return rawOf(
          { account: state.account, user, keyId, source, name, asked, ip: addressOf(service.slug.length) },
          atMs,
          id,
        )
      },
      fixed,
    }),
  )
  return { lookup: past }
}

type Asked = { account: string; user: User; keyId: string; source: string; name: string; asked: Json; ip: string }

function rawOf({ account, user, keyId, source, name, asked, ip }: Asked, atMs: number, id: string): JsonObject {
  return {
    eventVersion: '1.08',
    eventID: id,
    eventName: name,
    eventSource: `${source}.amazonaws.com`,
    eventTime: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    awsRegion: 'us-east-1',
    sourceIPAddress: ip,
    userAgent: 'Boto3/1.35.0',
    recipientAccountId: account,
    readOnly: true,
    userIdentity: {
      type: 'IAMUser',
      principalId: user.id,
      arn: user.arn,
      accountId: account,
      accessKeyId: keyId,
      userName: user.name,
    },
    requestParameters: asked,
    responseElements: null,
  }
}
