import { isObject } from '#kit'

/** Members of a record by name, of which nothing is known. */
type Values = Readonly<Record<string, unknown>>

/** CloudTrail's record, as far as Cordon reads it. What has another form than AWS says is left out. */
export type TrailEvent = {
  eventID: string
  eventName: string
  eventSource: string
  eventTime: string
  eventVersion: string | undefined
  awsRegion: string | undefined
  sourceIPAddress: string | undefined
  userAgent: string | undefined
  requestID: string | undefined
  errorCode: string | undefined
  errorMessage: string | undefined
  recipientAccountId: string | undefined
  invokedBy: string | undefined
  readOnly: boolean | undefined
  userIdentity: TrailIdentity | undefined
  requestParameters: Values | undefined
  responseElements: Values | undefined
  additionalEventData: Values | undefined
  resources: readonly TrailResource[] | undefined
}
export type TrailResource = { ARN: string | undefined; type: string | undefined }
export type TrailIdentity = {
  type: string | undefined
  principalId: string | undefined
  arn: string | undefined
  accountId: string | undefined
  accessKeyId: string | undefined
  userName: string | undefined
  invokedBy: string | undefined
  identityProvider: string | undefined
  session: TrailSession | undefined
}
export type TrailSession = {
  issuer: { principalId: string | undefined; arn: string | undefined; accountId: string | undefined } | undefined
  creationDate: string | undefined
  mfaAuthenticated: string | undefined
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const valuesOf = (value: unknown): Values | undefined => (isObject(value) ? value : undefined)

/**
 * Undefined for what is no record of CloudTrail. By hand, and not by a schema: every record of every account comes by here,
 * and a quarter of its time went into fields that may be absent.
 */
export function readTrailEvent(raw: unknown): TrailEvent | undefined {
  if (!isObject(raw)) return undefined
  const { eventID, eventName, eventSource, eventTime, readOnly, resources } = raw
  if (typeof eventID !== 'string' || eventID === '' || typeof eventName !== 'string' || eventName === '')
    return undefined
  if (typeof eventSource !== 'string' || eventSource === '' || typeof eventTime !== 'string') return undefined
  return {
    eventID,
    eventName,
    eventSource,
    eventTime,
    eventVersion: wordOf(raw['eventVersion']),
    awsRegion: wordOf(raw['awsRegion']),
    sourceIPAddress: wordOf(raw['sourceIPAddress']),
    userAgent: wordOf(raw['userAgent']),
    requestID: wordOf(raw['requestID']),
    errorCode: wordOf(raw['errorCode']),
    errorMessage: wordOf(raw['errorMessage']),
    recipientAccountId: wordOf(raw['recipientAccountId']),
    invokedBy: wordOf(raw['invokedBy']),
    readOnly: typeof readOnly === 'boolean' ? readOnly : undefined,
    userIdentity: identityOf(raw['userIdentity']),
    requestParameters: valuesOf(raw['requestParameters']),
    responseElements: valuesOf(raw['responseElements']),
    additionalEventData: valuesOf(raw['additionalEventData']),
    resources: Array.isArray(resources) ? resources.map(resourceOf) : undefined,
  }
}

const resourceOf = (value: unknown): TrailResource => {
  const given = valuesOf(value)
  return { ARN: wordOf(given?.['ARN']), type: wordOf(given?.['type']) }
}

function identityOf(value: unknown): TrailIdentity | undefined {
  if (!isObject(value)) return undefined
  return {
    type: wordOf(value['type']),
    principalId: wordOf(value['principalId']),
    arn: wordOf(value['arn']),
    accountId: wordOf(value['accountId']),
    accessKeyId: wordOf(value['accessKeyId']),
    userName: wordOf(value['userName']),
    invokedBy: wordOf(value['invokedBy']),
    identityProvider: wordOf(value['identityProvider']),
    session: sessionOf(value['sessionContext']),
  }
}

function sessionOf(value: unknown): TrailSession | undefined {
  if (!isObject(value)) return undefined
  const [issuer, attributes] = [valuesOf(value['sessionIssuer']), valuesOf(value['attributes'])]
  return {
    issuer:
      issuer === undefined
        ? undefined
        : {
            principalId: wordOf(issuer['principalId']),
            arn: wordOf(issuer['arn']),
            accountId: wordOf(issuer['accountId']),
          },
    creationDate: wordOf(attributes?.['creationDate']),
    mfaAuthenticated: wordOf(attributes?.['mfaAuthenticated']),
  }
}
