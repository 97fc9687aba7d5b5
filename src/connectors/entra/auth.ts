import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import { graphOrigin, type EntraConfig } from './config.ts'

const sees = {
  'Organization.Read.All': 'which tenant it is',
  'User.Read.All': 'who there is',
  'GroupMember.Read.All': 'groups and their members',
  'Application.Read.All': 'apps, their secrets and certificates by id, owners and application permissions',
  'DelegatedPermissionGrant.Read.All': 'what users and administrators let apps do',
  'RoleManagement.Read.Directory': 'administrators',
  'Device.Read.All': 'devices',
  'AuditLog.Read.All': 'audit log; with P1 also sign-ins, last use and which factors are registered',
  'Policy.Read.All': 'conditional access policies and named locations',
}

/** What each kind of step asks for; Graph gives a token with all that the app has, so it is given no more than this. */
const acts = {
  users: {
    'User.Read.All': 'to look at a user before and after',
    'User.EnableDisableAccount.All': 'disable a user',
  },
  passwords: {
    'User-PasswordProfile.ReadWrite.All': 'replace a password',
    'AuditLog.Read.All': 'the audit log tells who set a password last',
    'Application.Read.All': 'to know the app that acts in it',
  },
  sessions: {
    'User.Read.All': 'to look at a user before and after',
    'User.RevokeSessions.All': 'end the sessions of a user',
    'AuditLog.Read.All': 'the sign-in log tells whether a session goes on',
  },
  apps: {
    'Application.ReadWrite.All':
      'remove a secret, a certificate or a federated credential, disable an app, take an owner away',
  },
  grants: { 'DelegatedPermissionGrant.ReadWrite.All': 'take back what an app was let do' },
  appRoles: {
    'Application.Read.All': 'to look at what an app was given',
    'AppRoleAssignment.ReadWrite.All': 'take an application permission away',
  },
  members: { 'GroupMember.ReadWrite.All': 'take somebody out of a group' },
  roles: { 'RoleManagement.ReadWrite.Directory': 'take an administrator role away' },
  methods: { 'UserAuthenticationMethod.ReadWrite.All': 'take a factor off' },
  devices: { 'Device.ReadWrite.All': 'disable a device' },
}
export type Use = keyof typeof acts
export const scopesTo = (use: Use): readonly string[] => Object.keys(acts[use])

export const streamScopes = {
  directory: Object.keys(sees),
  audit: ['AuditLog.Read.All'],
  changes: ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'],
} as const

export const tokenUrlOf = ({ loginUrl, tenantId }: EntraConfig): string =>
  `${new URL(loginUrl).origin}/${tenantId}/oauth2/v2.0/token`

/** Client credentials. `.default`: all that the app was given; Microsoft offers no less. */
export function auth(config: EntraConfig, use: CredentialUse): AuthByName {
  const clientId = use === 'see' ? config.clientId : config.containClientId
  if (clientId === undefined) return {}
  const shared = {
    tokenUrl: tokenUrlOf(config),
    clientId,
    secret: 'credential',
    scopes: [`${graphOrigin(config)}/.default`],
    origins: [graphOrigin(config)],
  }
  return {
    default:
      config.proof === 'secret'
        ? { kind: 'client-credentials', ...shared, sendAs: 'body' }
        : { kind: 'private-key-jwt', ...shared, algorithm: 'PS256' },
  }
}

/** `ReadWrite` includes `Read`, and the whole directory its parts. */
export function implies(held: string, needed: string): boolean {
  if (held === needed || held.replace('.ReadWrite.', '.Read.') === needed) return true
  if (!/^Directory\.Read(Write)?\.All$/.test(held)) return false
  return /^(User|GroupMember|Group|Application|DelegatedPermissionGrant|Device|Organization)\.Read\.All$/.test(needed)
}

export function role(config: EntraConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && config.containClientId === undefined) return undefined
  const why: Record<string, string> = use === 'see' ? sees : Object.assign({}, ...Object.values(acts))
  const names = Object.keys(why).sort()
  const admins =
    use === 'see'
      ? []
      : [
          'Assign the app the directory role User Administrator, to replace passwords, or Privileged Authentication Administrator, to act on administrators too: Microsoft refuses without',
          'RoleManagement.ReadWrite.Directory and AppRoleAssignment.ReadWrite.All each make an app as good as a Global Administrator: leave them out where a person will take back roles and application permissions, and guard this credential as you guard those',
        ]
  return {
    scopes: names.map((name) => ({ name, why: why[name] ?? '' })),
    text: [
      'Entra admin center > App registrations > New registration; single tenant; one app to look and another to act',
      config.proof === 'certificate'
        ? 'Certificates & secrets > Certificates: upload one, and give the source its key and the certificate in one PEM'
        : 'Certificates & secrets > Client secrets: a new one, and give the source its value',
      `API permissions > Microsoft Graph > Application permissions: ${names.join(', ')}; then Grant admin consent`,
      ...admins,
    ],
    json: {
      displayName: use === 'see' ? 'Cordon (look)' : 'Cordon (act)',
      signInAudience: 'AzureADMyOrg',
      requiredApplicationPermissions: names,
    },
  }
}
