import { z } from 'zod'

/**
 * The part of Google's records that Cordon keeps. What is not named here never enters the log: hashed passwords that the
 * Directory API gives back, recovery addresses and phones, posts, birthdays, relations, photos.
 */
// A field that comes in another shape than before counts as absent: one odd row must not hold up the whole list.
const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)

export const customerRow = z.object({
  id: z.string(),
  customerDomain: text,
  customerCreationTime: text,
  /** Set by Cordon: clients that it asks and acts with. */
  ownClients: texts,
})
export const domainRow = z.object({ domainName: z.string(), isPrimary: flag, verified: flag, creationTime: text })
export const orgUnitRow = z.object({ orgUnitId: z.string(), orgUnitPath: text, name: text })
export const userRow = z.object({
  id: z.string(),
  primaryEmail: text,
  aliases: texts,
  name: z.object({ fullName: text }).nullish().catch(null),
  isAdmin: flag,
  isDelegatedAdmin: flag,
  suspended: flag,
  archived: flag,
  suspensionReason: text,
  creationTime: text,
  lastLoginTime: text,
  orgUnitPath: text,
  isEnrolledIn2Sv: flag,
  isEnforcedIn2Sv: flag,
  changePasswordAtNextLogin: flag,
  isMailboxSetup: flag,
  /** Set by Cordon: whether there is one, not which. */
  hasRecoveryEmail: z.boolean().default(false),
  hasRecoveryPhone: z.boolean().default(false),
  /** Set by Cordon: an administrator in whose name it asks. */
  isOwn: z.boolean().default(false),
})
export const groupRow = z.object({ id: z.string(), email: text, name: text, adminCreated: flag })
/** `type`: USER, GROUP, CUSTOMER (everybody there is) or EXTERNAL; an outsider may have no id. */
export const membersRow = z.object({
  group: z.string(),
  members: z.array(z.object({ id: text, role: text, type: text, status: text })),
})
export const roleRow = z.object({
  roleId: z.string(),
  roleName: text,
  isSuperAdminRole: flag,
  isSystemRole: flag,
  rolePrivileges: z
    .array(z.object({ privilegeName: text, serviceId: text }))
    .nullish()
    .catch(null),
})
export type RoleRow = z.infer<typeof roleRow>
export const assignmentRow = z.object({
  roleAssignmentId: z.string(),
  roleId: z.string(),
  assignedTo: z.string(),
  assigneeType: text,
  scopeType: text,
  condition: text,
  /** Set by Cordon, from the list of roles. */
  isSuper: z.boolean().default(false),
  roleName: text,
})
export const tokenRow = z.object({
  user: z.string(),
  clientId: z.string(),
  displayText: text,
  anonymous: flag,
  nativeApp: flag,
  scopes: texts,
})
/** Times are milliseconds since 1970, as text. */
export const appPasswordRow = z.object({
  user: z.string(),
  codeId: z.number(),
  name: text,
  creationTime: text,
  lastTimeUsed: text,
})
export const sharedDriveRow = z.object({
  id: z.string(),
  name: text,
  createdTime: text,
  hidden: flag,
  restrictions: z
    .object({
      domainUsersOnly: flag,
      driveMembersOnly: flag,
      adminManagedRestrictions: flag,
      copyRequiresWriterPermission: flag,
    })
    .nullish()
    .catch(null),
})
/** `holder`: the user or group behind the address, by Cordon; null for an outsider. */
export const sharedDriveMemberRow = z.object({
  drive: z.string(),
  id: z.string(),
  type: text,
  role: text,
  domain: text,
  deleted: flag,
  holder: text,
})

/** Kinds of rows by name, as the inventory puts them into its records. */
export const rowSchemas = {
  customer: customerRow,
  domains: domainRow,
  orgunits: orgUnitRow,
  users: userRow,
  groups: groupRow,
  members: membersRow,
  roles: roleRow,
  assignments: assignmentRow,
  tokens: tokenRow,
  asps: appPasswordRow,
  'shared-drives': sharedDriveRow,
  'shared-drive-members': sharedDriveMemberRow,
} as const
export type RowKind = keyof typeof rowSchemas
