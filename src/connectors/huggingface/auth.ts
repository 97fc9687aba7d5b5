import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import { hasPlan, type HuggingfaceConfig } from './config.ts'

export const scopesOfStream = {
  directory: ['org.members.read', 'org.read', 'repo.content.read'],
  credentials: ['org.members.read', 'org.serviceAccounts.read', 'org.write'],
  secrets: ['repo.content.read', 'repo.write'],
  commits: ['org.members.read', 'org.read', 'repo.content.read'],
  audit: ['org.auditLog.write'],
} as const

/** By what an action changes. */
export const scopesToAct = {
  members: ['org.members.read', 'org.members.write', 'org.read'],
  tokens: ['org.members.read', 'org.read', 'org.write'],
  accounts: ['org.read', 'org.serviceAccounts.read', 'org.serviceAccounts.write'],
  repos: ['org.read', 'repo.content.read', 'repo.write'],
} as const satisfies Record<string, readonly string[]>

/** One token for each use. */
export function auth({ acts }: HuggingfaceConfig, use: CredentialUse): AuthByName {
  return use === 'contain' && !acts ? {} : { default: { kind: 'static', secret: 'token' } }
}

/** `write` and `read` are bounded to nothing but what their owner may. */
export const implies = (held: string, needed: string): boolean =>
  held === needed || held === 'write' || (held === 'read' && needed.endsWith('.read'))

function whyOf(config: HuggingfaceConfig, use: CredentialUse): Record<string, string> {
  const isTeam = hasPlan(config, 'team')
  if (use === 'contain') {
    return {
      'org.read': 'ask which organisation answers, before every change',
      'org.members.read': 'find a member or the owner of a token by id',
      'repo.content.read': 'find a repository by id, and whether it is private or paused',
      'repo.write': 'make a repository private, pause a Space',
      ...(isTeam
        ? {
            'org.members.write': 'take a member’s role and groups, and give them back',
            'org.serviceAccounts.read': 'find a service account and its tokens',
            'org.serviceAccounts.write': 'delete tokens of service accounts, or a whole account',
          }
        : {}),
      ...(hasPlan(config, 'enterprise') ? { 'org.write': 'revoke a token, here alone' } : {}),
    }
  }
  return {
    'org.read': 'the organisation, its resource groups',
    'org.members.read': 'members, their roles, whether they have a second factor',
    'repo.content.read': 'models, datasets, Spaces and their revisions, private ones too',
    ...(isTeam
      ? {
          'org.auditLog.write': 'the audit log: the Hub has no permission that only reads it',
          'org.write': 'list members’ tokens, never a value',
          'org.serviceAccounts.read': 'service accounts and their tokens, never a value',
        }
      : {}),
    ...(config.spaceSecrets
      ? { 'repo.write': 'names of the secrets of Spaces: the Hub has no narrower permission' }
      : {}),
  }
}

export function role(config: HuggingfaceConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && !config.acts) return undefined
  const scopes = Object.entries(whyOf(config, use)).map(([name, why]) => ({ name, why }))
  const names = scopes.map(({ name }) => name)
  return {
    scopes,
    text: [
      `Hugging Face > sign in as a user of Cordon's own, administrator of ${config.organization} and no break-glass user`,
      `Settings > Access Tokens > Create new token > Fine-grained; Org permissions: ${config.organization}: ${names.join(', ')}, and no other`,
      'one token to look and another to act; put the id of their owner into `ownUsers`: `curl -H "Authorization: Bearer …" https://huggingface.co/api/whoami-v2` tells it',
    ],
    json: { name: `cordon-${use}`, organization: config.organization, permissions: names },
  }
}
