import { z } from 'zod'

/**
 * The part of Graph's objects that Cordon keeps: what is not named here never enters the log. Graph shows no value of a
 * secret or a password, but the first letters of a secret, as a hint: they, certificates and phone numbers are left out.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)

export const orgRow = z.object({ id: z.string(), displayName: text, plan: text })
export const userRow = z.object({
  id: z.string(),
  displayName: text,
  userPrincipalName: text,
  mail: text,
  accountEnabled: flag,
  userType: text,
  createdDateTime: text,
  lastPasswordChangeDateTime: text,
  onPremisesSyncEnabled: flag,
  externalUserState: text,
  signInActivity: z.object({ lastSignInDateTime: text, lastNonInteractiveSignInDateTime: text }).nullish().catch(null),
})
export const registrationRow = z.object({
  id: z.string(),
  isAdmin: flag,
  isMfaRegistered: flag,
  methodsRegistered: texts,
})
export const groupRow = z.object({
  id: z.string(),
  displayName: text,
  createdDateTime: text,
  securityEnabled: flag,
  groupTypes: texts,
  isAssignableToRole: flag,
  onPremisesSyncEnabled: flag,
  visibility: text,
})
const object = z.object({ '@odata.type': text, id: z.string() })
export const membersRow = z.object({ group: z.string(), members: z.array(object) })
const key = z.object({
  keyId: z.string(),
  displayName: text,
  startDateTime: text,
  endDateTime: text,
})
const keys = z.array(key).nullish().catch(null)
export const applicationRow = z.object({
  id: z.string(),
  appId: z.string(),
  displayName: text,
  createdDateTime: text,
  signInAudience: text,
  publisherDomain: text,
  passwordCredentials: keys,
  keyCredentials: keys,
  owners: z.array(object).nullish().catch(null),
  /** Set by Cordon: id of its service principal here. */
  sp: text,
  /** Set by Cordon: the app that this source itself uses. */
  isOwn: z.boolean().default(false),
})
/** One trust of one application. */
export const federationRow = z.object({
  id: z.string(),
  name: z.string(),
  issuer: text,
  subject: text,
  audiences: texts,
  /** Set by Cordon: object id and client id of the application, and id of its service principal here. */
  application: z.string(),
  appId: z.string(),
  appName: text,
  sp: text,
  isOwn: z.boolean().default(false),
})
export const spRow = z.object({
  id: z.string(),
  /** Told of what is more than a service principal: an agent's identity (Graph, "agentIdentity resource type"). */
  '@odata.type': text,
  appId: z.string(),
  displayName: text,
  createdDateTime: text,
  accountEnabled: flag,
  servicePrincipalType: text,
  appOwnerOrganizationId: text,
  publisherName: text,
  verifiedPublisher: z.object({ displayName: text }).nullish().catch(null),
  appRoleAssignmentRequired: flag,
  passwordCredentials: keys,
  keyCredentials: keys,
  isOwn: z.boolean().default(false),
})
export const appRoleRow = z.object({
  id: z.string(),
  appRoleId: z.string(),
  createdDateTime: text,
  principalId: z.string(),
  principalType: text,
  principalDisplayName: text,
  resourceId: z.string(),
  resourceDisplayName: text,
  /** Set by Cordon, of the resource: its client id, and the name of the role. */
  resourceAppId: text,
  value: text,
  isOwn: z.boolean().default(false),
})
export const grantRow = z.object({
  id: z.string(),
  clientId: z.string(),
  consentType: text,
  principalId: text,
  resourceId: z.string(),
  scope: text,
  /** Set by Cordon: client ids of both. */
  clientAppId: text,
  resourceAppId: text,
})
export const roleDefinitionRow = z.object({
  id: z.string(),
  templateId: text,
  displayName: text,
  isBuiltIn: flag,
  isEnabled: flag,
  /** Set by Cordon: what it allows, in Microsoft's words. */
  actions: z.array(z.string()).default([]),
})
export const roleAssignmentRow = z.object({
  id: z.string(),
  principalId: z.string(),
  roleDefinitionId: z.string(),
  directoryScopeId: text,
  principal: object.nullish().catch(null),
  /** Set by Cordon: eligible only, until it is activated. */
  isEligible: z.boolean().default(false),
  startDateTime: text,
})
export const deviceRow = z.object({
  id: z.string(),
  deviceId: text,
  displayName: text,
  accountEnabled: flag,
  operatingSystem: text,
  trustType: text,
  isCompliant: flag,
  isManaged: flag,
  registrationDateTime: text,
  approximateLastSignInDateTime: text,
})
const guests = z.object({ guestOrExternalUserTypes: text }).nullish().catch(null)
const filter = z.object({ mode: text }).nullish().catch(null)
/**
 * Of what a policy depends on all that is held against somebody's sign-in. A part that came in another shape is `null`, as one
 * that is not there: `conditions` as a whole then, of which nothing is known any more.
 */
