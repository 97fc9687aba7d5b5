import type { Json } from 'cordon/kit'

import { noPast, type Past } from '../kit/past.ts'

export type RepoList = 'models' | 'datasets' | 'spaces'
export type TokenRole = 'read' | 'write' | 'fineGrained'
export type User = { id: string; name: string; fullname: string; mfa: boolean; email: string }
/** A user's own: what the organisation took from it, and nothing else, it may not. */
export type Token = {
  id: string
  value: string
  user: string
  displayName: string
  role: TokenRole
  /** In the organisation, of a fine-grained token. */
  permissions: string[]
  createdMs: number
  lastUsedMs: number | null
  isRevoked: boolean
}
export type AccountToken = {
  id: string
  value: string
  displayName: string
  permissions: string[]
  createdMs: number
  lastUsedMs: number | null
}
export type Account = { id: string; name: string; createdMs: number; tokens: Map<string, AccountToken> }
export type Group = { id: string; name: string; roles: Map<string, string> }
export type Commit = { sha: string; title: string; author: string; dateMs: number }
export type Repo = {
  id: string
  list: RepoList
  name: string
  isPrivate: boolean
  gated: false | 'auto' | 'manual'
  group: string | null
  createdMs: number
  modifiedMs: number
  /** Newest first. */
  commits: Commit[]
  /** Of a Space: what its program is doing, and the names of its secrets with when they were set. */
  stage: 'RUNNING' | 'PAUSED'
  secrets: Map<string, { value: string; atMs: number }>
}
export type Entry = {
  id: string
  atMs: number
  shownAtMs: number
  type: string
  message: string
  data: Json
  by: User | null
  token: { id: string; role: string; last4: string } | null
  ip: string
}

export type Plan = 'team' | 'enterprise' | 'plus' | undefined

/** One organisation at the Hub. Maps keep the order of making. */
export type State = {
  organization: { id: string; name: string; plan: Plan }
  users: Map<string, User>
  /** Role by user id. */
  roles: Map<string, string>
  tokens: Map<string, Token>
  accounts: Map<string, Account>
  groups: Map<string, Group>
  repos: Map<string, Repo>
  audit: Entry[]
  /** Entries before all that stand in `audit`. */
  pastAudit: Past<Entry>
  /** An id never used before. */
  nextId(): string
}

export function createState(name: string): State {
  let made = 0
  const nextId = (): string => (0x65f0c0ffee000000n * 0x100000000n + BigInt(++made)).toString(16)
  return {
    organization: { id: nextId(), name, plan: 'plus' },
    users: new Map(),
    roles: new Map(),
    tokens: new Map(),
    accounts: new Map(),
    groups: new Map(),
    repos: new Map(),
    audit: [],
    pastAudit: noPast,
    nextId,
  }
}
