import { entityId, nativeOf, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the tenant's id. Objects have GUIDs that are never given anew; what kind they are stands before them.

/** Kinds of objects that can be given something: `user/…`, `group/…`, `sp/…` (an app as this tenant knows it). */
export type Principal = 'user' | 'group' | 'sp'

export const namePrincipal = (authority: string, kind: Principal, id: string): EntityId =>
  entityId('identity', authority, `${kind}/${id}`)
export const nameUser = (authority: string, id: string): EntityId => namePrincipal(authority, 'user', id)
/** A registered application by client id: it signs in as its service principal. */
export const nameRegistration = (authority: string, appId: string): EntityId =>
  entityId('identity', authority, `app/${appId}`)
export const nameApp = (authority: string, appId: string): EntityId => entityId('app', authority, appId)
export const nameRole = (authority: string, template: string): EntityId =>
  entityId('identity', authority, `role/${template}`)

const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))
const credential = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('credential', authority, parts.join('/'))

export const nameTenant = (authority: string): EntityId => resource(authority, 'tenant')
/** An API by the client id of the app that offers it; `area`: what one kind of its permissions opens (`Mail`). */
export const nameApi = (authority: string, appId: string, area?: string): EntityId =>
  area === undefined ? resource(authority, 'api', appId) : resource(authority, 'api', appId, area)
export const nameDevice = (authority: string, id: string): EntityId => resource(authority, 'device', id)
export const namePolicy = (authority: string, id: string): EntityId => resource(authority, 'policy', id)
export const nameLocation = (authority: string, id: string): EntityId => resource(authority, 'location', id)
export const nameDomain = (authority: string, domain: string): EntityId => resource(authority, 'domain', domain)

/** What was given is a thing of its own: what an attacker gave is taken back, and nothing else. */
export const nameMembership = (authority: string, group: string, member: string): EntityId =>
  resource(authority, 'membership', group, member)
export const nameRoleAssignment = (authority: string, principal: string, template: string): EntityId =>
  resource(authority, 'role-assignment', principal, template)
export const nameAppRole = (authority: string, principal: string, api: string, role: string): EntityId =>
  resource(authority, 'app-role', principal, api, role)
export const nameOwnership = (authority: string, application: string, owner: string): EntityId =>
  resource(authority, 'owner', application, owner)

export const namePassword = (authority: string, user: string): EntityId => credential(authority, 'password', user)
export const nameSession = (authority: string, user: string, id: string): EntityId =>
  credential(authority, 'session', user, id)
/** All access tokens of one session, or of one app, for one API: each is known by no name but in its own text. */
export const nameTokens = (authority: string, holder: string, of: string, api: string): EntityId =>
  credential(authority, 'tokens', holder, of, api)
export const nameMethod = (authority: string, user: string, id: string): EntityId =>
  credential(authority, 'method', user, id)

/** Where a secret or a certificate stands: at the application, or at its service principal. */
export type Holder = 'application' | 'sp'
export const nameSecret = (authority: string, holder: Holder, object: string, keyId: string): EntityId =>
  credential(authority, 'secret', holder, object, keyId)
export const nameCertificate = (authority: string, holder: Holder, object: string, keyId: string): EntityId =>
  credential(authority, 'certificate', holder, object, keyId)
/**
 * Trust in somebody outside, by its name in the application, which is never changed: what undo adds again is the same one,
 * though Microsoft gives it another id.
 */
export const nameFederation = (authority: string, application: string, name: string): EntityId =>
  credential(authority, 'federated-credential', application, name)
/** Somebody outside, as a trust here calls them. */
export const nameOutsider = (authority: string, issuer: string, subject: string): EntityId =>
  entityId('identity', authority, `trusted/${issuer}/${subject}`)
/** What a user, or an administrator for `all`, let an app do in their name. One for each three: scopes are added to it. */
export const nameGrant = (authority: string, client: string, principal: string, api: string): EntityId =>
  credential(authority, 'grant', client, principal, api)

const arities = {
  password: 1,
  session: 2,
  method: 2,
  secret: 3,
  certificate: 3,
  grant: 3,
  'federated-credential': 2,
  device: 1,
  membership: 2,
  'role-assignment': 2,
  'app-role': 3,
  owner: 2,
} as const
export type Noun = keyof typeof arities

/** Parts behind the noun; undefined when the entity is no such thing. */
export const partsOf = partsReader<Noun>(arities)

/** Id of a user, group or service principal behind an identity; undefined for everything else. */
export function principalIn(kind: Principal, entity: EntityId): string | undefined {
  if (!entity.startsWith('identity:')) return undefined
  const [, noun, id] = principalNative.exec(nativeOf(entity)) ?? []
  return noun === kind ? id : undefined
}

const principalNative = /^(user|group|sp)\/([0-9A-Za-z-]+)$/
/** Client id behind an app or a registration. */
export function clientIn(entity: EntityId): string | undefined {
  if (entity.startsWith('app:')) return nativeOf(entity)
  return entity.startsWith('identity:') ? /^app\/([0-9A-Za-z-]+)$/.exec(nativeOf(entity))?.[1] : undefined
}

/** All that a configuration knows an own app as; its service principal the inventory states as `own`. */
export const namesOfClient = (authority: string, appId: string): EntityId[] => [
  nameApp(authority, appId),
  nameRegistration(authority, appId),
]

/** `#microsoft.graph.user` */
export function principalKind(type: string | null | undefined): Principal | undefined {
  const name = /^(?:#microsoft\.graph\.)?(\w+)$/.exec(type ?? '')?.[1]?.toLowerCase()
  return name === 'user' ? 'user' : name === 'group' ? 'group' : name === 'serviceprincipal' ? 'sp' : undefined
}

/** Where the log names a thing by no id, its time stands for it: the action finds what was made then. */
export const nameByTime = (atMs: number): string => `at=${atMs}`
export function timeIn(id: string): number | undefined {
  const ms = /^at=(\d{1,16})$/.exec(id)?.[1]
  return ms === undefined ? undefined : Number(ms)
}
