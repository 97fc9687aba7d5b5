import { createHash, X509Certificate } from 'node:crypto'

import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import type { Json } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { By } from './audit-log.ts'
import type { Tenant } from './tenant.ts'
import {
  appOf,
  bySpOf,
  graphAppId,
  graphOf,
  listOf,
  newGuid,
  newValue,
  textOf,
  type Row,
  type Session,
} from './state.ts'

/** Microsoft gives tokens a life between 60 and 90 minutes, at random; the twin takes the longest. */
export const accessTokenLifeMs = 90 * 60_000

/** AADSTS codes as Microsoft's page "Microsoft Entra authentication and authorization error codes" has them. */
const refusals = {
  50057: ['invalid_grant', 'The user account is disabled.'],
  50076: ['invalid_grant', 'You must use multi-factor authentication to access the resource.'],
  50126: ['invalid_grant', 'Error validating credentials due to invalid username or password.'],
  50173: ['invalid_grant', 'The provided grant has expired due to it being revoked.'],
  65001: ['invalid_grant', 'The user or administrator has not consented to use the application.'],
  70000: ['invalid_grant', 'The provided value for the input parameter is not valid.'],
  90002: ['invalid_request', 'Tenant not found.'],
  135011: ['invalid_grant', 'Device used during the authentication is disabled.'],
  700016: ['unauthorized_client', 'Application was not found in the directory.'],
  700213: ['invalid_client', 'No matching federated identity record found for presented assertion subject.'],
  700027: ['invalid_client', 'Client assertion failed signature validation.'],
  7000112: ['unauthorized_client', 'Application is disabled.'],
  7000215: ['invalid_client', 'Invalid client secret provided.'],
  7000222: ['invalid_client', 'The provided client secret keys are expired.'],
} as const
type Code = keyof typeof refusals

function refused(tenant: Tenant, code: Code): TwinReply {
  const [error, words] = refusals[code]
  const body = {
    error,
    error_description: `AADSTS${code}: ${words}`,
    error_codes: [code],
    timestamp: new Date(tenant.nowMs()).toISOString().replace('T', ' '),
    trace_id: newGuid(tenant.state),
    correlation_id: newGuid(tenant.state),
  }
  return { status: error === 'invalid_client' || error === 'unauthorized_client' ? 401 : 400, body }
}

export function tokenRoutes(tenant: Tenant): Record<string, (call: TwinCall) => TwinReply | Promise<TwinReply>> {
  return {
    'POST /*/oauth2/v2.0/token': (call) => token(tenant, call),
    // A resource that checks tokens by their signature and asks nobody, as an API of the company's own.
    'GET /payroll': ({ headers }) => {
      const held = tenant.state.accessTokens.get(String(headers.authorization).replace('Bearer ', ''))
      return held !== undefined && held.audience === payrollAppId && held.expiresAtMs > tenant.nowMs()
        ? { status: 200, body: { rows: [] } }
        : { status: 401, body: { error: 'invalid_token' } }
    },
  }
}
export const payrollAppId = 'a9a9a9a9-0000-4000-8000-000000000001'

async function token(tenant: Tenant, call: TwinCall): Promise<TwinReply> {
  const form = new URLSearchParams(call.text)
  if (call.url.pathname.split('/')[1] !== tenant.state.tenant) return refused(tenant, 90002)
  switch (form.get('grant_type') ?? '') {
    case 'client_credentials':
      return clientCredentials(tenant, call, form)
    case 'refresh_token':
      return refresh(tenant, call, form)
    case 'password':
      return byPassword(tenant, call, form)
    default:
      return refused(tenant, 70000)
  }
}

/** Where a token goes: Graph, or an API of the company's own. */
const audienceOf = (scope: string): string => (scope.startsWith(`api://${payrollAppId}`) ? payrollAppId : graphAppId)

async function clientCredentials(tenant: Tenant, call: TwinCall, form: URLSearchParams): Promise<TwinReply> {
  const { state } = tenant
  const clientId = form.get('client_id') ?? ''
  const sp = bySpOf(state, clientId)
  if (sp === undefined) return refused(tenant, 700016)
  const proof = await proofOf(tenant, call, form, sp)
  const by: By = { ...fromOf(call), user: null, sp: sp.id }
  const what = { app: clientId, resource: audienceOf(form.get('scope') ?? ''), sp, ...proof }
  if (proof.code !== undefined) {
    tenant.log.signIn({ ...what, by, kind: 'servicePrincipal', code: proof.code })
    return refused(tenant, proof.code)
  }
  tenant.log.signIn({ ...what, by, kind: 'servicePrincipal', code: 0 })
  const roles = [...state.appRoleAssignments.values()].flatMap((row) =>
    textOf(row, 'principalId') === sp.id && textOf(row, 'resourceId') === graphOf(state).id
      ? roleNames(graphOf(state), textOf(row, 'appRoleId'))
      : [],
  )
  const access = { user: null, sp: sp.id, app: clientId, audience: what.resource, roles, scopes: [], session: null }
  return given(tenant, access, undefined)
}

