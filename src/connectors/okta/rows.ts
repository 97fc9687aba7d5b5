import { z } from 'zod'

import { policyAppRow, policyRow, policyRuleRow } from './policy-rows.ts'

/**
 * The part of Okta's records that Cordon keeps. What is not named here never enters the log: recovery questions, phone
 * numbers, the shared secret of a factor that is being set up, and the client secrets that this API gives in clear.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const time = text
const texts = z.array(z.string()).nullish().catch(null)
const flag = z.boolean().nullish().catch(null)

export const userRow = z.object({
  id: z.string(),
  status: text,
  created: time,
  lastLogin: time,
  passwordChanged: time,
  profile: z
    .object({ login: text, email: text, firstName: text, lastName: text, userType: text, employeeNumber: text })
    .nullish()
    .catch(null),
  credentials: z
    .object({ provider: z.object({ type: text, name: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
  /** Set by Cordon from its configuration, for the actions that serve such users alone. */
  isLoggedOutByRisk: z.boolean().default(false),
  isPasswordExpirable: z.boolean().default(false),
})
export const groupRow = z.object({
  id: z.string(),
  type: text,
  created: time,
  profile: z.object({ name: text }).nullish().catch(null),
})
export const membersRow = z.object({ group: z.string(), users: z.array(z.string()) })
export const appRow = z.object({
  id: z.string(),
  name: text,
  label: text,
  status: text,
  created: time,
  signOnMode: text,
  universalLogout: z.object({ status: text, supportType: text, protocol: text }).nullish().catch(null),
  credentials: z
    .object({ oauthClient: z.object({ client_id: text, token_endpoint_auth_method: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
  settings: z
    .object({ oauthClient: z.object({ grant_types: texts, application_type: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
  /** Set by Cordon: the app that this source itself uses. */
  isOwn: z.boolean().default(false),
})
export const assignmentsRow = z.object({
  app: z.string(),
  users: z.array(z.object({ id: z.string(), created: time })).default([]),
  groups: z.array(z.string()).default([]),
})
/** `secretSha256`: made by the connector of the value Okta shows; a fingerprint once it is behind the intake. */
export const secretRow = z.object({
  app: z.string(),
  id: z.string(),
  status: text,
  created: time,
  secretSha256: text,
  /** Set by Cordon: how many other secrets the app has; Okta does not deactivate the only one. */
  siblings: z.number().default(0),
  isOwn: z.boolean().default(false),
})
export const keyRow = z.object({
  app: z.string(),
  id: z.string(),
  kid: text,
  status: text,
  created: time,
  isOwn: z.boolean().default(false),
})
export const grantRow = z.object({
  app: z.string(),
  id: z.string(),
  clientId: text,
  scopeId: z.string(),
  issuer: text,
  source: text,
  status: text,
  userId: text,
  created: time,
  createdBy: z.object({ id: text, type: text }).nullish().catch(null),
})
/** Set by Cordon: which factors of somebody are active, none included. */
export const enrolmentRow = z.object({ user: z.string(), types: z.array(z.string()) })
export const tokenRow = z.object({
  app: z.string(),
  id: z.string(),
  clientId: z.string(),
  userId: z.string(),
  issuer: text,
  status: text,
  scopes: texts,
  created: time,
  lastUpdated: time,
  expiresAt: time,
})
export const apiTokenRow = z.object({
  id: z.string(),
  name: text,
  userId: z.string(),
  clientName: text,
  created: time,
  lastUpdated: time,
  expiresAt: time,
  network: z.object({ connection: text }).nullish().catch(null),
})
export const roleRow = z.object({
  assignee: z.string(),
  id: z.string(),
  type: z.string(),
  label: text,
  status: text,
  created: time,
  assignmentType: text,
  role: text,
  'resource-set': text,
  /** Set by Cordon: how many groups or apps the role is limited to; 0: the whole org. */
  targets: z.number().default(0),
  /** Set by Cordon, of custom roles. */
  permissions: z.array(z.string()).default([]),
})
export type RoleRow = z.infer<typeof roleRow>
export const idpRow = z.object({
  id: z.string(),
  name: text,
  type: text,
  status: text,
  created: time,
  issuerMode: text,
})
export const zoneRow = z.object({
  id: z.string(),
  name: text,
  type: text,
  status: text,
  usage: text,
  created: time,
  system: flag,
  /** Of zones of addresses; in the others a place is told by what else it has. */
  gateways: z
    .array(z.object({ type: text, value: text }))
    .nullish()
    .catch(null),
  /** A list, or what is in it and what is not; `untold`: it has another shape. */
  asns: z
    .union([z.array(z.string()), z.object({ include: z.array(z.string()).nullish() }), z.literal('untold')])
    .nullish()
    .catch('untold'),
})
export const authServerRow = z.object({
  id: z.string(),
  name: text,
  audiences: texts,
  issuer: text,
  status: text,
  created: time,
})
/** One rule with the policy and the server it stands in, written by the connector. `hook`: id of an inline hook, or empty. */
export const authRuleRow = z.object({
  server: z.string(),
  id: z.string(),
  name: text,
  enabled: z.boolean(),
  clients: z.array(z.string()),
  grantTypes: z.array(z.string()),
  scopes: z.array(z.string()),
  users: z.array(z.string()),
  groups: z.array(z.string()),
  hook: z.string(),
})
export const factorRow = z.object({
  user: z.string(),
  id: z.string(),
  factorType: z.string(),
  provider: text,
  vendorName: text,
  status: text,
  created: time,
})
export const orgRow = z.object({ id: z.string(), pipeline: text })

/** Kinds of rows by name, as the inventory puts them into its records. */
export const rowSchemas = {
  org: orgRow,
  users: userRow,
  groups: groupRow,
  members: membersRow,
  apps: appRow,
  assignments: assignmentsRow,
  secrets: secretRow,
  keys: keyRow,
  grants: grantRow,
  tokens: tokenRow,
  'api-tokens': apiTokenRow,
  roles: roleRow,
  idps: idpRow,
  zones: zoneRow,
  factors: factorRow,
  enrolments: enrolmentRow,
  'auth-servers': authServerRow,
  'auth-rules': authRuleRow,
  policies: policyRow,
  'policy-rules': policyRuleRow,
  'policy-apps': policyAppRow,
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** Label of a role as both the inventory and the log write it, fit for an entity id. */
export const roleKey = (label: string): string => encodeURIComponent(label.trim().toLowerCase())

/** One actor, client or target of a log event. */
const party = z.object({
  id: text,
  type: text,
  alternateId: text,
  displayName: text,
  detailEntry: z.record(z.string(), z.unknown()).nullish().catch(null),
})
export type Party = z.infer<typeof party>

/** An address is shown in many forms by those who forward events; only the raw API's own is read. */
export const logEvent = z.object({
  uuid: z.string(),
  eventType: z.string(),
  published: z.string(),
  displayMessage: text,
  severity: text,
  actor: party.nullish(),
  client: z
    .object({
      id: text,
      ipAddress: text,
      userAgent: z.object({ rawUserAgent: text }).nullish().catch(null),
      geographicalContext: z.object({ country: text }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  authenticationContext: z
    .object({ externalSessionId: text, rootSessionId: text, credentialType: text })
    .nullish()
    .catch(null),
  outcome: z.object({ result: text, reason: text }).nullish().catch(null),
  target: z.array(party).nullish(),
  securityContext: z.object({ isProxy: flag, asOrg: text, asNumber: z.number().nullish() }).nullish().catch(null),
  transaction: z
    .object({ id: text, detail: z.object({ requestApiTokenId: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
  debugContext: z
    .object({ debugData: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(null),
})
export type LogEvent = z.infer<typeof logEvent>
