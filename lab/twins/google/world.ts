import { createHash } from 'node:crypto'

import type { admin_directory_v1, admin_reports_v1 } from '@googleapis/admin'

import type { Clock } from 'cordon/kit'

import { noPast, type Past, type PastRow } from '../kit/past.ts'

export type Activity = admin_reports_v1.Schema$Activity
type Nested = { name: string; value?: string; intValue?: string; multiValue?: string[]; boolValue?: boolean }
/** Google's type lets parameters hold parameters, and those hold no more. */
type Message = { parameter: Nested[] }
type Parameter = Nested & { messageValue?: Message; multiMessageValue?: Message[] }

export type TwinUser = {
  id: string
  primaryEmail: string
  fullName: string
  suspended: boolean
  isAdmin: boolean
  isEnrolledIn2Sv: boolean
  recoveryEmail: string
  recoveryPhone: string
  passwordHash: string
  createdAtMs: number
  lastLoginMs: number
  sessions: Set<string>
  backupCodes: string[]
  appPasswords: Map<number, { name: string; hash: string; createdAtMs: number; lastUsedMs: number }>
}
export type TwinGroup = { id: string; email: string; name: string; members: Map<string, { role: string }> }
export type TwinGrant = { scopes: string[]; refresh: Set<string>; nativeApp: boolean }
export type TwinApp = { secret: string; name: string; isBlocked: boolean }
/** What a bearer token says: an app's for a user, or a delegated service account's in the name of an administrator. */
export type TwinToken = { client: string; user: string; scopes: string[]; expiresAtMs: number; isDelegated: boolean }
export type TwinPermission = {
  id: string
  type: string
  role: string
  allowFileDiscovery: boolean
  /** A folder above gives it: it cannot be taken from the file alone. */
  isInherited?: boolean
}
export type TwinFile = {
  id: string
  owner: string
  title: string
  type: string
  permissions: Map<string, TwinPermission>
}
export type TwinAssignment = { roleId: string; assignedTo: string; isGroup: boolean; orgUnitId: string | null }
export type Logged = { application: string; atMs: number; visibleAtMs: number; row: Activity }

/** How long after the act a row shows, by application; the rest at once. */
export type Lags = Readonly<Record<string, number>>
export const vendorLags: Lags = {
  admin: 2 * 60_000,
  drive: 2 * 60_000,
  gmail: 2 * 60_000,
  user_accounts: 20 * 60_000,
  groups_enterprise: 20 * 60_000,
  login: 90 * 60_000,
  saml: 90 * 60_000,
  token: 90 * 60_000,
}

export const superRole = '1001'
const accessTokenMs = 3_600_000

export type World = ReturnType<typeof createWorld>

