import { entityId, parseEntityId, type EntityId } from '#model'

// The authority is the id of the organisation (`org-…`); ids of users, keys and projects are unique in all of OpenAI.

export const nameUser = (authority: string, id: string): EntityId => entityId('identity', authority, `user/${id}`)
/**
 * A user as far as one project lets them: what a project key of theirs is. It opens neither the console nor another
 * project, and who takes over the user does not thereby learn its value, which is shown once.
 */
export const nameUserIn = (authority: string, id: string, project: string): EntityId =>
  entityId('identity', authority, `user/${id}/in/${project}`)
export const nameServiceAccount = (authority: string, id: string): EntityId =>
  entityId('identity', authority, `service-account/${id}`)
export const nameGroup = (authority: string, id: string): EntityId => entityId('identity', authority, `group/${id}`)
/** `owner` is the one that administers everything, and what an admin key is. */
export const nameRole = (authority: string, role: string): EntityId => entityId('identity', authority, `role/${role}`)
/** Project keys and admin keys: the log tells them by one kind of id, without saying which they are. */
export const nameKey = (authority: string, id: string): EntityId => entityId('credential', authority, `key/${id}`)

const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))

export const nameOrganization = (authority: string): EntityId => resource(authority, 'organization')
export const nameConsole = (authority: string): EntityId => resource(authority, 'console')
export const nameProject = (authority: string, id: string): EntityId => resource(authority, 'project', id)
/** Models called with the project's keys: what was sent and answered is kept by the vendor for a time. */
export const nameRequests = (authority: string, project: string): EntityId => resource(authority, 'requests', project)
/** `kind`: `file`, `model`, `vector-store`, `assistant`, `fine-tuning-job`. */
export const nameStored = (authority: string, kind: string, id: string): EntityId => resource(authority, kind, id)

/** Whoever has the mail gets in with it: a credential, which authenticates as the user who accepted it. */
export const nameInvite = (authority: string, id: string): EntityId => entityId('credential', authority, `invite/${id}`)

/** What an attacker gives is a thing of its own: it is taken back, and nothing else. */
export const nameMembership = (authority: string, project: string, user: string): EntityId =>
  resource(authority, 'membership', project, user)
/** `scope`: the organisation or a project; `principal`: a user or a group. */
export const nameRoleAssignment = (authority: string, scope: string, principal: string, role: string): EntityId =>
  resource(authority, 'role-assignment', scope, principal, role)
/** What this source can name and nobody but a person in the console can take back. */
export const nameSetting = (authority: string, noun: string, id: string): EntityId =>
  resource(authority, 'setting', noun, id)

/** Keys and service accounts are asked for by their project: where it is known, the target of an action says so. */
export function within(entity: EntityId, project: unknown): EntityId {
  const parts = parseEntityId(entity)
  return parts === undefined || typeof project !== 'string' || project === ''
    ? entity
    : entityId(parts.kind, parts.authority, `${parts.native}/in/${project}`)
}

const patterns = {
  user: /^identity user\/([^/]+)$/,
  'service-account': /^identity service-account\/([^/]+)(?:\/in\/([^/]+))?$/,
  key: /^credential key\/([^/]+)(?:\/in\/([^/]+))?$/,
  project: /^resource project\/([^/]+)$/,
  invite: /^credential invite\/([^/]+)$/,
  membership: /^resource membership\/([^/]+)\/([^/]+)$/,
  'role-assignment': /^resource role-assignment\/([^/]+)\/([^/]+)\/(.+)$/,
} as const
export type Noun = keyof typeof patterns
type Parts = [first: string, second: string | undefined, third: string | undefined]

/** Parts of the native id behind its noun; undefined for everything else. */
export function partsOf(noun: Noun, entity: EntityId): Parts | undefined {
  const parsed = parseEntityId(entity)
  const [, first, second, third] = patterns[noun].exec(`${parsed?.kind} ${parsed?.native}`) ?? []
  return first === undefined ? undefined : [first, second, third]
}