type ClientProof = { keyId: string | null; thumbprint: string | null; code?: Code }

/** A secret or a certificate, of the application or of its service principal here. */
async function proofOf(tenant: Tenant, call: TwinCall, form: URLSearchParams, sp: Row): Promise<ClientProof> {
  const none = { keyId: null, thumbprint: null }
  if (sp['accountEnabled'] === false) return { ...none, code: 7000112 }
  const holders = [sp, appOf(tenant.state, textOf(sp, 'appId'))].filter((one) => one !== undefined)
  const secret = form.get('client_secret')
  if (secret !== null) {
    const keys = holders.flatMap((one) => listOf(one['passwordCredentials']))
    const key = keys.find((one) => tenant.state.secretValues.get(textOf(one, 'keyId')) === secret)
    if (key === undefined) return { ...none, code: 7000215 }
    const isOver = Date.parse(textOf(key, 'endDateTime')) <= tenant.nowMs()
    return { ...none, keyId: textOf(key, 'keyId'), ...(isOver ? { code: 7000222 } : {}) }
  }
  const assertion = form.get('client_assertion')
  if (assertion === null) return { ...none, code: 7000215 }
  // A token of another issuer's: an assertion of the app's own is issued by the app itself.
  if (decodeJwt(assertion).iss !== textOf(sp, 'appId')) return federatedProof(tenant, assertion, sp)
  const thumbprint = decodeProtectedHeader(assertion)['x5t#S256']
  for (const key of holders.flatMap((one) => listOf(one['keyCredentials']))) {
    const der = Buffer.from(textOf(key, 'key'), 'base64')
    const own = createHash('sha256').update(der).digest('base64url')
    if (der.length === 0 || own !== thumbprint) continue
    const options = {
      audience: `${call.url.origin}${call.url.pathname}`,
      issuer: textOf(sp, 'appId'),
      subject: textOf(sp, 'appId'),
      currentDate: new Date(tenant.nowMs()),
    }
    const isGood = await jwtVerify(assertion, new X509Certificate(der).publicKey, options).then(
      () => true,
      () => false,
    )
    const proof = { keyId: textOf(key, 'keyId'), thumbprint: own }
    return isGood && decodeJwt(assertion).jti !== undefined ? proof : { ...proof, code: 700027 }
  }
  return { ...none, code: 700027 }
}

async function federatedProof({ state, nowMs }: Tenant, assertion: string, sp: Row): Promise<ClientProof> {
  const none = { keyId: null, thumbprint: null }
  const { iss = '', sub } = decodeJwt(assertion)
  const app = appOf(state, textOf(sp, 'appId'))
  const trust = (state.federations.get(app?.id ?? '') ?? []).find(
    (one) => one['issuer'] === iss && one['subject'] === sub,
  )
  if (trust === undefined) return { ...none, code: 700213 }
  const key = state.issuers.get(iss)
  const audience = Array.isArray(trust['audiences']) ? trust['audiences'].map(String) : []
  const isGood =
    key !== undefined &&
    (await jwtVerify(assertion, key, { issuer: iss, audience, currentDate: new Date(nowMs()) }).then(
      () => true,
      () => false,
    ))
  return isGood ? { ...none, keyId: trust.id } : { ...none, code: 700027 }
}

export const roleNames = (resource: Row, id: string): string[] =>
  listOf(resource['appRoles']).flatMap((role) => (textOf(role, 'id') === id ? [textOf(role, 'value')] : []))

/** RFC 6749, 4.3: Microsoft keeps it where no second factor is asked for; what a password sprayer tries. */
function byPassword(tenant: Tenant, call: TwinCall, form: URLSearchParams): TwinReply {
  const { state } = tenant
  const name = form.get('username') ?? ''
  const user = [...state.users.values()].find((one) => textOf(one, 'userPrincipalName') === name)
  if (user === undefined) return refused(tenant, 50126)
  const given = { password: form.get('password') ?? '', code: null }
  return signIn(tenant, {
    ...given,
    user,
    app: form.get('client_id') ?? '',
    from: fromOf(call),
    scope: form.get('scope') ?? '',
  })
}

