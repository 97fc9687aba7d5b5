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
/** What is in any resource group. */
export const nameGrouped = (authority: string): EntityId => resource(authority, 'grouped-repositories')
export const nameGroup = (authority: string, id: string): EntityId => resource(authority, `group/${id}`)
/** Models, datasets and Spaces: one series of ids. */
export const nameRepo = (authority: string, id: string): EntityId => resource(authority, `repo/${id}`)
export const nameRevision = (authority: string, repo: string, sha: string): EntityId =>
  resource(authority, `revision/${repo}/${sha}`)

/** What runs of a Space; its files are a repository like any other. */
export const nameSpace = (authority: string, id: string): EntityId => entityId('host', authority, `space/${id}`)
/** What the program of a Space may read: whoever may change the program has it, too, and who only reads its files has not. */
export const nameProgram = (authority: string, space: string): EntityId => resource(authority, `program/${space}`)
/** Of all Spaces in no resource group, of those in any, and of those in one. */
export const nameOpenPrograms = (authority: string): EntityId => resource(authority, 'programs')
export const nameGroupedPrograms = (authority: string): EntityId => resource(authority, 'grouped-programs')
export const nameGroupPrograms = (authority: string, group: string): EntityId =>
  resource(authority, `group-programs/${group}`)

const arities = {
  user: ['identity', 1],
  'service-account': ['identity', 1],
  token: ['credential', 1],
  'account-token': ['credential', 2],
  repo: ['resource', 1],
  revision: ['resource', 2],
  space: ['host', 1],
} as const
export type Noun = keyof typeof arities

/** Parts of the native id behind its noun; undefined for everything else. */
export const partsOf = partsReader<Noun>(arities)
