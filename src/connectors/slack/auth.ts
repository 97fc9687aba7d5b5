import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import type { Plan, SlackConfig } from './config.ts'

const lookAtWorkspace = {
  'users:read': 'who there is',
  'users:read.email': 'the addresses by which people are known elsewhere',
  'channels:read': 'public channels that other organisations are in',
  'groups:read': 'private ones',
  'usergroups:read': 'user groups and their members',
  admin: 'which apps were added and removed, and with which scopes',
}
const look: Record<Plan, Record<string, string>> = {
  enterprise: {
    'admin.users:read': 'who there is, and which sessions are open',
    'admin.teams:read': 'workspaces',
    'admin.apps:read': 'apps that were approved, with their scopes',
    'admin.conversations:read': 'channels that other organisations are in',
    'usergroups:read': 'user groups and their members',
    'auditlogs:read': 'the audit log',
  },
  business: lookAtWorkspace,
  basic: lookAtWorkspace,
}

/** By the API that needs it: a plan that lacks the API asks for no right to it. */
const act: Record<Plan, Record<string, string>> = {
  enterprise: {
    'users:read': 'to look at a user before and after',
    'admin.users:read': 'to see which sessions are left',
    'admin.users:write': 'end sessions',
    'admin.apps:read': 'to see what was decided about an app',
    'admin.apps:write': 'restrict an app, and uninstall it',
    'auditlogs:read': 'the audit log tells that an app was uninstalled',
    admin: 'SCIM: deactivate a user, and activate one again',
  },
  business: {
    'users:read': 'to look at a user before and after',
    admin: 'SCIM: deactivate a user, and activate one again',
  },
  basic: { 'users:read': 'a token has to have a scope: it says which workspace answers' },
}

export const scopesOfStream = {
  directory: Object.keys(look.enterprise).filter((name) => name !== 'auditlogs:read'),
  workspace: Object.keys(lookAtWorkspace).filter((name) => name !== 'admin'),
  sessions: ['admin.users:read'],
  audit: ['auditlogs:read'],
  integrations: ['admin'],
} as const

/** `default` speaks to the Web API and the audit log, `scim` to SCIM alone: Slack wants a token with `admin` there. */
export function auth(config: SlackConfig, use: CredentialUse): AuthByName {
  if (use === 'contain' && config.containAppId === undefined) return {}
  return {
    default: { kind: 'static', secret: 'token' },
    ...(use === 'contain' && config.plan !== 'basic' ? { scim: { kind: 'static', secret: 'scimToken' } } : {}),
  }
}

export function role(config: SlackConfig, use: CredentialUse): Role | undefined {
  const { plan, containAppId } = config
  const why = use === 'see' ? look[plan] : act[plan]
  if (use === 'contain' && containAppId === undefined) return undefined
  const scopes = Object.keys(why).sort()
  const isOrg = plan === 'enterprise'
  const ofToken = use === 'see' ? scopes : scopes.filter((name) => name !== 'admin')
  const owner = isOrg ? 'an Org Owner' : 'a Workspace Owner'
  return {
    scopes: scopes.map((name) => ({ name, why: why[name] ?? '' })),
    text: [
      'https://api.slack.com/apps > Create New App > From a manifest: the one below; one app to look and another to act',
      ...(isOrg ? ['Org Level Apps > Opt into Org Level Apps, then have it installed on the organisation'] : []),
      `${owner} installs it (the audit log is open to owners alone); the User OAuth Token (xoxp-…) is \`token\``,
      ...(use === 'contain' && plan !== 'basic'
        ? ['a third app, installed by an owner, with the user scope `admin` and nothing else: its token is `scimToken`']
        : []),
      'Token rotation stays off: a rotated token would be lost with the next restart',
    ],
    json: {
      display_information: { name: use === 'see' ? 'Cordon (look)' : 'Cordon (act)' },
      oauth_config: { scopes: { user: ofToken } },
      settings: { org_deploy_enabled: isOrg, socket_mode_enabled: false, token_rotation_enabled: false },
    },
  }
}
