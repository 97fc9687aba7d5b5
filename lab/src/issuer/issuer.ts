import { generateKeyPairSync, randomBytes } from 'node:crypto'

import { isObject, parseJson } from 'cordon/kit'
import { Provider, type Context, type Stored, type Token } from 'oidc-provider'

import { serve, type Served } from '../http.ts'
import { createIssuerStore, type IssuerStore } from './adapter.ts'
import { adminHandler } from './admin.ts'
import { signIn } from './interaction.ts'
import { createRegister, sha256Text, tokenRef, type Register, type TokenRow } from './register.ts'

export const oidcProviderVersion = '9.13.3'

export type IssuerClient = { id: string; secret: string; redirectUri?: string; isService?: boolean }
export type Audience = { indicator: string; scopes: string; format: 'opaque' | 'jwt'; lifetimeS: number }

export type IssuerSetup = {
  clients: readonly IssuerClient[]
  audiences: readonly Audience[]
  /** Clients that introspect because a token was presented to them: their questions are recorded as use. */
  resourceServers: readonly string[]
  /** The client Cordon uses: may introspect and revoke everybody's tokens. */
  responder: string
  adminTokens: { see: string; contain: string }
  refreshLifetimeS?: number
  nowMs?: () => number
}

export type Issuer = Served & { register: Register; store: IssuerStore }

const clientMetadata = (client: IssuerClient): Record<string, unknown> => ({
  client_id: client.id,
  client_secret: client.secret,
  redirect_uris: client.redirectUri === undefined ? [] : [client.redirectUri],
  response_types: client.redirectUri === undefined ? [] : ['code'],
  grant_types: [
    ...(client.redirectUri === undefined ? [] : ['authorization_code', 'refresh_token']),
    ...(client.isService === true ? ['client_credentials'] : []),
  ],
  token_endpoint_auth_method: 'client_secret_basic',
})

const signingKey = (): Record<string, unknown> => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid: 'lab-1',
  use: 'sig',
  alg: 'ES256',
})

/** The real oidc-provider on a free loopback port, with a sign-in that needs no person and an admin extension beside it. */
export async function startIssuer(setup: IssuerSetup): Promise<Issuer> {
  const nowMs = setup.nowMs ?? Date.now
  const register = createRegister(randomBytes(4).toString('hex'), nowMs)
  const store = createIssuerStore(nowMs, (model, id, payload) => gone(register, model, id, payload))
  for (const client of setup.clients) store.put('Client', client.id, clientMetadata(client))
  const served = await serve((url) => {
    const provider = createProvider(url, setup, store)
    observe(provider, setup, register, store)
    const callback = provider.callback()
    const admin = adminHandler({ register, store, nowMs, ...setup })
    return (request, response) => {
      if (request.url?.startsWith('/admin/')) return admin(request, response)
      if (request.url?.startsWith('/sign-in/')) return signIn(provider, request, response)
      return callback(request, response)
    }
  })
  return { ...served, register, store }
}

function createProvider(url: string, setup: IssuerSetup, store: IssuerStore): Provider {
  const audiences = new Map(setup.audiences.map((audience) => [audience.indicator, audience]))
  return new Provider(url, {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: [signingKey()] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access'],
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_: unknown, interaction: { uid: string }) => `/sign-in/${interaction.uid}` },
    // Tokens of a command-line sign-in outlive the browser session, as they do at most issuers.
    expiresWithSession: () => false,
    issueRefreshToken: (_: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: false,
    ttl: {
      AccessToken: (_: unknown, token: Token & { resourceServer?: { accessTokenTTL?: number } }) =>
        token.resourceServer?.accessTokenTTL ?? 3600,
      ClientCredentials: 3600,
      AuthorizationCode: 60,
      RefreshToken: setup.refreshLifetimeS ?? 14 * 86_400,
      Grant: 30 * 86_400,
      IdToken: 3600,
      Interaction: 600,
      Session: 14 * 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_: unknown, client: { clientId: string }, token: Token) =>
          client.clientId === setup.responder ||
          client.clientId === token.clientId ||
          setup.resourceServers.includes(client.clientId),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_: unknown, client: { clientId: string }, token: Token) =>
          client.clientId === setup.responder || client.clientId === token.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, indicator: string) => {
          const audience = audiences.get(indicator)
          if (audience === undefined) throw new Error(`no resource server \`${indicator}\``)
          return {
            scope: audience.scopes,
            audience: audience.indicator,
            accessTokenFormat: audience.format,
            accessTokenTTL: audience.lifetimeS,
          }
        },
      },
    },
  })
}