export type Attempt = {
  user: Row
  password: string
  /** Of a second factor; a temporary access pass stands for password and factor. */
  code: string | null
  app: string
  from: { ip: string; agent: string }
  scope: string
  /** The device that signs its user in; what it was given is bound to it. */
  device?: string
}

/** In one step what a browser does in several. Conditional access asks for a factor where one is enrolled. */
export function signIn(tenant: Tenant, { user, password, code, app, from, scope, device }: Attempt): TwinReply {
  const { state } = tenant
  const methods = [...state.methods.values()].filter((one) => one.user === user.id && one.kind !== 'password')
  const isPass = methods.some((one) => one.kind === 'temporaryAccessPass' && one.code === password)
  const isRight = isPass || state.passwords.get(user.id) === password
  const hasFactor = isPass || methods.length === 0 || methods.some((one) => one.code === code)
  const why: Code | 0 = user['accountEnabled'] === false ? 50057 : !isRight ? 50126 : !hasFactor ? 50076 : 0
  const by: By = { ...from, user: user.id, sp: null }
  const session: Session = {
    id: newGuid(state),
    user: user.id,
    app,
    refreshToken: newValue(state, '0.A'),
    startedAtMs: tenant.nowMs(),
    device: device ?? null,
    scopes: scope.split(' ').filter(Boolean),
  }
  tenant.log.signIn({ app, resource: audienceOf(scope), by, kind: 'interactiveUser', code: why, session: session.id })
  if (why !== 0) return refused(tenant, why)
  state.sessions.set(session.id, session)
  return given(tenant, userToken(session), session)
}

const userToken = ({ id, user, app, scopes }: Session) => ({
  user,
  sp: null,
  app,
  audience: audienceOf(scopes.join(' ')),
  roles: [],
  scopes,
  session: id,
})

function refresh(tenant: Tenant, call: TwinCall, form: URLSearchParams): TwinReply {
  const { state } = tenant
  const session = [...state.sessions.values()].find((one) => one.refreshToken === form.get('refresh_token'))
  if (session === undefined) return refused(tenant, 70000)
  const user = state.users.get(session.user)
  const validFromMs = state.validFromMs.get(session.user) ?? 0
  const hasSettled = tenant.nowMs() >= validFromMs + tenant.settings.revocationDelayMs
  const isVoid = validFromMs > session.startedAtMs && hasSettled
  const isConsented = isFirstParty(session.app) || isAgreed(tenant, session)
  const isOff = session.device !== null && state.devices.get(session.device)?.['accountEnabled'] !== true
  const isOn = user?.['accountEnabled'] === true
  const why: Code | 0 = !isOn ? 50057 : isVoid ? 50173 : isOff ? 135011 : isConsented ? 0 : 65001
  const by: By = { ...fromOf(call), user: session.user, sp: null }
  const resource = audienceOf(session.scopes.join(' '))
  tenant.log.signIn({ app: session.app, resource, by, kind: 'nonInteractiveUser', code: why, session: session.id })
  return why === 0 ? given(tenant, userToken(session), session) : refused(tenant, why)
}

/** Microsoft's own apps need nobody's consent. The Azure command line's id. */
export const azureCliAppId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
const isFirstParty = (app: string): boolean => app === azureCliAppId

/** A grant for the user or for all, and the app still enabled here. */
function isAgreed({ state }: Tenant, { app, user }: Session): boolean {
  const sp = bySpOf(state, app)
  if (sp === undefined || sp['accountEnabled'] === false) return false
  return [...state.grants.values()].some(
    (grant) =>
      textOf(grant, 'clientId') === sp.id &&
      (textOf(grant, 'consentType') === 'AllPrincipals' || textOf(grant, 'principalId') === user),
  )
}

function given(
  tenant: Tenant,
  token: Omit<Parameters<Tenant['state']['accessTokens']['set']>[1], 'expiresAtMs'>,
  session: Session | undefined,
): TwinReply {
  const value = newValue(tenant.state, 'eyJ0')
  tenant.state.accessTokens.set(value, { ...token, expiresAtMs: tenant.nowMs() + accessTokenLifeMs })
  const body: Record<string, Json> = {
    token_type: 'Bearer',
    expires_in: accessTokenLifeMs / 1000,
    ext_expires_in: accessTokenLifeMs / 1000,
    access_token: value,
    ...(session === undefined ? {} : { refresh_token: session.refreshToken, scope: session.scopes.join(' ') }),
  }
  return { status: 200, headers: { 'cache-control': 'no-store' }, body }
}

export const fromOf = ({ headers }: TwinCall): { ip: string; agent: string } => ({
  ip: String(headers['x-forwarded-for'] ?? '192.0.2.1'),
  agent: headers['user-agent'] ?? 'unknown',
})