/** A Workspace customer, its people and its apps. Everything anybody does leaves its row in the audit logs. */
export function createWorld({ clock, lags = vendorLags }: { clock: Pick<Clock, 'nowMs'>; lags?: Lags }) {
  const customer = { id: 'C01twin00', customerDomain: 'company.example' }
  const users = new Map<string, TwinUser>()
  const groups = new Map<string, TwinGroup>()
  const grants = new Map<string, TwinGrant>()
  const apps = new Map<string, TwinApp>()
  const tokens = new Map<string, TwinToken>()
  const delegations = new Map<string, { scopes: Set<string>; publicKey: string; serviceAccount: string }>()
  const assignments = new Map<string, TwinAssignment>()
  const files = new Map<string, TwinFile>()
  const log: Logged[] = []
  const past = new Map<string, Past<Activity>>()
  const roles = new Map<string, admin_directory_v1.Schema$Role>([
    [
      superRole,
      {
        kind: 'admin#directory#role',
        roleId: superRole,
        roleName: '_SEED_ADMIN_ROLE',
        isSuperAdminRole: true,
        isSystemRole: true,
        rolePrivileges: [],
      },
    ],
    [
      '1002',
      {
        kind: 'admin#directory#role',
        roleId: '1002',
        roleName: '_GROUPS_ADMIN_ROLE',
        isSuperAdminRole: false,
        isSystemRole: true,
        rolePrivileges: [{ privilegeName: 'GROUPS_ALL', serviceId: '00haapch16h1ysv' }],
      },
    ],
  ])
  let serial = 0
  const next = (): number => ++serial
  const hash = (value: string): string => createHash('sha256').update(value).digest('hex')
  let secrets = 0
  /** A value nobody could guess, were this not a twin: the same in each run. */
  const secret = (prefix: string): string => `${prefix}EXAMPLE-${hash(`secret ${++secrets}`).slice(0, 24)}`

  /** `actor`: user who did it; undefined: Google itself. */
  function tell(
    application: string,
    name: string,
    actor: TwinUser | undefined,
    parameters: Parameters,
    more: { ip?: string; app?: { oauthClientId: string; impersonation: boolean } } = {},
  ): void {
    const atMs = clock.nowMs()
    const qualifier = String(-1_000_000 - next())
    const row = activityOf(
      { application, name, parameters, customer: customer.id, atMs, qualifier },
      {
        ...(actor === undefined ? {} : { actor: { email: actor.primaryEmail, profileId: actor.id } }),
        ...(more.app === undefined
          ? {}
          : { app: { ...more.app, applicationName: apps.get(more.app.oauthClientId)?.name ?? 'service' } }),
        ...(more.ip === undefined ? {} : { ip: more.ip }),
      },
    )
    log.push({ application, atMs, visibleAtMs: atMs + (lags[application] ?? 0), row })
  }

  const userByKey = (key: string): TwinUser | undefined =>
    users.get(key) ?? [...users.values()].find(({ primaryEmail }) => primaryEmail === key.toLowerCase())
  const groupByKey = (key: string): TwinGroup | undefined =>
    groups.get(key) ?? [...groups.values()].find(({ email }) => email === key.toLowerCase())
  const grantKey = (user: string, client: string): string => `${user} ${client}`

  /** Every token of a grant ends with it. */
  function endGrant(user: string, client: string): boolean {
    for (const [value, token] of tokens)
      if (token.user === user && token.client === client && !token.isDelegated) tokens.delete(value)
    return grants.delete(grantKey(user, client))
  }

  function mint(token: Omit<TwinToken, 'expiresAtMs'>): string {
    const value = secret('ya29.')
    tokens.set(value, { ...token, expiresAtMs: clock.nowMs() + accessTokenMs })
    return value
  }

  return {
    clock,
    customer,
    users,
    groups,
    grants,
    apps,
    tokens,
    files,
    delegations,
    assignments,
    roles,
    log,
    next,
    hash,
    secret,
    tell,
    userByKey,
    groupByKey,
    grantKey,
    endGrant,
    mint,
    accessTokenMs,
    pastOf: (application: string): Past<Activity> => past.get(application) ?? noPast,
    /** What came before all that is in the log of an application; the rows there go over to whoever makes it. */
    setPast(application: string, make: (recorded: readonly PastRow<Activity>[]) => Past<Activity>): Past<Activity> {
      const recorded = log.filter((one) => one.application === application)
      const others = log.filter((one) => one.application !== application)
      log.splice(0, log.length, ...others)
      const made = make(recorded.map(({ atMs, row }) => ({ atMs, row })))
      past.set(application, made)
      return made
    },
  }
}

type Told = {
  application: string
  name: string
  parameters: Parameters
  customer: string
  atMs: number
  /** With the time it names the row, and is never given twice. */
  qualifier: string
}
type ToldBy = {
  actor?: { email: string; profileId: string }
  app?: { oauthClientId: string; impersonation: boolean; applicationName: string }
  ip?: string
}

/** A row as Google shows it. */
export function activityOf({ application, name, parameters, customer, atMs, qualifier }: Told, by: ToldBy): Activity {
  return {
    kind: 'admin#reports#activity',
    id: {
      time: new Date(atMs).toISOString(),
      uniqueQualifier: qualifier,
      applicationName: application,
      customerId: customer,
    },
    etag: `"${qualifier}"`,
    actor: { callerType: 'USER', ...by.actor, ...(by.app === undefined ? {} : { applicationInfo: by.app }) },
    ...(by.ip === undefined ? {} : { ipAddress: by.ip }),
    events: [{ type: eventTypes[application] ?? 'USER_SETTINGS', name, parameters: listOf(parameters) }],
  }
}

type Plain = string | number | boolean | string[]
type Inside = Readonly<Record<string, Plain>>
/** Inside, names have dots where more is held: `client_context.client_type`. */
export type Parameters = Readonly<Record<string, Plain | Inside>>
const plainOf = (name: string, value: Plain): Nested => {
  if (typeof value === 'string') return { name, value }
  if (typeof value === 'number') return { name, intValue: String(value) }
  return typeof value === 'boolean' ? { name, boolValue: value } : { name, multiValue: value }
}
const isInside = (value: Plain | Inside): value is Inside => typeof value === 'object' && !Array.isArray(value)
const listOf = (parameters: Parameters): Parameter[] =>
  Object.entries(parameters).map(([name, value]) =>
    isInside(value)
      ? { name, messageValue: { parameter: Object.entries(value).map(([inner, held]) => plainOf(inner, held)) } }
      : plainOf(name, value),
  )

const eventTypes: Record<string, string> = {
  login: 'login',
  token: 'auth',
  drive: 'access',
  gmail: 'delivery_type',
  user_accounts: '2sv_change',
  admin: 'USER_SETTINGS',
}
