import type { EdgeType } from '#model'

import { graphAppId } from './client.ts'

/** What a permission opens: the whole tenant, or what one kind of permissions of an API is about. */
export type Right = { type: EdgeType; area: string | null; note: string }
export type Evaluated = { rights: Right[]; conditional: boolean }

/** Sign-in scopes of OpenID Connect: they tell the app who the user is, and open nothing. */
const plainScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/**
 * Application permissions with which an app gives itself, or somebody, everything else: roles, permissions of apps, a
 * secret of any app, a pass for any user.
 */
const takeover: ReadonlySet<string> = new Set([
  'RoleManagement.ReadWrite.Directory',
  'RoleAssignmentSchedule.ReadWrite.Directory',
  'RoleEligibilitySchedule.ReadWrite.Directory',
  'AppRoleAssignment.ReadWrite.All',
  'Application.ReadWrite.All',
])

/** Graph, and the directory's API before it, which takes the same permissions. */
const directoryApis: ReadonlySet<string> = new Set([graphAppId, '00000002-0000-0000-c000-000000000000'])

const typeOf = (words: string): EdgeType => {
  if (/FullControl|Manage|full_access/i.test(words)) return 'CAN_ADMIN'
  if (/Write|Send|Create|Invite|Enable|Revoke|Export|AccessAsUser|Initiate|Delete/i.test(words)) return 'CAN_WRITE'
  return 'CAN_READ'
}

/** Directory permissions are about all kinds of objects in it. */
const inDirectory = ['User', 'Group', 'Application', 'Device']

/** `Mail.ReadWrite.All`: the area is what stands before the first point. */
export function rightsOf(permission: string): Right[] {
  if (permission === '' || plainScopes.has(permission)) return []
  const [area = permission, ...words] = permission.split('.')
  const type = typeOf(words.length === 0 ? permission : words.join('.'))
  if (area === 'Directory') return inDirectory.map((one) => ({ type, area: one, note: permission }))
  return [{ type, area, note: permission }]
}

/**
 * An application permission holds for the whole tenant and asks no user. A few are as good as every other.
 * https://learn.microsoft.com/graph/permissions-overview#application-permissions
 */
export const evaluateAppRole = (permission: string, api: string = graphAppId): Evaluated => ({
  // An API of somebody else's may call its own permissions the same.
  rights:
    directoryApis.has(api) && takeover.has(permission)
      ? [{ type: 'CAN_ADMIN', area: null, note: permission }, ...rightsOf(permission)]
      : rightsOf(permission),
  conditional: false,
})

/**
 * A delegated permission opens what both the scope and the signed-in user may: the scope alone is an upper bound.
 * https://learn.microsoft.com/graph/permissions-overview#delegated-permissions
 */
export const evaluateScopes = (scope: string): Evaluated => ({
  rights: scope.split(/\s+/).flatMap(rightsOf),
  conditional: true,
})

const over = (type: EdgeType, ...areas: string[]): Right[] =>
  areas.map((area) => ({ type, area, note: 'administrator' }))
const everything = (type: EdgeType): Right[] => [{ type, area: null, note: 'administrator' }]

