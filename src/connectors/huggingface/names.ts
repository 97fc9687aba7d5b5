import { entityId, type EntityId } from '#model'
import { partsReader } from '#sources/contract'

// The authority is the organisation's id, as `whoami-v2` tells it: its name is in every address, and may change hands.

export const nameUser = (authority: string, id: string): EntityId => entityId('identity', authority, `user/${id}`)
export const nameAccount = (authority: string, id: string): EntityId =>
  entityId('identity', authority, `service-account/${id}`)
/** Whom an administrator of the organisation is a member of. */
export const nameAdmins = (authority: string): EntityId => entityId('identity', authority, 'role/admin')

/** A user's access token. */
export const nameToken = (authority: string, id: string): EntityId => entityId('credential', authority, `token/${id}`)
/** A service account's: only by way of the account can it be deleted. */
export const nameAccountToken = (authority: string, account: string, id: string): EntityId =>
  entityId('credential', authority, `account-token/${account}/${id}`)
export const nameSecret = (authority: string, space: string, key: string): EntityId =>
  entityId('credential', authority, `secret/${space}/${key}`)

const resource = (authority: string, native: string): EntityId => entityId('resource', authority, native)
export const nameOrganization = (authority: string): EntityId => resource(authority, 'organization')
/** What is in no resource group: every member's role holds for it. */
export const nameOpen = (authority: string): EntityId => resource(authority, 'repositories')
export const nameGroup = (authority: string, id: string): EntityId => resource(authority, `group/${id}`)
/** Models, datasets and Spaces: one series of ids. */
export const nameRepo = (authority: string, id: string): EntityId => resource(authority, `repo/${id}`)

const arities = {
  user: ['identity', 1],
  'service-account': ['identity', 1],
  token: ['credential', 1],
  'account-token': ['credential', 2],
  repo: ['resource', 1],
} as const
export type Noun = keyof typeof arities

/** Parts of the native id behind its noun; undefined for everything else. */
export const partsOf = partsReader<Noun>(arities)
