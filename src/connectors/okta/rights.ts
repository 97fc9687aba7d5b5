import type { EdgeType } from '#model'

import type { RoleRow } from './rows.ts'

/** What a scope, a permission or a role opens: `org` is everything, else an API by the name of its scopes. */
export type Right = { type: EdgeType; api: string; note: string }
export type Evaluated = { rights: Right[]; conditional: boolean }

/** Sign-in scopes of OpenID Connect: they tell the app who the user is, and open nothing of Okta's. */
const plainScopes = new Set([
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
  'groups',
  'device_sso',
  'online_access',
])

/**
 * `okta.users.read`, `okta.users.credentials.resetPassword`: the API is what stands before the last word that names an
 * act. Scopes that end in `.self` reach the user's own record alone and are left out. Scopes of an authorization server
 * of the org's own belong to its API; what their name does not tell counts as reading.
 */
export function rightOf(scope: string, issuer: string | null): Right | undefined {
  if (plainScopes.has(scope) || scope.endsWith('.self')) return undefined
  const [, area, act = ''] = /^okta\.([A-Za-z]+)\.(.+)$/.exec(scope) ?? []
  if (area !== undefined) {
    const type = /(^|\.)manage$/.test(act) ? 'CAN_ADMIN' : /(^|\.)read$/.test(act) ? 'CAN_READ' : 'CAN_WRITE'
    return { type, api: `okta.${area}`, note: scope }
  }
  const api = apiOfIssuer(issuer)
  if (api === undefined) return { type: rightByName(scope), api: scope, note: scope }
  return { type: rightByName(scope), api, note: scope }
}

/** A scope of an authorization server of the org's own; undefined for those of sign-in. */
export const rightAtServer = (scope: string): EdgeType | undefined =>
  plainScopes.has(scope) ? undefined : rightByName(scope)

const rightByName = (scope: string): EdgeType => {
  if (/admin|manage|owner/i.test(scope)) return 'CAN_ADMIN'
  return /write|edit|create|update|delete|send/i.test(scope) ? 'CAN_WRITE' : 'CAN_READ'
}

/** `https://acme.okta.com/oauth2/aus…`: tokens of such a server are checked by resource servers themselves. */
export function apiOfIssuer(issuer: string | null): string | undefined {
  const server = /\/oauth2\/([A-Za-z0-9]+)\/?$/.exec(issuer ?? '')?.[1]
  return server === undefined ? undefined : `authorization-server/${server}`
}

const read = (...areas: string[]): Right[] =>
  areas.map((area) => ({ type: 'CAN_READ', api: `okta.${area}`, note: 'administrator' }))
const write = (...areas: string[]): Right[] =>
  areas.map((area) => ({ type: 'CAN_WRITE', api: `okta.${area}`, note: 'administrator' }))
const admin = (...areas: string[]): Right[] =>
  areas.map((area) => ({ type: 'CAN_ADMIN', api: `okta.${area}`, note: 'administrator' }))

/** Standard roles by Okta's own page "Standard administrator roles and permissions". */
const standard: Record<string, Right[]> = {
  SUPER_ADMIN: [{ type: 'CAN_ADMIN', api: 'org', note: 'administrator' }],
  ORG_ADMIN: [
    ...admin('users', 'groups', 'policies', 'networkZones', 'authenticators', 'devices'),
    ...read('apps', 'logs', 'idps'),
  ],
  APP_ADMIN: [...admin('apps', 'appGrants'), ...read('users', 'groups', 'logs')],
  USER_ADMIN: [...admin('users', 'groups'), ...read('logs')],
  HELP_DESK_ADMIN: [...write('users'), ...read('groups', 'logs')],
  GROUP_MEMBERSHIP_ADMIN: [...write('groups'), ...read('users')],
  READ_ONLY_ADMIN: read('users', 'groups', 'apps', 'logs', 'policies', 'roles', 'apiTokens', 'idps', 'networkZones'),
  REPORT_ADMIN: read('logs', 'users'),
  MOBILE_ADMIN: [...admin('devices'), ...read('users', 'groups')],
  API_ACCESS_MANAGEMENT_ADMIN: [...admin('authorizationServers'), ...write('apps'), ...read('users')],
  ACCESS_CERTIFICATIONS_ADMIN: [...admin('governance'), ...read('users', 'groups', 'apps')],
  ACCESS_REQUESTS_ADMIN: [...admin('governance'), ...read('users', 'groups')],
  WORKFLOWS_ADMIN: admin('workflows'),
}

export const roleTypes: readonly string[] = Object.keys(standard)

/**
 * What an administrator role opens. Limited to some groups or apps, or to the resource set of a custom role, the rights
 * reach some of an API and not all of it: which, Okta decides per object, so they are an upper bound (`conditional`).
 * A role Cordon does not know counts as everything, as an upper bound too.
 */
export function evaluateRole({
  type,
  targets,
  permissions,
}: Pick<RoleRow, 'type' | 'targets' | 'permissions'>): Evaluated {
  const known = standard[type]
  if (known !== undefined) return { rights: known, conditional: targets > 0 }
  const rights = permissions.flatMap((permission) => rightOf(permission, null) ?? [])
  return rights.length > 0
    ? { rights, conditional: true }
    : { rights: [{ type: 'CAN_ADMIN', api: 'org', note: type }], conditional: true }
}

/** APIs that the org contains, so that who administers the org reaches what lies in each. */
export const apis: readonly string[] = [
  ...new Set([
    ...Object.values(standard)
      .flat()
      .map(({ api }) => api),
    'okta.appGrants',
    'okta.userRisk',
    'okta.sessions',
  ]),
].filter((api) => api !== 'org')

/** Type of a standard role by the label that the log and the list of assignments both write. */
const typesByLabel: Record<string, string> = {
  'super administrator': 'SUPER_ADMIN',
  'super organization administrator': 'SUPER_ADMIN',
  'organization administrator': 'ORG_ADMIN',
  'application administrator': 'APP_ADMIN',
  'user administrator': 'USER_ADMIN',
  'group administrator': 'USER_ADMIN',
  'help desk administrator': 'HELP_DESK_ADMIN',
  'group membership administrator': 'GROUP_MEMBERSHIP_ADMIN',
  'read-only administrator': 'READ_ONLY_ADMIN',
  'read only administrator': 'READ_ONLY_ADMIN',
  'report administrator': 'REPORT_ADMIN',
  'mobile administrator': 'MOBILE_ADMIN',
  'api access management administrator': 'API_ACCESS_MANAGEMENT_ADMIN',
}
export const roleTypeOf = (label: string): string | undefined => typesByLabel[label.trim().toLowerCase()]
