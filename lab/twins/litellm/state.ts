import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

export type Key = {
  token: string
  key_alias: string | null
  user_id: string | null
  team_id: string | null
  models: string[]
  allowed_routes: string[]
  blocked: boolean | null
  expires: string | null
  created_at: string
  created_by: string
  updated_at: string
  settings_updated_at: string
  last_active: string | null
  spend: number
}
export type User = { user_id: string; user_role: string; teams: string[]; models: string[]; created_at: string }
export type Team = {
  team_id: string
  team_alias: string
  members_with_roles: { user_id: string; role: string }[]
  models: string[]
  blocked: boolean
  created_at: string
  updated_at: string
}
/** `address`: where what is sent to it goes, the key with it. */
export type Deployment = {
  id: string
  model_name: string
  model: string
  provider: string
  address: string
  upstreamKey: string
  credential: string | null
  isStored: boolean
  blocked: boolean
  created_at: string
  created_by: string
  updated_at: string
}
/** What a provider's server got. */
export type Delivery = { deployment: string; address: string; key: string }
export type Deleted = Key & { deleted_at: string }

export type State = {
  masterKey: string
  keys: Map<string, Key>
  deleted: Map<string, Deleted>
  users: Map<string, User>
  teams: Map<string, Team>
  organizations: JsonObject[]
  deployments: Map<string, Deployment>
  credentials: Map<string, { provider: string; values: Record<string, string> }>
  mcpServers: JsonObject[]
  guardrails: JsonObject[]
  deliveries: Delivery[]
  /** Calls led to deployments, which take turns. */
  led: number
  /** A number never used before. */
  next(): number
}

export const adminName = 'default_user_id'

export function createState(): State {
  let made = 0
  return {
    masterKey: 'sk-EXAMPLE-master-key',
    keys: new Map(),
    deleted: new Map(),
    users: new Map(),
    teams: new Map(),
    organizations: [],
    deployments: new Map(),
    credentials: new Map(),
    mcpServers: [],
    guardrails: [],
    deliveries: [],
    led: 0,
    next: () => ++made,
  }
}

/** LiteLLM's name for a key. */
export const hashOf = (value: string): string => toHex(sha256(utf8(value)))
/** A value nobody could guess, were this not a twin: the same in each run. */
export const valueOf = (state: State): string =>
  `sk-EXAMPLE${toHex(sha256(utf8(`value ${state.next()}`))).slice(0, 22)}`
export const idOf = (state: State, kind: string): string =>
  `${kind}-${toHex(sha256(utf8(`${kind} ${state.next()}`))).slice(0, 12)}`
