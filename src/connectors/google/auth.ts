import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import type { GoogleConfig, ServiceAccount } from './config.ts'

const base = 'https://www.googleapis.com/auth/'
export const scopeUrl = (name: string): string => `${base}${name}`

/** Every token is asked for with the scopes of its use alone: what leaks of it opens no more than that. */
const uses = {
  see: {
    customer: { 'admin.directory.customer.readonly': 'which customer this is' },
    domains: { 'admin.directory.domain.readonly': 'its domains' },
    orgunits: { 'admin.directory.orgunit.readonly': 'organizational units' },
    users: { 'admin.directory.user.readonly': 'who there is, and whom the log means by an address' },
    groups: { 'admin.directory.group.readonly': 'groups and their members' },
    roles: { 'admin.directory.rolemanagement.readonly': 'administrators' },
    credentials: {
      'admin.directory.user.security':
        'apps that users let in, and app passwords; Google has no scope that only reads them',
      'admin.directory.user.readonly': 'whose they are',
    },
    log: { 'admin.reports.audit.readonly': 'the audit logs' },
    drive: { 'drive.readonly': 'shared drives and who may enter them' },
  },
  contain: {
    customer: { 'admin.directory.customer.readonly': 'to look which customer answers' },
    users: { 'admin.directory.user': 'suspend, set a password, clear recovery data, take super administration away' },
    security: { 'admin.directory.user.security': 'take grants, app passwords and sessions away' },
    members: { 'admin.directory.group.member': 'take back a membership' },
    roles: { 'admin.directory.rolemanagement': 'take back an administrator role' },
    log: { 'admin.reports.audit.readonly': 'the log tells what was done, where no list does' },
    links: { drive: "take links to files away, in their owners' names" },
  },
} as const
export type SeeUse = keyof typeof uses.see
export type ContainUse = keyof typeof uses.contain

export const scopesTo = (...names: readonly ContainUse[]): readonly string[] => [
  ...new Set(names.flatMap((use) => Object.keys(uses.contain[use]).map(scopeUrl))),
]
export const scopesOfStream = (...names: readonly SeeUse[]): readonly string[] => [
  ...new Set(names.flatMap((use) => Object.keys(uses.see[use]).map(scopeUrl))),
]

/** Of which the directory is made. A token for each: Google gives one for all its scopes, or none. */
export const directoryUses = ['customer', 'domains', 'orgunits', 'users', 'groups', 'roles'] as const
/** Whom an address means. */
export const addressUses = ['users', 'groups'] as const

const accountFor = ({ see, contain }: GoogleConfig, use: CredentialUse): ServiceAccount | undefined =>
  use === 'see' ? see : contain

/** What this configuration uses; without shared drives or links nobody needs to open files. */
export function usesOf(
  { sharedDrives, links: isOn }: GoogleConfig,
  use: CredentialUse,
): Record<string, Record<string, string>> {
  if (use === 'contain') {
    const { links, ...rest } = uses.contain
    return isOn ? { ...rest, links } : rest
  }
  const { drive, ...rest } = uses.see
  return sharedDrives ? { ...rest, drive } : rest
}

/** RFC 7523 by a service account on behalf of an administrator (domain-wide delegation). */
export function auth(config: GoogleConfig, use: CredentialUse): AuthByName {
  const account = accountFor(config, use)
  if (account === undefined) return {}
  return Object.fromEntries(
    Object.entries(usesOf(config, use)).map(([name, scopes]) => [
      name,
      {
        kind: 'jwt-bearer',
        tokenUrl: config.tokenUrl,
        issuer: account.serviceAccount,
        subject: account.subject,
        secret: 'key',
        scopes: Object.keys(scopes).map(scopeUrl),
        ...(name === 'links' ? { anybody: true } : {}),
      } as const,
    ]),
  )
}

const privileges = {
  see: [
    'USERS_RETRIEVE',
    'USER_SECURITY_ALL',
    'GROUPS_RETRIEVE',
    'ORGANIZATION_UNITS_RETRIEVE',
    'DOMAIN_SETTINGS',
    'REPORTS_ACCESS',
  ],
  contain: ['USERS_ALL', 'USER_SECURITY_ALL', 'GROUPS_ALL', 'REPORTS_ACCESS'],
} as const

/**
 * Two things bound what Cordon may do: the scopes delegated to the client, and the rights of the administrator in whose
 * name it asks. The second is the narrower, so it gets a role of its own.
 */
export function role(config: GoogleConfig, use: CredentialUse): Role | undefined {
  const account = accountFor(config, use)
  if (account === undefined) return undefined
  const why = new Map(Object.values(usesOf(config, use)).flatMap((scopes) => Object.entries(scopes)))
  const scopes = [...why.keys()].sort()
  const isSee = use === 'see'
  return {
    scopes: scopes.map((name) => ({ name: scopeUrl(name), why: why.get(name) ?? '' })),
    text: [
      'Google Cloud console: a project of its own, with the Admin SDK API on (and the Drive API for shared drives)',
      `IAM > Service accounts: make one ${isSee ? 'to look' : 'to act'}, with no role in the project; add a key, its JSON is the secret \`key\``,
      'Admin console > Security > API controls > Domain-wide delegation > Add new: the numeric client id of the service account, and these scopes:',
      scopes.map(scopeUrl).join(','),
      `Account > Admin roles > Create new role \`Cordon (${isSee ? 'look' : 'act'})\` with the privileges ${privileges[use].join(', ')}`,
      'Directory > Users: a user without mailbox or 2-step exemption for each role; it is the `subject`',
      ...(isSee
        ? [
            'to list administrators the subject must be a super administrator: Google has no privilege for reading roles',
          ]
        : [
            'to take administrator roles away, or to act on an administrator, the subject must be a super administrator',
          ]),
    ],
    json: {
      delegation: { clientId: account.clientId, scopes: scopes.map(scopeUrl) },
      adminRole: {
        roleName: `Cordon (${isSee ? 'look' : 'act'})`,
        rolePrivileges: privileges[use].map((privilegeName) => ({ privilegeName })),
      },
    },
  }
}