/** Built-in roles by template id, by Microsoft's page "Microsoft Entra built-in roles". */
const builtIn: Record<string, Right[]> = {
  // Global Administrator
  '62e90394-69f5-4237-9190-012177145e10': everything('CAN_ADMIN'),
  // Privileged Role Administrator: gives any role and any application permission
  'e8611ab8-c189-46e8-94e1-60213ab1f814': everything('CAN_ADMIN'),
  // Privileged Authentication Administrator: resets what any administrator signs in with
  '7be44c8a-adaf-4e2a-84d6-ab2649e08a13': everything('CAN_ADMIN'),
  // Global Reader
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451': everything('CAN_READ'),
  // Application Administrator, Cloud Application Administrator
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': over('CAN_ADMIN', 'Application', 'DelegatedPermissionGrant'),
  '158c047a-c907-4556-b7ef-446551a6b5f7': over('CAN_ADMIN', 'Application', 'DelegatedPermissionGrant'),
  // User Administrator
  'fe930be7-5e62-47db-91af-98c3a49a38b1': over('CAN_ADMIN', 'User', 'Group'),
  // Authentication Administrator, Helpdesk Administrator, Password Administrator
  'c4e39bd9-1100-46d3-8c65-fb160da0071f': over('CAN_WRITE', 'User', 'UserAuthenticationMethod'),
  '729827e3-9c14-49f7-bb1b-9608f156bbb8': over('CAN_WRITE', 'User'),
  '966707d0-3269-4727-9be2-8c3a10f19b9d': over('CAN_WRITE', 'User'),
  // Groups Administrator
  'fdd7a751-b60b-444a-984c-02652fe8fa1c': over('CAN_ADMIN', 'Group'),
  // Exchange Administrator
  '29232cdf-9323-42fd-ade2-1d097af3e4de': over('CAN_ADMIN', 'Mail', 'MailboxSettings', 'Calendars', 'Contacts'),
  // SharePoint Administrator
  'f28a1f50-f6e7-4571-818b-6a12f2af6b6c': over('CAN_ADMIN', 'Sites', 'Files'),
  // Teams Administrator
  '69091246-20e8-4a56-aa4d-066075b2a7a8': over('CAN_ADMIN', 'Team', 'Channel'),
  // Security Administrator, Conditional Access Administrator
  '194ae4cb-b126-40b2-bd5b-6091b380977d': [...over('CAN_ADMIN', 'Policy'), ...over('CAN_READ', 'AuditLog')],
  'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9': over('CAN_ADMIN', 'Policy'),
  // Security Reader, Reports Reader
  '5d6b6bb7-de71-4623-b4af-96380a352509': over('CAN_READ', 'Policy', 'AuditLog'),
  '4a5d8f65-41da-4de4-8968-e035b65339cf': over('CAN_READ', 'AuditLog', 'Reports'),
  // Hybrid Identity Administrator, Domain Name Administrator, External Identity Provider Administrator
  '8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2': over('CAN_ADMIN', 'Domain', 'Application'),
  '8329153b-31d0-4727-b945-745eb3bc5f31': over('CAN_ADMIN', 'Domain'),
  'be2f45a1-457d-42af-a067-6ec1fa63bc45': over('CAN_ADMIN', 'IdentityProvider'),
  // Intune Administrator, Cloud Device Administrator
  '3a2c62db-5318-420d-8d74-23affee5d9d5': over('CAN_ADMIN', 'Device', 'DeviceManagementManagedDevices'),
  '7698a772-787b-4ac8-901f-60d6b08affd2': over('CAN_ADMIN', 'Device'),
  // Directory Readers, Guest Inviter
  '88d8e3e3-8f55-4a1e-953a-9b9898b8876b': over('CAN_READ', 'User', 'Group', 'Application', 'Device'),
  '95e79109-95c0-4d8e-aee3-d01accf2d47b': over('CAN_WRITE', 'User'),
}
export const builtInRoles: readonly string[] = Object.keys(builtIn)

/** `microsoft.directory/users/password/update`: the noun behind the namespace, and the act at the end. */
const nouns: Record<string, string> = {
  users: 'User',
  groups: 'Group',
  applications: 'Application',
  servicePrincipals: 'Application',
  devices: 'Device',
  domains: 'Domain',
  oAuth2PermissionGrants: 'DelegatedPermissionGrant',
  roleAssignments: 'RoleManagement',
  roleDefinitions: 'RoleManagement',
  conditionalAccessPolicies: 'Policy',
  auditLogs: 'AuditLog',
  signInReports: 'AuditLog',
}
function rightOfAction(action: string): Right | undefined {
  const [, noun = '', ...rest] = action.split('/')
  const area = nouns[noun]
  const act = rest.at(-1) ?? ''
  if (area === undefined) return undefined
  return { type: act === 'allTasks' ? 'CAN_ADMIN' : act === 'read' ? 'CAN_READ' : 'CAN_WRITE', area, note: action }
}

/**
 * What a directory role opens. A role Cordon does not know is read by what it lists; one that lists nothing known counts
 * as everything, as an upper bound.
 */
export function evaluateRole(template: string, actions: readonly string[]): Evaluated {
  const known = builtIn[template]
  if (known !== undefined) return { rights: known, conditional: false }
  const strongest = new Map<string, Right>()
  for (const action of actions) {
    const right = rightOfAction(action)
    if (right !== undefined) strongest.set(`${right.type} ${right.area}`, right)
  }
  if (strongest.size > 0) return { rights: [...strongest.values()], conditional: true }
  return { rights: everything(actions.length === 0 ? 'CAN_ADMIN' : 'CAN_READ'), conditional: true }
}

/** Areas that the tenant contains whatever is granted there, so that who administers it reaches what lies in each. */
export const areas: readonly string[] = [
  ...new Set([
    ...Object.values(builtIn)
      .flat()
      .flatMap(({ area }) => area ?? []),
    'RoleManagement',
    'AppRoleAssignment',
  ]),
]

/** Areas of delegated permissions, in the words that are every vendor's. */
const words: Readonly<Record<string, string>> = {
  Mail: 'mail',
  MailboxSettings: 'mail',
  Files: 'files',
  Sites: 'files',
  Calendars: 'calendar',
  Chat: 'chat',
  Directory: 'directory',
  Group: 'directory',
}
export const opensOf = (scope: string): string | undefined => {
  const opened = new Set(scope.split(' ').flatMap((one) => words[one.split('.')[0] ?? ''] ?? []))
  return opened.size === 0 ? undefined : [...opened].sort().join(' ')
}

/**
 * Application permissions by which an app writes the whole directory, or gives itself what it lacks: Microsoft Graph's
 * permissions reference says so of each.
 */
const overEverything: ReadonlySet<string> = new Set([
  'Directory.ReadWrite.All',
  'RoleManagement.ReadWrite.Directory',
  'AppRoleAssignment.ReadWrite.All',
])
export const isEverything = (permission: string): boolean => overEverything.has(permission)
