import { valuesById, type AuthByName, type CredentialUse, type Role, type Secrets } from '#sources/contract'

import { workspaceIdPattern, type AnthropicConfig } from './config.ts'

const adminKey = 'admin API key'
const feed = 'read:compliance_activities'

export const scopesOfStream = { directory: [adminKey], activity: [feed], usage: [adminKey] } as const
export const scopesToAct: readonly string[] = [adminKey]

/** One admin key for each use. Keys of workspaces, for the files in them, are put to each request by `stored.ts`. */
export function auth({ acts }: AnthropicConfig, use: CredentialUse): AuthByName {
  return use === 'contain' && !acts ? {} : { default: { kind: 'static', secret: 'adminKey', header: 'x-api-key' } }
}

export function role(config: AnthropicConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && !config.acts) return undefined
  const scopes =
    use === 'see'
      ? [
          { name: adminKey, why: 'members, invites, workspaces, keys without their values, which key called models' },
          ...(config.activityFeed ? [{ name: feed, why: 'the Activity Feed of the Compliance API' }] : []),
        ]
      : [{ name: adminKey, why: 'deactivate keys, remove members, delete invites, archive workspaces' }]
  const data =
    use === 'see' && config.dataWorkspaces.length > 0
      ? [
          'For each of `dataWorkspaces`: Settings > Workspaces > the workspace > API keys > Create key. It can call models and read files, too: Anthropic has no key that only lists',
          'secret `workspaceKeys`: a line `wrkspc_…=sk-ant-…` for each',
        ]
      : []
  return {
    scopes,
    text: [
      'Claude Console > Settings > Admin keys > Create admin key, as an administrator who is no break-glass user; one key to look and another to act',
      ...(use === 'see' && config.activityFeed
        ? [
            'Settings > Security > Compliance API: on, before the admin key is made, so that it has `read:compliance_activities`',
          ]
        : []),
      'put the ids of both keys into `ownKeys`: the Activity Feed tells them, the console shows them beside the name',
      ...data,
    ],
    json: { name: `cordon-${use}` },
  }
}

/** Key by workspace. */
export const workspaceKeysOf = (secrets: Secrets): Map<string, string> =>
  valuesById(secrets, 'workspaceKeys', { id: workspaceIdPattern, form: 'wrkspc_…=sk-ant-…' })
