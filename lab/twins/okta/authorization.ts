import { formatTime, type JsonObject } from 'cordon/kit'

import { absent, ok, paged } from './answers.ts'
import { idOf, statusOf, textOf, type AuthorizationServer, type Row } from './state.ts'
import { objectOf, type Handler, type Handlers, type Org } from './users.ts'

const withServer =
  (handle: (server: AuthorizationServer, call: Parameters<Handler>[1]) => ReturnType<Handler>): Handler =>
  ({ state }, call) => {
    const server = state.servers.get(call.params['authServerId'] ?? '')
    return server === undefined ? absent() : handle(server, call)
  }

export const authorizationHandlers: Handlers = {
  listAuthorizationServers: ({ state }, call) =>
    paged(
      call,
      [...state.servers.values()].map(({ row }) => row),
    ),
  listOAuth2Scopes: withServer(({ scopes }, call) => paged(call, scopes)),
  listAuthorizationServerPolicies: withServer(({ policies }) => ok(policies.map(({ row }) => row))),
  listAuthorizationServerPolicyRules: withServer(({ policies }, { params }) => {
    const policy = policies.find(({ row }) => row.id === params['policyId'])
    return policy === undefined ? absent() : ok(policy.rules)
  }),
}

/** `id` given: one that others know beforehand. */
export function makeServer(
  { state, nowMs }: Org,
  issuer: string,
  name: string,
  scopes: readonly string[],
  id = idOf(state, 'aus'),
): AuthorizationServer {
  const made = formatTime(nowMs())
  const row: Row = {
    id,
    name,
    audiences: [audienceOf(name)],
    issuer: `${issuer}/oauth2/${id}`,
    issuerMode: 'ORG_URL',
    status: 'ACTIVE',
    created: made,
    lastUpdated: made,
  }
  const scopeRows = ['openid', 'offline_access', ...scopes].map((scope): Row => ({
    id: idOf(state, 'scp'),
    name: scope,
    system: !scopes.includes(scope),
    default: false,
  }))
  const server: AuthorizationServer = { row, scopes: scopeRows, policies: [] }
  state.servers.set(id, server)
  return server
}
export const audienceOf = (name: string): string => `api://${name}`

/** What policies and rules have in common: they are asked in the order of their priority, the first that fits decides. */
const inOrder = (
  { state, nowMs }: Org,
  prefix: string,
  type: string,
  name: string,
  before: readonly unknown[],
): Row => ({
  id: idOf(state, prefix),
  type,
  name,
  status: 'ACTIVE',
  priority: before.length + 1,
  system: false,
  created: formatTime(nowMs()),
  lastUpdated: formatTime(nowMs()),
})

/** `clients`: ids of apps, or `ALL_CLIENTS`. */
export function makePolicy(org: Org, server: AuthorizationServer, name: string, clients: string[]) {
  const row: Row = {
    ...inOrder(org, '00p', 'OAUTH_AUTHORIZATION_POLICY', name, server.policies),
    conditions: { clients: { include: clients } },
  }
  const policy: AuthorizationServer['policies'][number] = { row, rules: [] }
  server.policies.push(policy)
  return policy
}

/** `scopes`: names, or `*`; `groups`: ids, or `EVERYONE`. */
export type RuleGiven = { grantTypes: string[]; scopes: string[]; groups?: string[]; users?: string[]; hook?: string }
export function makeRule(
  org: Org,
  policy: AuthorizationServer['policies'][number],
  name: string,
  { grantTypes, scopes, groups = ['EVERYONE'], users = [], hook }: RuleGiven,
): Row {
  const row: Row = {
    ...inOrder(org, '0pr', 'RESOURCE_ACCESS', name, policy.rules),
    conditions: {
      people: { users: { include: users }, groups: { include: groups } },
      grantTypes: { include: grantTypes },
      scopes: { include: scopes },
    },
    actions: { token: { accessTokenLifetimeMinutes: 60, ...(hook === undefined ? {} : { inlineHook: { id: hook } }) } },
  }
  policy.rules.push(row)
  return row
}

type Asked = { client: string; grantType: string; scopes: readonly string[]; user: string | null }

/**
 * The first policy for the client whose first rule fits the grant, the person and every scope: by Okta's page "Access
 * policies". The person counts only where there is one.
 */
export function isAllowed({ state }: Org, { row, scopes, policies }: AuthorizationServer, asked: Asked): boolean {
  const known = new Set(scopes.map((scope) => textOf(scope, 'name')))
  if (statusOf(row) !== 'ACTIVE' || !asked.scopes.every((scope) => known.has(scope))) return false
  return policies.some((policy) => {
    const clients = includeOf(policy.row, 'clients')
    const isFor = clients.includes('ALL_CLIENTS') || clients.includes(asked.client)
    return statusOf(policy.row) === 'ACTIVE' && isFor && policy.rules.some((rule) => fits(state.members, rule, asked))
  })
}

function fits(members: ReadonlyMap<string, ReadonlySet<string>>, rule: Row, asked: Asked): boolean {
  const scopes = includeOf(rule, 'scopes')
  if (statusOf(rule) !== 'ACTIVE' || !includeOf(rule, 'grantTypes').includes(asked.grantType)) return false
  // An inline hook may still refuse; the hook of this twin refuses everybody.
  if (hookOf(rule) !== '') return false
  if (!scopes.includes('*') && !asked.scopes.every((scope) => scopes.includes(scope))) return false
  if (asked.user === null) return true
  const { user } = asked
  const groups = includeOf(rule, 'people', 'groups')
  return (
    includeOf(rule, 'people', 'users').includes(user) ||
    groups.includes('EVERYONE') ||
    groups.some((group) => members.get(group)?.has(user) === true)
  )
}

function includeOf(row: Row, ...path: readonly string[]): string[] {
  const found = path.reduce<JsonObject>((at, key) => objectOf(at[key]), objectOf(row['conditions']))
  return Array.isArray(found['include']) ? found['include'].map(String) : []
}
const hookOf = (rule: Row): string => textOf(objectOf(objectOf(objectOf(rule['actions'])['token'])['inlineHook']), 'id')