const ids = z.array(z.string()).nullish()
export const policyRow = z.object({
  id: z.string(),
  displayName: text,
  state: text,
  createdDateTime: text,
  modifiedDateTime: text,
  conditions: z
    .object({
      users: z
        .object({
          includeUsers: ids,
          excludeUsers: ids,
          includeGroups: ids,
          excludeGroups: ids,
          includeRoles: ids,
          excludeRoles: ids,
          includeGuestsOrExternalUsers: guests,
          excludeGuestsOrExternalUsers: guests,
        })
        .nullish(),
      applications: z
        .object({
          includeApplications: ids,
          excludeApplications: ids,
          includeUserActions: ids,
          includeAuthenticationContextClassReferences: ids,
          applicationFilter: filter,
        })
        .nullish(),
      locations: z.object({ includeLocations: ids, excludeLocations: ids }).nullish(),
      platforms: z.object({ includePlatforms: ids, excludePlatforms: ids }).nullish(),
      clientAppTypes: ids,
      clientApplications: z.object({ includeServicePrincipals: ids }).nullish(),
      authenticationFlows: z.object({ transferMethods: z.string().nullish() }).nullish(),
      devices: z.object({ deviceFilter: filter }).nullish(),
      signInRiskLevels: ids,
      userRiskLevels: ids,
      insiderRiskLevels: z.string().nullish(),
    })
    .nullish()
    .catch(null),
  grantControls: z
    .object({
      operator: text,
      builtInControls: ids,
      customAuthenticationFactors: ids,
      termsOfUse: ids,
      authenticationStrength: z.object({ requirementsSatisfied: text }).nullish(),
    })
    .nullish()
    .catch({ operator: null, builtInControls: ['unknown'] }),
})
export type PolicyRow = z.output<typeof policyRow>
/** Set by Cordon: whether any policy is on; Microsoft's own defaults are off then. */
export const signInDefaultRow = z.object({ id: z.string(), isAnyEnabled: z.boolean() })
export const locationRow = z.object({
  id: z.string(),
  '@odata.type': text,
  displayName: text,
  createdDateTime: text,
  modifiedDateTime: text,
  isTrusted: flag,
  ipRanges: z
    .array(z.object({ cidrAddress: text }))
    .nullish()
    .catch(null),
})

/** Kinds of rows by name, as the inventory puts them into its records. */
export const rowSchemas = {
  org: orgRow,
  users: userRow,
  registrations: registrationRow,
  groups: groupRow,
  members: membersRow,
  applications: applicationRow,
  federations: federationRow,
  sps: spRow,
  'app-roles': appRoleRow,
  grants: grantRow,
  'role-definitions': roleDefinitionRow,
  'role-assignments': roleAssignmentRow,
  devices: deviceRow,
  policies: policyRow,
  'sign-in-default': signInDefaultRow,
  locations: locationRow,
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }
export type KeyRow = z.infer<typeof key>

export const signInRow = z.object({
  id: z.string(),
  createdDateTime: z.string(),
  correlationId: text,
  userId: text,
  userPrincipalName: text,
  userDisplayName: text,
  servicePrincipalId: text,
  servicePrincipalName: text,
  servicePrincipalCredentialKeyId: text,
  appId: text,
  appDisplayName: text,
  resourceId: text,
  resourceDisplayName: text,
  ipAddress: text,
  userAgent: text,
  isInteractive: flag,
  signInEventTypes: texts,
  sessionId: text,
  riskLevelDuringSignIn: text,
  conditionalAccessStatus: text,
  authenticationProtocol: text,
  status: z
    .object({ errorCode: z.number().nullish().catch(null), failureReason: text })
    .nullish()
    .catch(null),
})
export type SignIn = z.infer<typeof signInRow>

const change = z.object({ displayName: text, oldValue: text, newValue: text })
const target = z.object({
  id: text,
  displayName: text,
  type: text,
  userPrincipalName: text,
  modifiedProperties: z.array(change).nullish().catch(null),
})
export type Target = z.infer<typeof target>
export const auditRow = z.object({
  id: z.string(),
  activityDateTime: z.string(),
  activityDisplayName: z.string(),
  category: text,
  correlationId: text,
  result: text,
  resultReason: text,
  operationType: text,
  loggedByService: text,
  initiatedBy: z
    .object({
      user: z.object({ id: text, displayName: text, userPrincipalName: text, ipAddress: text }).nullish().catch(null),
      app: z.object({ appId: text, displayName: text, servicePrincipalId: text }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  targetResources: z.array(target).nullish().catch(null),
  additionalDetails: z
    .array(z.object({ key: text, value: text }))
    .nullish()
    .catch(null),
})
export type Audit = z.infer<typeof auditRow>
