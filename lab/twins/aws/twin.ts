import { isJsonObject, isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import { readText, serve, type Served } from '../../src/http.ts'
import type { TwinClock } from '../kit/clock.ts'
import { isAllowed } from './allowed.ts'
import { identify, type Caller, type Refusal, type Signed } from './caller.ts'
import { iam, sts } from './iam.ts'
import { identitystore, sso } from './identity-center.ts'
import { cloudtrail, kms, refusedCode, organizations, secretsmanager } from './json-services.ts'
import { queueArn, sqs } from './queues.ts'
import { rds } from './rds.ts'
import { askS3, listBuckets, refuseS3, s3Action, s3Arn, type Reply } from './s3.ts'
import { AwsState } from './state.ts'
import { refusal, statusOf, writeXml, type Answer } from './xml.ts'

export type AwsTwin = Served & { state: AwsState; clock: Pick<TwinClock, 'nowMs'>; unknown: string[] }
const jsonServices: Record<string, typeof organizations> = {
  organizations,
  cloudtrail,
  secretsmanager,
  kms,
  sqs,
  sso,
  identitystore,
}
const queryServices: Record<string, typeof iam> = { iam, sts, rds }
const mfa = 'application/x-amz-json-1.1'

/** IAM, STS, Organizations and CloudTrail of one account, on loopback: enough to steal keys in, and to be cut off from. */
export async function startAwsTwin(account: string, clock: Pick<TwinClock, 'nowMs'>): Promise<AwsTwin> {
  const state = new AwsState(account)
  /** Operations asked for that this twin does not have: tests hold it empty. */
  const unknown: string[] = []
  const served = await serve((base) => async (request, response) => {
    const { method = 'GET', headers } = request
    const signed: Signed = { method, url: new URL(request.url ?? '/', base), headers, text: await readText(request) }
    const { status, type, body, headers: more } = answer({ state, clock, unknown }, signed)
    response.writeHead(status, { 'content-type': type, date: new Date(clock.nowMs()).toUTCString(), ...more })
    response.end(body)
  })
  return { ...served, state, clock, unknown }
}

type World = { state: AwsState; clock: Pick<TwinClock, 'nowMs'>; unknown: string[] }

function answer(world: World, signed: Signed): Reply {
  const { state, clock } = world
  const isQuery = String(signed.headers['content-type']).startsWith('application/x-www-form-urlencoded')
  const params = new URLSearchParams(isQuery ? signed.text : '')
  const [target = '', operation = ''] = String(signed.headers['x-amz-target'] ?? '').split(/\.(?=[^.]+$)/)
  const action = params.get('Action') ?? (operation === '' ? restAction(signed.url.pathname) : operation)
  if (signed.url.pathname === '/federation/credentials') return portal(world, signed)
  const caller = identify(state, signed, clock.nowMs())
  if (isForS3(signed)) return answerS3(world, signed, caller)
  if ('code' in caller) return refuse(isQuery, caller.status, caller.code, action)
  const used = state.ownerOf(caller.keyId)
  if (used !== undefined) used.key.lastUsedMs = clock.nowMs()
  // AWS answers this one whatever is denied.
  const isOpen = action === 'GetCallerIdentity'
  const resource = resourceOf(state, signed, action)
  // A batch is asked for by the right to one.
  const right = `${caller.service}:${action.replace(/(?<=Message)Batch$/, '')}`
  const denied = !isOpen && !isAllowed(state, caller, right, clock.nowMs(), resource)
  if (isQuery) {
    const run = queryServices[caller.service]?.[action]
    if (run === undefined) world.unknown.push(action)
    const result = denied
      ? refusal(403, 'AccessDenied')
      : (run?.({ state, params, caller, nowMs: clock.nowMs() }) ?? refusal(400, 'InvalidAction'))
    record(world, caller, action, params, result)
    return { status: statusOf(result), type: 'text/xml', body: writeXml(action, result) }
  }
  if (denied) return caller.service === 'lambda' ? refuseLambda : refuse(false, 400, 'AccessDeniedException', action)
  if (signed.method === 'GET') return rest(world, signed.url.pathname)
  const body = bodyOf(signed.text)
  const run = jsonServices[caller.service]?.[action]
  if (run === undefined) world.unknown.push(`${target}.${action}`)
  const result = run?.({ state, body, nowMs: clock.nowMs() }) ?? { refused: 'UnknownOperationException' }
  const code = refusedCode(result)
  return code !== undefined
    ? refuse(false, 400, code, action)
    : { status: 200, type: mfa, body: JSON.stringify(result) }
}
/** What `aws sso login` holds gets a session of an assigned role, and the account's trail tells it. */
function portal(world: World, { url, headers }: Signed): Reply {
  const { state, clock } = world
  const roleName = url.searchParams.get('role_name') ?? ''
  const session = state.center.enter(state, String(headers['x-amz-sso_bearer_token']), roleName, clock.nowMs())
  if (session === undefined) return { status: 403, type: 'application/json', body: '{"message":"No access"}' }
  const { id, secret, token, endsMs, of, name } = session
  const params = new URLSearchParams({ RoleArn: of.arn, RoleSessionName: name })
  const given = { Credentials: { AccessKeyId: id, Expiration: new Date(endsMs).toISOString() } }
  const assumed = { ...given, AssumedRoleUser: { AssumedRoleId: `${of.id}:${name}`, Arn: of.arn } }
  record(world, { keyId: '', of, session, service: 'sts' }, 'AssumeRoleWithSAML', params, assumed)
  const roleCredentials = { accessKeyId: id, secretAccessKey: secret, sessionToken: token, expiration: endsMs }
  return { status: 200, type: 'application/json', body: JSON.stringify({ roleCredentials }) }
}

/** Buckets, but for their list, which stands among the others. */
const isForS3 = ({ url, headers }: Signed): boolean =>
  url.pathname !== '/' && /\/s3\/aws4_request/.test(headers.authorization ?? '')

function answerS3({ state, clock }: World, signed: Signed, caller: Caller | Refusal): Reply {
  if ('code' in caller) {
    const isUnknown = caller.code === 'InvalidClientTokenId'
    return refuseS3(caller.status, isUnknown ? 'InvalidAccessKeyId' : caller.code)
  }
  const prefix = signed.url.searchParams.get('prefix') ?? undefined
  const isFree = isAllowed(state, caller, `s3:${s3Action(signed)}`, clock.nowMs(), s3Arn(signed), prefix)
  const mayUnseal = isAllowed(state, caller, 'kms:Decrypt', clock.nowMs())
  return isFree ? askS3(state, signed, mayUnseal) : refuseS3(403, 'AccessDenied')
}

function bodyOf(text: string): JsonObject {
  const parsed = parseJson(text)
  return isJsonObject(parsed) ? parsed : {}
}
/** What a policy calls the thing asked for, where the twin tells things of that service apart. */
function resourceOf({ secrets, users }: AwsState, { text }: Signed, action: string): string {
  if (/^GetUser$|AccessKeys?$/.test(action))
    return users.get(new URLSearchParams(text).get('UserName') ?? '')?.arn ?? '*'
  if (/Message|QueueAttributes/.test(action)) return queueArn(bodyOf(text))
  if (!/Secret(Value|VersionStage)?$/.test(action)) return '*'
  const body = parseJson(text)
  const id = isObject(body) ? body['SecretId'] : undefined
  return [...secrets.values()].find(({ name, arn }) => name === id || arn === id)?.arn ?? '*'
}

/** Lambda names the code in a header alone. */
const refuseLambda: Reply = {
  status: 403,
  type: 'application/json',
  body: '{"Message":"not authorized"}',
  headers: { 'x-amzn-errortype': 'AccessDeniedException' },
}

/** What a policy calls a request that names its operation by its path alone. */
function restAction(path: string): string {
  if (path === '/') return 'ListAllMyBuckets'
  if (!path.startsWith('/2015-03-31/functions')) return path
  return path.endsWith('/policy') ? 'GetPolicy' : 'ListFunctions'
}

function rest({ state, unknown }: World, path: string): Reply {
  if (path === '/') return listBuckets(state)
  const [, named] = /^\/2015-03-31\/functions\/([^/]+)\/policy$/.exec(path) ?? []
  if (named !== undefined) {
    const policy = state.resourcePolicies.get(decodeURIComponent(named))
    return policy === undefined
      ? {
          status: 404,
          type: 'application/json',
          body: '{"Type":"User","Message":"The resource you requested does not exist."}',
        }
      : { status: 200, type: 'application/json', body: JSON.stringify({ Policy: policy, RevisionId: 'one' }) }
  }
  if (path.startsWith('/2015-03-31/functions')) {
    const functions = [...state.functions.values()].map(({ name, arn, role, changedMs }) => ({
      FunctionName: name,
      FunctionArn: arn,
      Role: role,
      LastModified: new Date(changedMs).toISOString(),
    }))
    return { status: 200, type: 'application/json', body: JSON.stringify({ Functions: functions }) }
  }
  unknown.push(path)
  return { status: 404, type: 'application/json', body: '{}' }
}

const refuse = (isQuery: boolean, status: number, code: string, action: string): Reply =>
  isQuery
    ? { status, type: 'text/xml', body: writeXml(action, refusal(status, code)) }
    : { status: 400, type: mfa, body: JSON.stringify({ __type: code }) }

/** CloudTrail's own record of a call, minutes later. Secrets are not in it, as they are not in AWS's. */
function record(
  { state, clock }: World,
  { of, keyId, session, service }: Caller,
  action: string,
  params: URLSearchParams,
  result: Answer,
): void {
  const atMs = Math.floor(clock.nowMs() / 1000) * 1000
  const isRole = of.id.startsWith('AROA')
  const who = {
    principalId: isRole ? `${of.id}:${session?.name ?? ''}` : of.id,
    arn: of.arn,
    accountId: state.account,
    accessKeyId: keyId,
  }
  const issuer = { type: 'Role', principalId: of.id, arn: of.arn, accountId: state.account, userName: of.name }
  const status = statusOf(result)
  state.trail.push({
    atMs,
    visibleMs: atMs + state.trailDelayMs,
    raw: {
      eventVersion: '1.08',
      eventID: state.nextEvent(),
      eventName: action,
      eventSource: `${service}.amazonaws.com`,
      eventTime: new Date(atMs).toISOString().replace('.000', ''),
      awsRegion: 'us-east-1',
      sourceIPAddress: '203.0.113.66',
      userAgent: 'aws-cli/2.15.0',
      recipientAccountId: state.account,
      readOnly: /^(Get|List|Describe|Download)/.test(action),
      userIdentity: isRole
        ? { type: 'AssumedRole', ...who, sessionContext: { sessionIssuer: issuer } }
        : { type: 'IAMUser', ...who, userName: of.name },
      requestParameters: Object.fromEntries([...params].map(([name, value]) => [lower(name), value])),
      responseElements:
        status === 200 && !/^(Get(?!SessionToken)|List|Describe|Download)/.test(action) ? withoutSecrets(result) : null,
      ...(status === 200 ? {} : { errorCode: typeof result['Code'] === 'string' ? result['Code'] : '' }),
    },
  })
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
const withoutSecrets = (answer: Answer): Json =>
  Object.fromEntries(
    Object.entries(answer)
      .filter(([name]) => !/^Secret|^SessionToken/.test(name))
      .map(([name, value]) => [
        lower(name),
        typeof value === 'string' || Array.isArray(value) ? JSON.parse(JSON.stringify(value)) : withoutSecrets(value),
      ]),
  )
