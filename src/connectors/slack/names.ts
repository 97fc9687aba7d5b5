import { entityId, nativeOf, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the organisation (`E…`) on an Enterprise plan, else the workspace (`T…`). Both never change; domains do.

export const nameIdentity = (authority: string, id: string): EntityId => entityId('identity', authority, id)
export const nameApp = (authority: string, id: string): EntityId => entityId('app', authority, id)

const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))
const credential = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('credential', authority, parts.join('/'))

export const nameOrg = (authority: string): EntityId => resource(authority, 'org')
export const nameWorkspace = (authority: string, team: string): EntityId => resource(authority, 'workspace', team)
/** What a group of scopes opens: `messages`, `files`, `users`, … */
export const nameArea = (authority: string, area: string): EntityId => resource(authority, 'area', area)
export const nameChannel = (authority: string, id: string): EntityId => resource(authority, 'channel', id)
export const nameFile = (authority: string, id: string): EntityId => resource(authority, 'file', id)
export const nameIdp = (authority: string, id: string): EntityId => resource(authority, 'idp', id)

/** Things an attacker adds, each of its own: they can be named, and taken back, without the thing they hang on. */
export const nameRoleAssignment = (authority: string, user: string, role: string): EntityId =>
  resource(authority, 'role-assignment', user, role)
export const nameConnection = (authority: string, channel: string): EntityId =>
  resource(authority, 'connection', channel)
export const namePublicLink = (authority: string, file: string): EntityId => resource(authority, 'public-link', file)

export const nameSession = (authority: string, user: string, session: string): EntityId =>
  credential(authority, 'session', user, session)
export const nameBotToken = (authority: string, app: string): EntityId => credential(authority, 'bot-token', app)
export const nameUserToken = (authority: string, app: string, user: string): EntityId =>
  credential(authority, 'user-token', app, user)

const arities = { session: 2, 'bot-token': 1, 'user-token': 2 } as const
export type Noun = keyof typeof arities

/** Parts behind the noun; undefined when the entity is no such thing. */
export const partsOf = partsReader<Noun>(arities)

export const isUserId = (id: string): boolean => /^[UW][A-Z0-9]{2,30}$/.test(id)
export const isAppId = (id: string): boolean => /^A[A-Z0-9]{2,30}$/.test(id)

/** User behind an identity; undefined for apps and user groups. */
export function userOf(entity: EntityId): string | undefined {
  const native = nativeOf(entity)
  return entity.startsWith('identity:') && isUserId(native) ? native : undefined
}

/** App behind an app entity or behind the identity it acts as. */
export function appOf(entity: EntityId): string | undefined {
  const native = nativeOf(entity)
  return /^(app|identity):/.test(entity) && isAppId(native) ? native : undefined
}

/** All that the organisation knows an app as. */
export const namesOfApp = (authority: string, app: string): EntityId[] => [
  nameApp(authority, app),
  nameIdentity(authority, app),
]
