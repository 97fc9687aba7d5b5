import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

import { noPast, type Past } from '../kit/past.ts'

/** A row as OpenAI shows it; what OpenAI never shows (values) stands beside it. */
export type Row = JsonObject & { id: string }
export type Permissions = 'all' | 'read'
export type AdminKey = { row: Row; value: string; owner: string; permissions: Permissions }
/** `user` or `account` owns it. */
export type ProjectKey = {
  row: Row
  value: string
  project: string
  user: string | null
  account: string | null
  scopes: string[] | null
}
export type ModelPermissions = { mode: string; model_ids: string[] }
export type Assigned = { scope: string; principal: string; role: Row }
export type StoredKind = 'files' | 'vectorStores' | 'assistants' | 'jobs'
/** Calls of one key: `requests` of them, with so many tokens together. */
export type Call = {
  kind: string
  atMs: number
  project: string
  user: string
  key: string
  requests: number
  tokens: number
}

/** What an organisation holds. Maps keep the order of making. */
export type State = {
  organization: string
  users: Map<string, Row>
  invites: Map<string, Row>
  groups: Map<string, { row: Row; users: Set<string> }>
  assigned: Assigned[]
  projects: Map<string, Row>
  defaultProject: string
  /** Project → user → row. */
  members: Map<string, Map<string, Row>>
  projectGroups: Map<string, JsonObject[]>
  accounts: Map<string, { row: Row; project: string }>
  keys: Map<string, ProjectKey>
  adminKeys: Map<string, AdminKey>
  permissions: Map<string, ModelPermissions>
  certificates: Map<string, Row>
  stored: Record<StoredKind, { row: Row; project: string }[]>
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
    groups: new Map(),
    assigned: [],
    projects: new Map(),
    defaultProject: '',
    members: new Map(),
    projectGroups: new Map(),
    accounts: new Map(),
    keys: new Map(),
    adminKeys: new Map(),
    permissions: new Map(),
    certificates: new Map(),
    stored: { files: [], vectorStores: [], assistants: [], jobs: [] },
    calls: [],
    pastCalls: noPast,
    sessions: new Map(),
    next: () => ++made,
  }
}

export const idOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`${kind}${state.next()}`))).slice(0, 20)}`
/** A value nobody could guess, were this not a twin: the same in each run. */
export const valueOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`value ${state.next()}`))).slice(0, 48)}`
export const redacted = (value: string): string => `${value.slice(0, 10)}...${value.slice(-4)}`

export const textOf = (row: JsonObject | undefined, key: string): string => {
  const value = row?.[key]
  return typeof value === 'string' ? value : ''
}
export const objectOf = (value: unknown): JsonObject =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed JSON that is an object
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
