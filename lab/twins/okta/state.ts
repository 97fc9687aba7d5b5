import { toHex, sha256, utf8, type JsonObject } from 'cordon/kit'

/** A row as Okta shows it; what Okta never shows (values, passwords) stands beside it. */
export type Row = JsonObject & { id: string }
export type Session = { sid: string; external: string; user: string; ip: string; agent: string }
/** `client`: the app it was given to; `user`: in whose name; null: in the app's own. */
export type AccessToken = {
  id: string
  client: string
  user: string | null
  scopes: string[]
  expiresAtMs: number
  refreshId: string | null
  /** Of the org's own servers the one that gave it; null: Okta's for its own API. */
  server: string | null
}
/** A server of the org's own: its scopes, and who gets which of them. */
export type AuthorizationServer = { row: Row; scopes: Row[]; policies: { row: Row; rules: Row[] }[] }
/** A policy of sign-on with its rules, in whatever order they were made: their priorities say which is asked first. */
export type SignOnPolicy = { row: Row; rules: Row[] }
export type RefreshToken = { row: Row; value: string }
export type Assignment = { row: Row; assignee: string }
/** A session an app keeps by itself once somebody signed in to it by way of Okta. */
export type AppSession = { id: string; app: string; user: string }

/** What an org holds. Maps keep the order of making, which is Okta's order of listing. */
export type State = {
  org: string
  users: Map<string, Row>
  passwords: Map<string, string>
  groups: Map<string, Row>
  members: Map<string, Set<string>>
  apps: Map<string, Row>
  appUsers: Map<string, Map<string, Row>>
  appGroups: Map<string, Map<string, Row>>
  /** Of an app: which properties of a user's own profile fill which of the profile there. */
  mappings: Map<string, Readonly<Record<string, string>>>
  secrets: Map<string, Row[]>
  keys: Map<string, Row[]>
  grants: Map<string, Row>
  refreshTokens: Map<string, RefreshToken>
  accessTokens: Map<string, AccessToken>
  apiTokens: Map<string, { row: Row; value: string }>
  assignments: Map<string, Assignment>
  idps: Map<string, Row>
  zones: Map<string, Row>
  servers: Map<string, AuthorizationServer>
  policies: Map<string, SignOnPolicy>
  /** Policies of apps by app; the others have the default one. */
  policyOfApp: Map<string, string>
  factors: Map<string, { row: Row; user: string; passCode: string }>
  /** Ids of those, by user: a company has as many factors as people. */
  factorsOf: Map<string, Set<string>>
  sessions: Map<string, Session>
  appSessions: Map<string, AppSession>
  risks: Map<string, 'LOW' | 'MEDIUM' | 'HIGH'>
  /** Entity risk policy: HIGH signs a user out of the apps that support it. */
  hasRiskPolicy: boolean
  /** A number never used before. */
  next(): number
}

export function createState(org: string): State {
  let made = 0
  return {
    org,
    users: new Map(),
    passwords: new Map(),
    groups: new Map(),
    members: new Map(),
    apps: new Map(),
    appUsers: new Map(),
    appGroups: new Map(),
    mappings: new Map(),
    secrets: new Map(),
    keys: new Map(),
    grants: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    apiTokens: new Map(),
    assignments: new Map(),
    idps: new Map(),
    zones: new Map(),
    servers: new Map(),
    policies: new Map(),
    policyOfApp: new Map(),
    factors: new Map(),
    factorsOf: new Map(),
    sessions: new Map(),
    appSessions: new Map(),
    risks: new Map(),
    hasRiskPolicy: false,
    next: () => ++made,
  }
}

/** Okta's ids are 20 letters, the first three of which tell the kind. */
export const idOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`${kind}${state.next()}`))).slice(0, 20 - kind.length)}`
/** A value nobody could guess, were this not a twin: the same in each run. */
export const valueOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`value ${state.next()}`))).slice(0, 40)}`

export const textOf = (row: JsonObject | undefined, key: string): string => {
  const value = row?.[key]
  return typeof value === 'string' ? value : ''
}
export const statusOf = (row: JsonObject | undefined): string => textOf(row, 'status')
export const loginOf = (user: JsonObject | undefined): string => {
  const profile = user?.['profile']
  return typeof profile === 'object' && profile !== null && !Array.isArray(profile) ? textOf(profile, 'login') : ''
}
