import { sha256, toHex, utf8 } from '#kit'
import { entityId, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the UUID of the organisation, as `/v1/organizations/me` tells it.

export const nameUser = (authority: string, id: string): EntityId => entityId('identity', authority, `user/${id}`)
export const nameServiceAccount = (authority: string, id: string): EntityId =>
  entityId('identity', authority, `service-account/${id}`)
export const nameGroup = (authority: string, id: string): EntityId => entityId('identity', authority, `group/${id}`)
export const nameRole = (authority: string, role: string): EntityId => entityId('identity', authority, `role/${role}`)
/** What a key of a workspace acts as: the workspace itself, and nobody in it. */
export const nameCaller = (authority: string, workspace: string): EntityId =>
  entityId('identity', authority, `caller/${workspace}`)

/** One key has two ids: `admin_api_key_X` where it administers, `apikey_X` where it is seen at work. */
export const nameKey = (authority: string, id: string): EntityId =>
  entityId('credential', authority, `key/${id.replace(/^admin_api_key_/, 'apikey_')}`)
/**
 * By the address it went to, hashed: the log tells of an invite without its id. Whoever has the mail gets in with it, and
 * it then authenticates as the user who accepted it.
 */
export const nameInvite = (authority: string, address: string): EntityId =>
  entityId('credential', authority, `invite/${hashOf(address)}`)
export const hashOf = (address: string): string => toHex(sha256(utf8(address.trim().toLowerCase()))).slice(0, 32)

const resource = (authority: string, ...parts: readonly string[]): EntityId =>
  entityId('resource', authority, parts.join('/'))

export const nameOrganization = (authority: string): EntityId => resource(authority, 'organization')
export const nameConsole = (authority: string): EntityId => resource(authority, 'console')
export const nameWorkspace = (authority: string, id: string): EntityId => resource(authority, 'workspace', id)
/** Models called with the workspace's keys: what was sent and answered is kept by the vendor for a time. */
export const nameRequests = (authority: string, workspace: string): EntityId =>
  resource(authority, 'requests', workspace)
export const nameFile = (authority: string, id: string): EntityId => resource(authority, 'file', id)
/** What was given is a thing of its own: it is taken back, and nothing else. */
export const nameMembership = (authority: string, workspace: string, user: string): EntityId =>
  resource(authority, 'membership', workspace, user)
/** What this source can name and nobody but a person in the console can take back. */
export const nameSetting = (authority: string, noun: string, id: string): EntityId =>
  resource(authority, 'setting', noun, id)

const arities = {
  user: ['identity', 1],
  key: ['credential', 1],
  invite: ['credential', 1],
  workspace: ['resource', 1],
  membership: ['resource', 2],
} as const
export type Noun = keyof typeof arities

/** Parts of the native id behind its noun; undefined for everything else. */
export const partsOf = partsReader<Noun>(arities)
