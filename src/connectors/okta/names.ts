import { authorityOf, entityId, nativeOf, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the id of the org (`00o…`): domains can be renamed and added, and each of them leads to the same org.

export const nameIdentity = (authority: string, id: string): EntityId => entityId('identity', authority, id)
export const nameApp = (authority: string, id: string): EntityId => entityId('app', authority, id)
export const nameRole = (authority: string, role: string): EntityId => entityId('identity', authority, `role/${role}`)
/** What a client gets in its own name, by client credentials; not what it holds in the name of users. */
export const nameClient = (authority: string, app: string): EntityId => nameRole(authority, `client/${app}`)
/** `ALL_CLIENTS` and `EVERYONE` of authorization policies. */
export const nameAnyClient = (authority: string): EntityId => nameRole(authority, 'any-client')
export const nameEveryone = (authority: string): EntityId => nameRole(authority, 'everyone')

export const nameOrg = (authority: string): EntityId => entityId('resource', authority, 'org')
/** What a group of Okta's scopes opens: `okta.users`, or an authorization server with scopes of its own. */
export const nameApi = (authority: string, api: string): EntityId => entityId('resource', authority, `api/${api}`)
/** Signing in to an app, which is not administering it. */
export const nameSignIn = (authority: string, app: string): EntityId => entityId('resource', authority, `app/${app}`)
export const nameAppSettings = (authority: string, app: string): EntityId =>
  entityId('resource', authority, `app-settings/${app}`)
export const nameIdp = (authority: string, id: string): EntityId => entityId('resource', authority, `idp/${id}`)
export const namePolicy = (authority: string, id: string): EntityId => entityId('resource', authority, `policy/${id}`)
export const namePolicyRule = (authority: string, policy: string, id: string): EntityId =>
  entityId('resource', authority, `policy/${policy}/rule/${id}`)
export const nameZone = (authority: string, id: string): EntityId => entityId('resource', authority, `zone/${id}`)

const credential = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('credential', authority, parts.join('/'))

export const namePassword = (authority: string, user: string): EntityId => credential(authority, 'password', user)
/** `external`: the log's stand-in for the session id, which itself never leaves Okta. */
export const nameSession = (authority: string, user: string, external: string): EntityId =>
  credential(authority, 'session', user, external)
export const nameFactor = (authority: string, user: string, id: string): EntityId =>
  credential(authority, 'factor', user, id)
export const nameApiToken = (authority: string, id: string): EntityId => credential(authority, 'api-token', id)
export const nameGrant = (authority: string, user: string, id: string): EntityId =>
  credential(authority, 'grant', user, id)
/** What an administrator let an app do in its own name. */
export const nameAppGrant = (authority: string, app: string, id: string): EntityId =>
  credential(authority, 'app-grant', app, id)
export const nameRefreshToken = (authority: string, user: string, client: string, id: string): EntityId =>
  credential(authority, 'refresh-token', user, client, id)
export const nameAccessToken = (authority: string, id: string): EntityId => credential(authority, 'access-token', id)
export const nameClientSecret = (authority: string, app: string, id: string): EntityId =>
  credential(authority, 'client-secret', app, id)
export const nameClientKey = (authority: string, app: string, id: string): EntityId =>
  credential(authority, 'client-key', app, id)

/** A membership or a role given is a thing of its own: what an attacker adds is removed, and nothing else. */
export const nameMembership = (authority: string, group: string, user: string): EntityId =>
  entityId('resource', authority, `membership/${group}/${user}`)
/** `assignee`: user, group or client. `role`: type of a standard role, `label=…` for another. */
export const nameRoleAssignment = (authority: string, assignee: string, role: string): EntityId =>
  entityId('resource', authority, `role-assignment/${assignee}/${role}`)

/** A user's own place in an app, not one by way of a group. */
export const nameAssignment = (authority: string, app: string, user: string): EntityId =>
  entityId('resource', authority, `assignment/${app}/${user}`)

/** `fp:k1.abc…`, as the intake leaves hashes behind. Undefined for text that was not scrubbed. */
export function nameFingerprint(text: string): EntityId | undefined {
  const fingerprint = /^fp:([^:\s]+)$/.exec(text)?.[1]
  return fingerprint === undefined ? undefined : entityId('credential', 'fp', fingerprint)
}

const arities = {
  password: 1,
  session: 2,
  factor: 2,
  'api-token': 1,
  grant: 2,
  'app-grant': 2,
  'refresh-token': 3,
  'access-token': 1,
  'client-secret': 2,
  'client-key': 2,
  membership: 2,
  'role-assignment': 2,
  assignment: 2,
  idp: 1,
  zone: 1,
} as const
export type Noun = keyof typeof arities

/** Parts behind the noun; undefined when the entity is no such thing. */
export const partsOf = partsReader<Noun>(arities)

/** Okta's user ids begin with `00u`, group ids with `00g`, app ids with `0oa`. */
export const isUserId = (id: string): boolean => /^00u[A-Za-z0-9]{1,40}$/.test(id)
export const isGroupId = (id: string): boolean => /^00g[A-Za-z0-9]{1,40}$/.test(id)
export const isAppId = (id: string): boolean => /^0oa[A-Za-z0-9]{1,40}$/.test(id)

/** User behind an identity; undefined for groups, roles and apps. */
export function userOf(entity: EntityId): string | undefined {
  if (!entity.startsWith('identity:')) return undefined
  const native = nativeOf(entity)
  return isUserId(native) ? native : undefined
}

/** App behind an app entity or behind the identity of a service app. */
export function appOf(entity: EntityId): string | undefined {
  if (!/^(app|identity):/.test(entity)) return undefined
  const native = nativeOf(entity)
  return isAppId(native) ? native : undefined
}

/** All that the org knows a client as. */
export const namesOfClient = (authority: string, client: string): EntityId[] => [
  nameApp(authority, client),
  nameIdentity(authority, client),
]

export const siblingIdentity = (entity: EntityId, id: string): EntityId => nameIdentity(authorityOf(entity), id)

/** Where the log names a thing by no id, its time stands for it: the action finds what was made then. */
export const nameByTime = (atMs: number): string => `at=${atMs}`
export function timeIn(id: string): number | undefined {
  const ms = /^at=(\d{1,16})$/.exec(id)?.[1]
  return ms === undefined ? undefined : Number(ms)
}
