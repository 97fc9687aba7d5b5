import { valuesById, type AuthByName, type CredentialUse, type Role, type Secrets } from '#sources/contract'

import { projectIdPattern, type OpenaiConfig } from './config.ts'

const look = {
  'api.management.read': 'users, invites, groups, projects, service accounts, keys without their values',
  'api.audit_logs.read': 'the audit log',
  'api.usage.read': 'which key called models, and when',
}
const act = {
  'api.management.read': 'to look at a key, an account or a project before and after',
  'api.management.write': 'delete keys and service accounts, remove people, take roles back, stop projects',
}

export const scopesOfStream = {
  directory: ['api.management.read'],
  audit: ['api.audit_logs.read'],
  usage: ['api.usage.read'],
} as const
export const scopesToAct = Object.keys(act)

/** One admin key for each use. Keys of projects, for what is stored in them, are put to each request by `stored.ts`. */
export function auth({ acts }: OpenaiConfig, use: CredentialUse): AuthByName {
  return use === 'contain' && !acts ? {} : { default: { kind: 'static', secret: 'adminKey' } }
}

export function role(config: OpenaiConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && !config.acts) return undefined
  const why: Record<string, string> = use === 'see' ? look : act
  const permissions = use === 'see' ? 'Read only' : 'Restricted: Organization Administration > Write, all else None'
  const data =
    use === 'see' && config.dataProjects.length > 0
      ? [
          'For each of `dataProjects`: Projects > the project > API keys > Create new secret key, owned by a service account of its own',
          'Permissions: Restricted: Files, Assistants (with vector stores), Fine-tuning and Models at Read, all else None',
          'secret `projectKeys`: a line `proj_…=sk-…` for each',
        ]
      : []
  return {
    scopes: Object.entries(why).map(([name, reason]) => ({ name, why: reason })),
    text: [
      'Settings > Organization > Data controls > Audit logging: on (it cannot be switched off again)',
      'Settings > Organization > Admin keys > Create new admin key, as an owner who is no break-glass user',
      `Permissions: ${permissions}; one key to look and another to act`,
      'put the ids of both keys (`key_…`) into `ownKeys`: `cordon source check NAME` finds the one that looks',
      ...data,
    ],
    json: { name: `cordon-${use}`, permissions },
  }
}

/** Key by project. */
export const projectKeysOf = (secrets: Secrets): Map<string, string> =>
  valuesById(secrets, 'projectKeys', { id: projectIdPattern, form: 'proj_…=sk-…' })
