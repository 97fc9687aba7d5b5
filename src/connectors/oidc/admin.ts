import { z } from 'zod'

import type { Access } from './client.ts'
import { parse, refuseUnless } from './client.ts'
import { OidcError } from './config.ts'

/** Shapes of the admin extension (README.md). `sha256` fields hold `sha256:<hex>` at the issuer and `fp:…` behind the intake. */
export const clientRow = z.object({
  id: z.string(),
  secretSha256: z.string().nullable(),
  isEnabled: z.boolean(),
  isOwn: z.boolean().default(false),
})
export const grantRow = z.object({
  id: z.string(),
  client: z.string(),
  subject: z.string(),
  /** Space-separated scopes by audience. */
  resources: z.record(z.string(), z.string()),
  createdAtMs: z.number().nullable(),
  expiresAtMs: z.number().nullable(),
})
export const sessionRow = z.object({ uid: z.string(), subject: z.string(), createdAtMs: z.number().nullable() })
export const tokenRow = z.object({
  ref: z.string(),
  sha256: z.string(),
  jti: z.string().nullable(),
  kind: z.enum(['access', 'refresh']),
  format: z.enum(['opaque', 'jwt']),
  client: z.string(),
  subject: z.string(),
  grant: z.string().nullable(),
  session: z.string().nullable(),
  audience: z.string().nullable(),
  scope: z.string().nullable(),
  issuedAtMs: z.number(),
  expiresAtMs: z.number().nullable(),
  parent: z.string().nullable(),
  revokedAtMs: z.number().nullable(),
  isDeniable: z.boolean().default(false),
})
export type TokenRow = z.infer<typeof tokenRow>

const tokenState = tokenRow.extend({ state: z.enum(['live', 'revoked', 'expired']) })
export type TokenState = z.infer<typeof tokenState>
const grantState = z.object({ id: z.string(), state: z.enum(['live', 'gone']), liveTokens: z.array(tokenRow) })
const sessionState = z.object({ uid: z.string(), state: z.enum(['live', 'gone']) })

export const feedEvent = z.object({
  id: z.string(),
  type: z.string(),
  atMs: z.number(),
  client: z.string().optional(),
  subject: z.string().optional(),
  session: z.string().optional(),
  grant: z.string().optional(),
  resources: z.record(z.string(), z.string()).optional(),
  token: tokenRow.optional(),
  by: z.string().optional(),
  ip: z.string().optional(),
})
export type FeedEvent = z.infer<typeof feedEvent>

export const listKinds = ['clients', 'grants', 'sessions', 'tokens'] as const
export type ListKind = (typeof listKinds)[number]

/** Rows and events pass through as they are: the log keeps the issuer's own record, `normalize` reads it. */
const record = z.record(z.string(), z.json())
const listPage = z.object({ rows: z.array(record), next: z.string().nullable() })
const feedPage = z.object({
  events: z.array(z.intersection(z.object({ id: z.string(), atMs: z.number() }), record)),
  cursor: z.string(),
  gap: z.boolean(),
})

export const adminPageRowsMax = 500

export const list = async (access: Access, kind: ListKind, after: string | null) =>
  parse(listPage, await call(access, 'GET', kind, pageQuery(after)), `the list of ${kind}`)

export const events = async (access: Access, after: string | null) =>
  parse(feedPage, await call(access, 'GET', 'events', pageQuery(after)), 'the event feed')

const pageQuery = (after: string | null): string =>
  `?${new URLSearchParams({ max: String(adminPageRowsMax), ...(after === null ? {} : { after }) }).toString()}`

/** Undefined when the issuer never gave out such a token (or has forgotten it). */
export async function readToken(access: Access, ref: string): Promise<TokenState | undefined> {
  const response = await call(access, 'GET', 'tokens', one(ref))
  return response.status === 404 ? undefined : parse(tokenState, response, 'the state of a token')
}

export const readGrant = async (access: Access, id: string) =>
  parse(grantState, await call(access, 'GET', 'grants', one(id)), 'the state of a grant')

export const readSession = async (access: Access, uid: string) =>
  parse(sessionState, await call(access, 'GET', 'sessions', one(uid)), 'the state of a session')

export async function readClient(access: Access, id: string): Promise<z.infer<typeof clientRow> | undefined> {
  const response = await call(access, 'GET', 'clients', one(id))
  return response.status === 404 ? undefined : parse(clientRow, response, 'the state of a client')
}

/** `unsupported`: a self-contained token, nothing is kept that could be removed. `absent`: the issuer knows no such thing. */
export async function remove(
  access: Access,
  kind: Exclude<ListKind, 'clients'>,
  id: string,
): Promise<'removed' | 'unsupported' | 'absent'> {
  const response = await call(access, 'DELETE', kind, one(id))
  if (response.status === 404) return 'absent'
  if (response.status === 409) return 'unsupported'
  refuseUnless(response, `removing one of ${kind}`)
  return 'removed'
}

export async function setClient(access: Access, id: string, isEnabled: boolean): Promise<void> {
  const response = await call(access, 'PUT', 'clients', one(id), { isEnabled })
  refuseUnless(response, `switching client \`${id}\` ${isEnabled ? 'on' : 'off'}`)
}

/** `suffix`: path of one thing (`/id`) or a query (`?…`), already encoded. */
export async function call(
  { config, secrets, http, signal }: Access,
  method: 'GET' | 'DELETE' | 'PUT',
  kind: ListKind | 'events',
  suffix: string,
  body?: { isEnabled: boolean },
) {
  const token = secrets['adminToken']
  if (config.adminUrl === undefined || token === undefined) {
    throw new OidcError('ERR_OIDC_NEEDS', 'this needs the admin extension of the issuer', {
      hint: 'set `adminUrl` and the `adminToken` secret; without them only lent token values can be revoked',
    })
  }
  return http.request(`${config.adminUrl.replace(/\/+$/, '')}/${kind}${suffix}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

const one = (id: string): string => `/${encodeURIComponent(id)}`

export const hasAdmin = ({ config, secrets }: Access): boolean =>
  config.adminUrl !== undefined && secrets['adminToken'] !== undefined
