import { z } from 'zod'

import { isJsonObject, isObject, parseOwnJson, sha256, toHex, type Json, type JsonObject } from '#kit'
import {
  freshParts,
  keptRows,
  readAnswer,
  readInsideOrBlind,
  readUnlessGone,
  type Part,
  type PartsSeen,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { directoryUses, scopesToSee, type SeeUse } from './auth.ts'
import {
  call,
  find,
  keysOf,
  listAll,
  listPage,
  pathOf,
  readOrg,
  rowsOf,
  segment,
  textAt,
  type Listed,
} from './client.ts'
import { ownClients, type OktaConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 30 * 60_000
export const factorsEveryMs = 12 * 3_600_000
const pageRows = 200
/** Groups and apps come with what is inside them, one after the other; their ids travel in the cursor meanwhile. */
const parentRows = 50

type Context = PullContext<OktaConfig>

const part = keptRows(rowSchemas)
const answer = (parts: readonly Json[][], next: string | null, seen: PartsSeen = freshParts()): SnapshotRows => {
  return { rows: parts.flat(), next, ...seen }
}
/** What is inside of groups and apps: some takes scopes of its own, and one group or app may be kept from us. */
const inside = {
  members: { of: 'groups/members', what: 'members of a group are', untold: [] },
  assignments: { of: 'apps/assignments', what: 'assignments to an app are', untold: [] },
  keys: { of: 'apps/keys', what: 'secrets and keys of an app are', untold: ['keys', 'key-use'] },
  tokens: { of: 'apps/tokens', what: 'refresh tokens of an app are', untold: ['grants', 'grant-use'] },
  roles: { of: 'roles', what: 'roles are', untold: ['administrators', 'program-rights'] },
  grants: { of: 'apps/grants', what: 'grants to apps are', untold: ['grants', 'grant-use', 'program-rights'] },
} as const

/** What a list of groups or apps has still to be asked about, and the page after it. */
type Walk = { queue: Parent[]; after: string | null }
/** Rows of one part of a parent; none where it may not be read. */
type Ask = (part: Part, read: () => Promise<Json[]>) => Promise<Json[]>
type Parent = { id: string; client: string; method: string; isService: boolean }

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = {
  org: async (context) => answer([part('org', [await readOrg(context)])], null),
  users,
  groups: walked('groups', `/api/v1/groups?limit=${parentRows}`, 'the list of groups', insideGroup),
  apps: walked('apps', `/api/v1/apps?limit=${parentRows}`, 'the list of apps', insideApp),
  'api-tokens': plain('api-tokens', 'apiTokens', '/api/v1/api-tokens', 'the list of API tokens'),
  administrators,
  idps: plain('idps', 'idps', `/api/v1/idps?limit=${pageRows}`, 'the list of identity providers'),
  zones: plain('zones', 'zones', `/api/v1/zones?limit=${pageRows}`, 'the list of network zones'),
}

function plain(kind: RowKind, as: SeeUse, path: string, what: string) {
  return async (context: Context, next: string | null): Promise<SnapshotRows> => {
    const listed = await listPage(context, as, next ?? path, what)
    return answer([part(kind, listed.rows)], listed.next)
  }
}

async function users(context: Context, next: string | null): Promise<SnapshotRows> {
  const { universalLogoutByRisk: isLoggedOutByRisk, expirePasswords: isPasswordExpirable } = context.config
  const path = next ?? `/api/v1/users?limit=${pageRows}`
  const listed = await listPage(context, 'users', path, 'the list of users')
  const rows = listed.rows.map((user) => ({ ...user, isLoggedOutByRisk, isPasswordExpirable }))
  return answer([part('users', rows)], listed.next)
}

/** A page of parents first, then what is inside each of them. */
function walked(
  kind: 'groups' | 'apps',
  path: string,
  what: string,
  within: (context: Context, parent: Parent, ask: Ask) => Promise<Json[][]>,
) {
  return async (context: Context, next: string | null): Promise<SnapshotRows> => {
    const walk: Walk = next === null ? { queue: [], after: path } : parseOwnJson<Walk>(next)
    const [parent, ...queue] = walk.queue
    const left = (rest: Walk): string | null =>
      rest.queue.length === 0 && rest.after === null ? null : JSON.stringify(rest)
    if (parent !== undefined) {
      const seen = freshParts()
      const isThere = async () =>
        (await find(context, kind, z.json(), `/api/v1/${kind}/${segment(parent.id)}`, 'what a list named')) !==
        undefined
      const ask: Ask = (what, read) => readInsideOrBlind(seen, { ...what, thing: parent.id }, [], isThere, read)
      const parts = await readUnlessGone([], isThere, () => within(context, parent, ask))
      return answer(parts, left({ queue, after: walk.after }), seen)
    }
    const listed: Listed = await listPage(context, kind, walk.after ?? path, what)
    const own = ownClients(context.config)
    const rows = listed.rows.map((row) => (kind === 'apps' ? { ...row, isOwn: own.includes(clientIdOf(row)) } : row))
    return answer([part(kind, rows)], left({ queue: listed.rows.map(parentOf), after: listed.next }))
  }
}

const parentOf = (row: JsonObject): Parent => ({
  id: textAt(row, 'id'),
  client: clientIdOf(row),
  method: textAt(oauthOf(row, 'credentials'), 'token_endpoint_auth_method'),
  isService: JSON.stringify(oauthOf(row, 'settings')['grant_types'] ?? []).includes('client_credentials'),
})
const clientIdOf = (app: JsonObject): string => textAt(oauthOf(app, 'credentials'), 'client_id')
function oauthOf(app: JsonObject, place: 'credentials' | 'settings'): JsonObject {
  const held = app[place]
  const client = isJsonObject(held) ? held['oauthClient'] : undefined
  return isJsonObject(client) ? client : {}
}

async function insideGroup(context: Context, { id: group }: Parent, ask: Ask): Promise<Json[][]> {
  const base = `/api/v1/groups/${segment(group)}`
  const members = async () => {
    const users = await listAll(context, 'groups', `${base}/users?limit=${pageRows}`, 'the members of a group')
    return part('members', [{ group, users: users.map((user) => textAt(user, 'id')) }])
  }
  return [await ask(inside.members, members), await ask(inside.roles, () => rolesAt(context, group, base))]
}

async function insideApp(context: Context, app: Parent, ask: Ask): Promise<Json[][]> {
  const base = `/api/v1/apps/${segment(app.id)}`
  const list = (path: string, what: string, as: SeeUse = 'apps') => listAll(context, as, `${base}${path}`, what)
  const assignments = async () => {
    const users = await list('/users?limit=500', 'the users of an app')
    const groups = await list(`/groups?limit=${pageRows}`, 'the groups of an app')
    return part('assignments', [
      {
        app: app.id,
        // Assignments by way of a group are the group's: it is stated once, and its members beside it.
        users: users.filter(({ scope }) => scope === 'USER'),
        groups: groups.map((group) => textAt(group, 'id')),
      },
    ])
  }
  const parts = [await ask(inside.assignments, assignments)]
  if (app.client === '') return parts
  const mark = { app: app.id, isOwn: ownClients(context.config).includes(app.client) }
  const marked = (rows: readonly JsonObject[]): JsonObject[] => rows.map((row) => ({ ...row, ...mark }))
  const secrets = async () => {
    const held = await list('/credentials/secrets', 'the secrets of an app')
    const siblings = held.length - 1
    return part('secrets', marked(held.map((secret) => ({ ...hashed(secret), siblings }))))
  }
  const keys = async () => part('keys', marked(await keysOf(context, 'apps', `${base}/credentials/jwks`)))
  if (app.method.startsWith('client_secret')) parts.push(await ask(inside.keys, secrets))
  if (app.method === 'private_key_jwt') parts.push(await ask(inside.keys, keys))
  const ofApp = (rows: readonly JsonObject[]): JsonObject[] => rows.map((row) => ({ ...row, app: app.id }))
  const grants = async () => part('grants', ofApp(await list('/grants', 'the grants of an app', 'appGrants')))
  const tokens = async () =>
    part('tokens', ofApp(await list(`/tokens?limit=${pageRows}`, 'the refresh tokens of an app')))
  parts.push(await ask(inside.grants, grants), await ask(inside.tokens, tokens))
  if (app.isService) {
    const client = `/oauth2/v1/clients/${segment(app.client)}`
    parts.push(await ask(inside.roles, () => rolesAt(context, app.client, client, app.id)))
  }
  return parts
}

/** Okta shows client secrets in clear: only their hash goes on, and joins them with what hosts report. */
function hashed({ client_secret: value, ...secret }: JsonObject): JsonObject {
  return { ...secret, secretSha256: typeof value === 'string' ? `sha256:${toHex(sha256(value))}` : null }
}

const assignees = z.object({
  value: z.array(z.object({ id: z.string() })).default([]),
  _links: z.object({ next: z.object({ href: z.string() }).nullish() }).nullish(),
})

/** This one list comes inside an object, with its `next` link in the body. */
async function administrators(context: Context, next: string | null): Promise<SnapshotRows> {
  const response = await call(context, 'roles', 'GET', next ?? '/api/v1/iam/assignees/users?limit=100')
  const { value, _links: links } = readAnswer(assignees, response, 'the list of administrators')
  const parts: Json[][] = []
  for (const { id } of value) parts.push(await rolesAt(context, id, `/api/v1/users/${segment(id)}`))
  return answer(parts, pathOf(context, links?.next?.href ?? null))
}

/** Roles of a user, a group or a client, with what they are limited to and what custom ones permit. */
async function rolesAt(context: Context, assignee: string, base: string, named = assignee): Promise<Json[]> {
  const list = (expand: string) => listAll(context, 'roles', `${base}/roles${expand}`, 'the roles of an administrator')
  const canExpand = !base.startsWith('/oauth2/')
  const roles = await list(canExpand ? '?expand=targets/groups' : '')
  const hasApps = canExpand && roles.some(({ type }) => type === 'APP_ADMIN')
  const withApps = hasApps ? await list('?expand=targets/catalog/apps') : []
  const rows: JsonObject[] = []
  for (const role of roles) {
    const custom = textAt(role, 'role')
    const sameWithApps = withApps.find(({ id }) => id === role['id']) ?? {}
    rows.push({
      ...role,
      assignee: named,
      targets: targetsOf(role) + targetsOf(sameWithApps),
      permissions: custom === '' ? [] : await permissionsOf(context, custom),
    })
  }
  return part('roles', rows)
}

function targetsOf(role: JsonObject): number {
  const embedded = role['_embedded']
  const targets = isObject(embedded) ? embedded['targets'] : undefined
  if (!isObject(targets)) return 0
  const catalog = targets['catalog']
  const held = [targets['groups'], isObject(catalog) ? catalog['apps'] : undefined]
  return held.reduce<number>((count, list) => count + (Array.isArray(list) ? list.length : 0), 0)
}

const permissionList = z.object({ permissions: z.array(z.object({ label: z.string() })).default([]) })

async function permissionsOf(context: Context, role: string): Promise<string[]> {
  const response = await call(context, 'roles', 'GET', `/api/v1/iam/roles/${segment(role)}/permissions`)
  if (response.status === 404) return []
  return readAnswer(permissionList, response, 'the permissions of a role').permissions.map(({ label }) => label)
}

export const directory: SnapshotStream<OktaConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  // Whom rules of sign-in are about hangs on who is in which group.
  tells: [
    'keys',
    'key-use',
    'grants',
    'grant-use',
    'administrators',
    'sign-in-times',
    'program-rights',
    'sign-in-rules',
  ],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: scopesToSee(...directoryUses),
  untold: {
    org: [],
    users: ['sign-in-times'],
    groups: ['sign-in-rules'],
    apps: ['keys', 'key-use', 'grants', 'grant-use', 'program-rights'],
    'api-tokens': ['keys', 'key-use'],
    administrators: ['administrators', 'program-rights'],
    idps: [],
    zones: [],
  },
  requestsPerRun: 40,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}

/** One call for each user: seldom, and apart, so that it holds up nothing else. */
export const factors: SnapshotStream<OktaConfig> = {
  name: 'factors',
  kind: 'snapshot',
  delayMs: { typical: factorsEveryMs / 2, worst: factorsEveryMs * 2 },
  everyMs: factorsEveryMs,
  tells: ['factors'],
  covers: ['identities'],
  scopes: scopesToSee('factors'),
  requestsPerRun: 1_005,
  lists: () => ['factors'],
  async page(context, _, next) {
    const path = next ?? `/api/v1/users?limit=${parentRows}`
    const listed = await listPage(context, 'factors', path, 'the list of users')
    const rows: JsonObject[] = []
    const enrolments: JsonObject[] = []
    for (const user of listed.rows) {
      if (['DEPROVISIONED', 'STAGED'].includes(textAt(user, 'status'))) continue
      const response = await call(context, 'factors', 'GET', `/api/v1/users/${segment(textAt(user, 'id'))}/factors`)
      if (response.status === 404) continue
      const enrolled = rowsOf(readAnswer(z.json(), response, 'the factors of a user'), 'the factors of a user')
      rows.push(...enrolled.map((factor) => ({ ...factor, user: textAt(user, 'id') })))
      const active = enrolled.filter(({ status }) => status === 'ACTIVE')
      enrolments.push({ user: textAt(user, 'id'), types: active.map((factor) => textAt(factor, 'factorType')) })
    }
    return answer([part('factors', rows), part('enrolments', enrolments)], listed.next)
  },
}
