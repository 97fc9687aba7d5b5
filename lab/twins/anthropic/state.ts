import type { BetaFileMetadata } from '@anthropic-ai/sdk/resources/beta/files'
import type { BetaAPIKey } from '@anthropic-ai/sdk/resources/beta/organization/api-keys'
import type { BetaOrganizationInvite } from '@anthropic-ai/sdk/resources/beta/organization/invites'
import type { BetaOrganizationUser } from '@anthropic-ai/sdk/resources/beta/organization/users'
import type {
  BetaWorkspace,
  BetaWorkspaceMember,
} from '@anthropic-ai/sdk/resources/beta/organization/workspaces/workspaces'

import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { noPast, type Past } from '../kit/past.ts'

// INVARIANT: rows are of the types of Anthropic's own client, so that the compiler holds the twin's answers to them.
export type User = BetaOrganizationUser
export type Invite = BetaOrganizationInvite
export type Workspace = BetaWorkspace
export type Member = BetaWorkspaceMember
export type Key = { row: BetaAPIKey; value: string; canListModels: boolean }
export type StoredFile = { row: BetaFileMetadata; workspace: string }
/** No API shows these. */
export type AdminKey = { id: string; name: string; value: string; hasFeed: boolean }
export type Call = { atMs: number; workspace: string; key: string; tokens: number }

export type State = {
  organization: string
  users: Map<string, User>
  invites: Map<string, Invite>
  workspaces: Map<string, Workspace>
  /** Workspace → user → row. */
  members: Map<string, Map<string, Member>>
  keys: Map<string, Key>
  adminKeys: Map<string, AdminKey>
  files: Map<string, StoredFile>
  calls: Call[]
  /** Calls before all that stand in `calls`. */
  pastCalls: Past<Call>
  /** Cookies of people in the console. */
  sessions: Map<string, string>
  next(): number
}

export function createState(organization: string): State {
  let made = 0
  return {
    organization,
    users: new Map(),
    invites: new Map(),
    workspaces: new Map(),
    members: new Map(),
    keys: new Map(),
    adminKeys: new Map(),
    files: new Map(),
    calls: [],
    pastCalls: noPast,
    sessions: new Map(),
    next: () => ++made,
  }
}

export const idOf = (state: State, kind: string): string =>
  `${kind}01${toHex(sha256(utf8(`${kind}${state.next()}`))).slice(0, 22)}`
/** A value nobody could guess, were this not a twin: the same in each run. */
export const valueOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`value ${state.next()}`))).slice(0, 48)}`
export const hintOf = (value: string): string => `${value.slice(0, 16)}...${value.slice(-4)}`

export const textOf = (row: JsonObject, key: string): string => {
  const value = row[key]
  return typeof value === 'string' ? value : ''
}
export const objectOf = (value: unknown): JsonObject =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed JSON that is an object
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
