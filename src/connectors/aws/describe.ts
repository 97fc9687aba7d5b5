import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfFields } from '#model'

import { classOf } from './log-types.ts'
import type { TrailEvent, TrailIdentity } from './trail-event.ts'
import { product } from './statements.ts'

const kinds: Readonly<Record<string, 1 | 2 | 3 | 4>> = {
  IAMUser: 1,
  Root: 2,
  AWSService: 3,
  AWSAccount: 3,
  Role: 4,
  AssumedRole: 4,
}

/** The actor's own part: user, session, credential. What the record does not say is left out. */
function actorOf({ userIdentity, invokedBy }: TrailEvent): NonNullable<OcsfFields<'api_activity'>['actor']> {
  const who: Partial<TrailIdentity> = userIdentity ?? {}
  const { principalId, arn, accountId, accessKeyId, type, session: held } = who
  const kind = kinds[type ?? '']
  const account = accountId === undefined ? undefined : { uid: accountId }
  const user = {
    type: type ?? 'Unknown',
    type_id: kind ?? (99 as const),
    uid: principalId ?? arn ?? invokedBy ?? who.invokedBy ?? who.identityProvider ?? 'unknown',
    ...(arn === undefined ? {} : { uid_alt: arn }),
    ...(who.userName === undefined ? {} : { name: who.userName }),
    ...(account === undefined ? {} : { account }),
    ...(accessKeyId === undefined || accessKeyId === ''
      ? {}
      : { programmatic_credentials: [{ uid: accessKeyId, type: 'access key' }] }),
  }
  const issuer = held?.issuer?.arn
  const mfa = held?.mfaAuthenticated
  const created = Date.parse(held?.creationDate ?? '')
  const session = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(mfa === undefined ? {} : { is_mfa: mfa === 'true' }),
    ...(Number.isNaN(created) ? {} : { created_time: created }),
  }
  const by = who.invokedBy ?? invokedBy
  return {
    user,
    ...(Object.keys(session).length === 0 ? {} : { session: { uid: accessKeyId ?? issuer ?? 'unknown', ...session } }),
    ...(by === undefined ? {} : { app_name: by }),
  }
}

/** CloudTrail's record as an event of the class its kind has. */
export function describe(event: TrailEvent, atMs: number): OcsfEvent {
  const { eventName, eventSource, eventVersion, requestID, errorCode, errorMessage, awsRegion, recipientAccountId } =
    event
  const actor = actorOf(event)
  const isFailure = errorCode !== undefined || event.responseElements?.['ConsoleLogin'] === 'Failure'
  const account = recipientAccountId ?? event.userIdentity?.accountId
  const api = {
    operation: eventName,
    service: { name: eventSource },
    ...(eventVersion === undefined ? {} : { version: eventVersion }),
    ...(requestID === undefined ? {} : { request: { uid: requestID } }),
    ...(errorCode === undefined
      ? {}
      : { response: { error: errorCode, ...(errorMessage === undefined ? {} : { message: errorMessage }) } }),
  }
  const common = {
    uid: event.eventID,
    message: eventName,
    profiles: ['cloud' as const],
    cloud: {
      provider: 'AWS',
      ...(awsRegion === undefined ? {} : { region: awsRegion }),
      ...(account === undefined ? {} : { account: { uid: account } }),
    },
    actor,
    src_endpoint: ocsfEndpoint(event.sourceIPAddress),
    http_request: event.userAgent === undefined || event.userAgent === '' ? undefined : { user_agent: event.userAgent },
    status_id: isFailure ? (2 as const) : (1 as const),
    status: isFailure ? 'Failure' : 'Success',
    ...(errorCode === undefined ? {} : { status_code: errorCode }),
  }
  const kind = classOf(event)
  const subject = subjectOf(event, actor.user ?? { uid: 'unknown' })
  switch (kind.class) {
    case 'authentication':
      return ocsfEvent('authentication', kind.activity, atMs, product, {
        ...common,
        user: subject,
        service: { name: eventSource },
        is_mfa: event.additionalEventData?.['MFAUsed'] === 'Yes' ? true : undefined,
        unmapped: { api },
        ...otherName(kind.activity, eventName),
      })
    case 'account_change':
      return ocsfEvent('account_change', kind.activity, atMs, product, {
        ...common,
        api,
        user: subject,
        ...otherName(kind.activity, eventName),
      })
    case 'group_management':
      return ocsfEvent('group_management', kind.activity, atMs, product, {
        ...common,
        api,
        group: { name: wordIn(event.requestParameters, 'groupName') ?? 'unknown' },
        ...(/User/.test(eventName) ? { user: subject } : {}),
        ...otherName(kind.activity, eventName),
      })
    case 'entity_management':
      return ocsfEvent('entity_management', kind.activity, atMs, product, {
        ...common,
        api,
        entity: entityOf(event),
        ...otherName(kind.activity, eventName),
      })
    case 'datastore_activity':
      return ocsfEvent('datastore_activity', kind.activity, atMs, product, {
        ...common,
        api,
        type_id: 0,
        database: { name: resourcesOf(event)?.[0]?.uid ?? eventSource, type_id: 0 },
        ...otherName(kind.activity, eventName),
      })
    case 'api_activity':
      return ocsfEvent('api_activity', kind.activity, atMs, product, {
        ...common,
        api,
        resources: resourcesOf(event),
        ...otherName(kind.activity, eventName),
      })
  }
}

const otherName = (activity: string, eventName: string) => (activity === 'other' ? { activity_name: eventName } : {})

const wordIn = (
  values: Readonly<Record<string, unknown>> | null | undefined,
  ...names: string[]
): string | undefined => {
  for (const name of names) {
    const value = values?.[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** To whom it was done; without a name in the request that is who did it. */
function subjectOf({ requestParameters, recipientAccountId }: TrailEvent, actor: { uid?: string; name?: string }) {
  const name = wordIn(requestParameters, 'userName', 'roleArn', 'name')
  if (name === undefined) return actor
  return { name, ...(recipientAccountId === undefined ? {} : { account: { uid: recipientAccountId } }) }
}

function entityOf({ requestParameters, eventName }: TrailEvent) {
  const uid = wordIn(
    requestParameters,
    'roleName',
    'policyArn',
    'policyName',
    'policyId',
    'instanceProfileName',
    'targetId',
  )
  const type = /Role/.test(eventName) ? 'role' : /Policy|Policies/.test(eventName) ? 'policy' : 'identity'
  return { uid: uid ?? 'unknown', type }
}

function resourcesOf({ resources }: TrailEvent) {
  const told = (resources ?? []).flatMap(({ ARN: uid, type }) =>
    uid === undefined ? [] : [{ uid, ...(type === undefined ? {} : { type }) }],
  )
  return told.length === 0 ? undefined : told
}