/** Turns the provider's own events into the admin extension's register and feed. */
function observe(provider: Provider, setup: IssuerSetup, register: Register, store: IssuerStore): void {
  const sessions = new Set<string>()
  const grants = new Set<string>()
  provider.on('grant.success', (ctx: Context) => {
    for (const row of issuedRows(ctx, store)) if (register.token(row.ref) === undefined) register.add(row, ctx.ip)
  })
  provider.on('session.destroyed', (session: { uid: string; accountId?: string }) => {
    if (session.accountId === undefined) return
    register.record({ type: 'session.ended', session: session.uid, subject: session.accountId })
  })
  provider.on('session.saved', (session: { uid: string; accountId?: string }) => {
    if (session.accountId === undefined || sessions.has(session.uid)) return
    sessions.add(session.uid)
    register.record({ type: 'session.created', session: session.uid, subject: session.accountId })
  })
  provider.on('grant.saved', (grant: Token & { resources?: Record<string, string> }) => {
    if (grants.has(grant.jti)) return
    grants.add(grant.jti)
    register.record({
      type: 'grant.created',
      grant: grant.jti,
      client: grant.clientId ?? '',
      subject: grant.accountId ?? '',
      resources: grant.resources ?? {},
    })
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path !== '/token/introspection' || ctx.status !== 200) return
    const by = ctx.oidc?.client?.clientId
    const used = ctx.oidc?.entities.AccessToken ?? ctx.oidc?.entities.ClientCredentials
    if (by === undefined || used === undefined || !setup.resourceServers.includes(by)) return
    const token = register.token(tokenRef(used.jti))
    if (token !== undefined) register.record({ type: 'token.used', by, subject: token.subject, token, ip: ctx.ip })
  })
}

function issuedRows(ctx: Context, store: IssuerStore): TokenRow[] {
  const { body, oidc } = ctx
  if (typeof body !== 'object' || body === null || oidc === undefined) return []
  const access = oidc.entities.AccessToken ?? oidc.entities.ClientCredentials
  const refresh = oidc.entities.RefreshToken
  const accessValue = 'access_token' in body ? body.access_token : undefined
  const refreshValue = 'refresh_token' in body ? body.refresh_token : undefined
  const rows: TokenRow[] = []
  if (refresh !== undefined && typeof refreshValue === 'string') {
    rows.push(tokenRow(refresh, 'refresh', refreshValue, store.get('RefreshToken', refresh.jti)))
  }
  if (access !== undefined && typeof accessValue === 'string') {
    const stored = store.get(access.kind, access.jti) ?? payloadOf(accessValue)
    rows.push({
      ...tokenRow(access, 'access', accessValue, stored),
      parent: refresh === undefined ? null : tokenRef(refresh.jti),
    })
  }
  return rows
}

function payloadOf(jwt: string): Stored {
  const payload = parseJson(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return isObject(payload) ? payload : {}
}

function tokenRow(token: Token, kind: 'access' | 'refresh', value: string, stored: Stored = {}): TokenRow {
  const isJwt = value.split('.').length === 3
  return {
    ref: tokenRef(token.jti),
    sha256: sha256Text(value),
    jti: isJwt ? token.jti : null,
    kind,
    format: isJwt ? 'jwt' : 'opaque',
    client: token.clientId ?? '',
    subject: token.accountId ?? token.clientId ?? '',
    grant: token.grantId ?? null,
    session: token.sessionUid ?? null,
    audience: token.aud ?? null,
    scope: token.scope ?? null,
    issuedAtMs: Number(stored['iat']) * 1000,
    expiresAtMs: typeof stored['exp'] === 'number' ? stored['exp'] * 1000 : null,
    parent: null,
    revokedAtMs: null,
  }
}

function gone(register: Register, model: string, id: string, payload: Record<string, unknown>): void {
  if (model === 'AccessToken' || model === 'RefreshToken' || model === 'ClientCredentials')
    register.revoked(tokenRef(id))
  if (model === 'Grant') register.record({ type: 'grant.revoked', grant: id, ...partyOf(payload) })
}

const partyOf = (payload: Record<string, unknown>): { client?: string; subject?: string } => ({
  ...(typeof payload['clientId'] === 'string' ? { client: payload['clientId'] } : {}),
  ...(typeof payload['accountId'] === 'string' ? { subject: payload['accountId'] } : {}),
})
