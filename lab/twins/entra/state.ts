import type { KeyObject } from 'node:crypto'

import { formatTime, toHex, sha256, utf8, type Json, type JsonObject } from 'cordon/kit'

/** An object as Graph shows it; what Graph never shows (values, passwords) stands beside it. */
export type Row = JsonObject & { id: string }
export type Method = { row: Row; user: string; kind: string; code: string }
/** A sign-in that a refresh token keeps open. */
export type Session = {
  id: string
  user: string
  app: string
  refreshToken: string
  startedAtMs: number
  device: string | null
  scopes: string[]
}
/** `user` null: the app itself. `roles`: application permissions; `scopes`: delegated ones. */
export type AccessToken = {
  user: string | null
  sp: string | null
  app: string
  audience: string
  roles: string[]
  scopes: string[]
  session: string | null
  expiresAtMs: number
}

/** What a tenant holds. Maps keep the order of making, which is the order of listing. */
export type State = {
  tenant: string
  users: Map<string, Row>
  passwords: Map<string, string>
  methods: Map<string, Method>
  groups: Map<string, Row>
  members: Map<string, Set<string>>
  applications: Map<string, Row>
  appOwners: Map<string, Set<string>>
  /** Federated identity credentials by application. */
  federations: Map<string, Row[]>
  /** Public keys of token issuers elsewhere, by their address: what Microsoft would fetch from them. */
  issuers: Map<string, KeyObject>
  servicePrincipals: Map<string, Row>
  /** Values of client secrets by key id. */
  secretValues: Map<string, string>
  appRoleAssignments: Map<string, Row>
  grants: Map<string, Row>
  roleDefinitions: Map<string, Row>
  roleAssignments: Map<string, Row>
  eligible: Map<string, Row>
  devices: Map<string, Row>
  policies: Map<string, Row>
  locations: Map<string, Row>
  sessions: Map<string, Session>
  accessTokens: Map<string, AccessToken>
  /** Sign-ins of a user from before this are void: `signInSessionsValidFromDateTime`. */
  validFromMs: Map<string, number>
  /** What changed, for delta queries: object and number of the change. */
  changes: { list: 'users' | 'groups' | 'servicePrincipals'; id: string; members?: { id: string; isGone: boolean }[] }[]
  hasPremium: boolean
  /** A number never used before. */
  next(): number
}

export function createState(tenant: string): State {
  let made = 0
  return {
    tenant,
    users: new Map(),
    passwords: new Map(),
    methods: new Map(),
    groups: new Map(),
    members: new Map(),
    applications: new Map(),
    appOwners: new Map(),
    federations: new Map(),
    issuers: new Map(),
    servicePrincipals: new Map(),
    secretValues: new Map(),
    appRoleAssignments: new Map(),
    grants: new Map(),
    roleDefinitions: new Map(),
    roleAssignments: new Map(),
    eligible: new Map(),
    devices: new Map(),
    policies: new Map(),
    locations: new Map(),
    sessions: new Map(),
    accessTokens: new Map(),
    validFromMs: new Map(),
    changes: [],
    hasPremium: true,
    next: () => ++made,
  }
}

const hash = (text: string): string => toHex(sha256(utf8(text)))
export const guidOf = (text: string): string =>
  hash(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
export const newGuid = (state: State): string => guidOf(`${state.tenant} ${state.next()}`)
/** A value nobody could guess, were this not a twin: the same in each run. */
export const newValue = (state: State, kind: string): string => `${kind}.${hash(`value ${state.next()}`).slice(0, 40)}`
export const timeAt = (ms: number): string => formatTime(ms).replace(/\.\d+Z$/, 'Z')

export const textOf = (row: Json | undefined, key: string): string => {
  const value = objectOf(row)[key]
  return typeof value === 'string' ? value : ''
}
export const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
export const listOf = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.map(objectOf) : [])

/** Well-known: Microsoft Graph's own app. */
export const graphAppId = '00000003-0000-0000-c000-000000000000'
export const bySpOf = (state: State, appId: string): Row | undefined =>
  [...state.servicePrincipals.values()].find((sp) => textOf(sp, 'appId') === appId)
export const appOf = (state: State, appId: string): Row | undefined =>
  [...state.applications.values()].find((app) => textOf(app, 'appId') === appId)
export const graphOf = (state: State): Row => {
  const graph = bySpOf(state, graphAppId)
  if (graph === undefined) throw new Error('the tenant has no Microsoft Graph')
  return graph
}
