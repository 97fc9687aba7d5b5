import { entityId, nativeOf, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the customer id (`C0…`): domains can be renamed, added and sold.

export const nameUser = (authority: string, id: string): EntityId => entityId('identity', authority, id)
export const nameGroup = (authority: string, id: string): EntityId => entityId('identity', authority, `group/${id}`)
export const nameRole = (authority: string, id: string): EntityId => entityId('identity', authority, `role/${id}`)
/**
 * A user as far as one app, or one app password, may act in their name. It has the rights of its scopes, which are less
 * than the user's.
 */
export const nameActing = (authority: string, user: string, via: string): EntityId =>
  entityId('identity', authority, `acting/${user}/${via}`)
export const nameApp = (authority: string, client: string): EntityId => entityId('app', authority, client)

const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))

export const nameOrg = (authority: string): EntityId => resource(authority, 'org')
/** What an administrator's privilege opens: `accounts`, `groups`, … */
export const nameAdmin = (authority: string, area: string): EntityId => resource(authority, 'admin', area)
/** All that is a user's; inside it `mail`, `drive`, `calendar`, … */
export const nameUserData = (authority: string, user: string): EntityId => resource(authority, 'data', user)
export const nameData = (authority: string, user: string, area: string): EntityId =>
  resource(authority, 'data', user, area)
/** The log names a file's owner by address alone; the inventory says whose address it is. */
export const nameDriveOf = (authority: string, address: string): EntityId =>
  resource(authority, 'drive-of', address.toLowerCase())
export const nameSharedDrive = (authority: string, id: string): EntityId => resource(authority, 'shared-drive', id)
export const nameSignIn = (authority: string, app: string): EntityId => resource(authority, 'sign-in', app)

/** Memberships, roles given and recovery data are things of their own: what an attacker adds is removed, and nothing else. */
export const nameMembership = (authority: string, group: string, member: string): EntityId =>
  resource(authority, 'membership', group, member)
/** `role`: id of the role, or `super` for the super administrator's. */
export const nameRoleAssignment = (authority: string, assignee: string, role: string): EntityId =>
  resource(authority, 'role-assignment', assignee, role)
export const nameRecovery = (authority: string, user: string): EntityId => resource(authority, 'recovery', user)
export const nameFactors = (authority: string, user: string): EntityId => resource(authority, 'factors', user)
/** That whoever has the link opens a file of this user. Files are told of by their drive, but for these. */
export const nameLink = (authority: string, owner: string, file: string): EntityId =>
  resource(authority, 'link', owner, file)
export const nameForwarding = (authority: string, user: string): EntityId => resource(authority, 'forwarding', user)

const credential = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('credential', authority, parts.join('/'))

export const namePassword = (authority: string, user: string): EntityId => credential(authority, 'password', user)
/** Google neither lists sessions nor names one in its log: all web sessions of a user are one. */
export const nameSessions = (authority: string, user: string): EntityId => credential(authority, 'session', user)
export const nameGrant = (authority: string, user: string, client: string): EntityId =>
  credential(authority, 'grant', user, client)
export const nameAppPassword = (authority: string, user: string, code: string): EntityId =>
  credential(authority, 'asp', user, code)
export const nameBackupCodes = (authority: string, user: string): EntityId =>
  credential(authority, 'backup-codes', user)
/** That any user may let the app in (again). While this stands, taking grants away is not the end. */
export const nameConsent = (authority: string, client: string): EntityId => credential(authority, 'consent', client)
/** Domain-wide delegation: the client may act as any user. */
export const nameDelegation = (authority: string, client: string): EntityId =>
  credential(authority, 'delegation', client)

const arities = {
  password: 1,
  session: 1,
  grant: 2,
  asp: 2,
  'backup-codes': 1,
  consent: 1,
  delegation: 1,
  membership: 2,
  'role-assignment': 2,
  recovery: 1,
  factors: 1,
  link: 2,
} as const
export type Noun = keyof typeof arities

/** Parts behind the noun; undefined when the entity is no such thing. */
export const partsOf = partsReader<Noun>(arities)

const isUserId = (id: string): boolean => /^\d{5,30}$/.test(id)

/** User behind an identity; undefined for groups, roles and what acts in a user's name. */
export function userOf(entity: EntityId): string | undefined {
  const native = nativeOf(entity)
  return entity.startsWith('identity:') && isUserId(native) ? native : undefined
}

/** Client behind an app. */
export const clientOf = (entity: EntityId): string | undefined =>
  entity.startsWith('app:') ? nativeOf(entity) : undefined

/** All that the customer knows a client as. */
export const namesOfClient = (authority: string, client: string): EntityId[] => [
  nameApp(authority, client),
  nameDelegation(authority, client),
  nameConsent(authority, client),
]
