import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import { originOf, type OktaConfig } from './config.ts'

/** Every token is asked for with the scopes of its use alone: what leaks of it opens no more than that. */
const uses = {
  see: {
    users: { 'okta.users.read': 'who there is' },
    groups: { 'okta.groups.read': 'groups and their members' },
    apps: { 'okta.apps.read': 'apps, who may sign in to them, their secrets and refresh tokens' },
    appGrants: { 'okta.appGrants.read': 'what apps were let do' },
    apiTokens: { 'okta.apiTokens.read': 'API tokens, whose they are and until when' },
    roles: { 'okta.roles.read': 'administrators' },
    idps: { 'okta.idps.read': 'identity providers that may sign users in' },
    zones: { 'okta.networkZones.read': 'network zones' },
    policies: { 'okta.policies.read': 'policies of sign-on: what they ask for, and of whom' },
    authorization: { 'okta.authorizationServers.read': 'authorization servers of your own, and who gets which scopes' },
    factors: { 'okta.users.read': 'which factors are enrolled' },
    log: { 'okta.logs.read': 'the System Log' },
  },
  contain: {
    users: {
      'okta.users.read': 'to look at a user before and after',
      'okta.users.manage': 'suspend, end sessions, revoke grants and tokens, take a factor off',
    },
    apiTokens: { 'okta.apiTokens.read': 'to look', 'okta.apiTokens.manage': 'revoke an API token' },
    apps: {
      'okta.apps.read': 'to look',
      'okta.apps.manage': 'deactivate an app, a client secret or a key; take an assignment back',
    },
    appGrants: { 'okta.appGrants.read': 'to look', 'okta.appGrants.manage': 'take back what an app was let do' },
    groups: { 'okta.groups.read': 'to look', 'okta.groups.manage': 'take back a membership' },
    roles: { 'okta.roles.read': 'to look', 'okta.roles.manage': 'take back an administrator role' },
    idps: { 'okta.idps.read': 'to look', 'okta.idps.manage': 'deactivate an identity provider' },
    logs: { 'okta.logs.read': 'the log tells that sessions were ended' },
    risk: { 'okta.userRisk.read': 'to look', 'okta.userRisk.manage': 'raise a risk that signs a user out of apps' },
  },
} as const
export type SeeUse = keyof typeof uses.see
export type ContainUse = keyof typeof uses.contain

export const scopesTo = (use: ContainUse): readonly string[] => Object.keys(uses.contain[use])
export const scopesToSee = (...names: readonly SeeUse[]): readonly string[] =>
  names.flatMap((name) => Object.keys(uses.see[name]))
/** Of which the directory is made. A token for each: a scope that is not granted takes no other with it. */
export const directoryUses = ['users', 'groups', 'apps', 'appGrants', 'apiTokens', 'roles', 'idps', 'zones'] as const

/** OAuth client credentials with private_key_jwt: no secret that could be replayed ever reaches Okta. */
export function auth(config: OktaConfig, use: CredentialUse): AuthByName {
  const client = use === 'see' ? config.clientId : config.containClientId
  if (client === undefined) return {}
  return Object.fromEntries(
    Object.entries<Record<string, string>>(uses[use]).map(([name, scopes]) => [
      name,
      {
        kind: 'private-key-jwt',
        tokenUrl: `${originOf(config)}/oauth2/v1/token`,
        clientId: client,
        secret: 'privateKey',
        scopes: Object.keys(scopes),
      } as const,
    ]),
  )
}

/** What this configuration needs; without the policy nobody needs the right to raise risks. */
function usesOf(config: OktaConfig, use: CredentialUse): Record<string, Record<string, string>> {
  if (use === 'see') return uses.see
  const { risk, ...rest } = uses.contain
  return config.universalLogoutByRisk ? { ...rest, risk } : rest
}

/** Scopes alone do nothing in Okta: a service app has the rights that both its scopes and its admin role allow. */
export function role(config: OktaConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && config.containClientId === undefined) return undefined
  const why = Object.fromEntries(Object.values(usesOf(config, use)).flatMap((scopes) => Object.entries(scopes)))
  const scopes = Object.keys(why).sort()
  const admin = use === 'see' ? 'Read-Only Administrator' : 'Super Administrator'
  return {
    scopes: scopes.map((name) => ({ name, why: why[name] ?? '' })),
    text: [
      'Applications > Create App Integration > API Services; one app to look and another to act',
      'Client authentication: public key / private key; add a key, and keep its private half for the source',
      'General Settings: do not require a DPoP header',
      `Okta API Scopes: grant ${scopes.join(', ')}`,
      `Admin roles: ${admin}${use === 'contain' ? ' (only it may take roles and API tokens away; without these two Group, App and Help Desk Administrator are enough)' : ''}`,
    ],
    json: {
      label: use === 'see' ? 'Cordon (look)' : 'Cordon (act)',
      name: 'oidc_client',
      signOnMode: 'OPENID_CONNECT',
      credentials: { oauthClient: { token_endpoint_auth_method: 'private_key_jwt' } },
      settings: {
        oauthClient: {
          application_type: 'service',
          grant_types: ['client_credentials'],
          response_types: ['token'],
          dpop_bound_access_tokens: false,
        },
      },
    },
  }
}
