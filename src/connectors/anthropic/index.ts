import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { inviteDelete } from './actions/invite-delete.ts'
import { keyDeactivate } from './actions/key-deactivate.ts'
import { membershipRemove } from './actions/membership-remove.ts'
import { userRemove } from './actions/user-remove.ts'
import { workspaceArchive } from './actions/workspace-archive.ts'
import { activity } from './activity.ts'
import { auth, role, workspaceKeysOf } from './auth.ts'
import { call, limits, readMe } from './client.ts'
import { anthropicConfig, type AnthropicConfig } from './config.ts'
import { directory } from './inventory.ts'
import { normalize } from './normalize.ts'
import { rightTries } from './rights-tried.ts'
import { stored } from './stored.ts'
import { usage } from './usage.ts'

export { anthropicConfig, AnthropicError, anthropicOrigins, namesOfOwnKeys, type AnthropicConfig } from './config.ts'

/** An organisation on the Claude Platform; what each part needs is in README.md. */
export const anthropicConnector = defineConnector<AnthropicConfig>({
  id: 'anthropic',
  version: 2,
  title: 'Anthropic (Claude Platform)',
  config: anthropicConfig,
  example: anthropicConfig.parse({
    ownKeys: ['admin_api_key_01looks', 'admin_api_key_01acts'],
    acts: true,
    activityFeed: true,
    dataWorkspaces: ['wrkspc_01acme'],
  }),
  secrets: { see: ['adminKey', 'workspaceKeys'], contain: ['adminKey'] },
  auth,
  limits,
  streams: [directory, activity, usage, stored],
  coverage,
  role,
  rightTries,
  survives: [
    {
      what: 'admin keys: no API lists, switches off or deletes one',
      until: 'an administrator deletes it (https://platform.claude.com/settings/admin-keys)',
    },
    {
      what: 'sessions of a user who stays a member, and tokens of Claude Code',
      until: 'the user signs out everywhere, or is removed; only an Enterprise organisation can sign a user out',
    },
    {
      what: 'service accounts and workload identity federation: their API takes no admin key',
      until: 'an administrator archives them (https://platform.claude.com/settings)',
    },
    { what: 'files made with a dead key', until: 'somebody deletes them' },
    { what: 'batches that are running', until: 'they end, or somebody cancels them' },
    { what: 'what was sent to models or read from files', until: 'nobody can say' },
  ],
  check,
  normalize,
})

/** In the order of the kill table: keys, invites, users, then what the attacker gave. */
export const anthropicActions: readonly ContainAction<AnthropicConfig>[] = [
  keyDeactivate,
  inviteDelete,
  userRemove,
  membershipRemove,
  workspaceArchive,
]

function coverage({ activityFeed, dataWorkspaces }: AnthropicConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'reads', ...(activityFeed ? (['admin', 'logins'] as const) : [])],
    // Calls of models are counted by key and minute, reads of files are logged one by one, but only while the feed is on.
    logged: activityFeed ? ['login', 'admin'] : [],
    blind: [
      ...(activityFeed
        ? [
            'the Activity Feed begins when the Compliance API was switched on, and tells nothing of before or of a time when it was off',
            'a key that is made or changed is told without its workspace, an invite without its id: the lists tell those',
          ]
        : [
            'without the Compliance API there is no audit log: who signed in, made a key, sent an invite or read a file is not seen; a new key is seen in the list, with its maker',
          ]),
      'calls of models are in no log: usage tells which key called in which minute, not from where, nor what was sent',
      'admin keys are in no list: one is known once the Activity Feed tells of it',
      'service accounts, federation and custom roles are asked for by an OAuth token alone: they are known by their keys and by the feed',
      'the value of a key never leaves Anthropic, nor a hash of it: one found on a host cannot be matched to its name here',
      'chats, projects and what lies in Claude apps are not read here',
      dataWorkspaces.length === 0
        ? 'files are not listed: no workspace has a key for that'
        : `files are listed for ${dataWorkspaces.length} named workspaces alone`,
    ],
  }
}

async function check(context: PullContext<AnthropicConfig>) {
  const { config, see } = context
  const { id, name } = await readMe(context)
  const missing: string[] = []
  if (config.ownKeys.length === 0) missing.push('`ownKeys`: which keys are Cordon’s own nobody can tell otherwise')
  if (!config.acts) missing.push('no second admin key that acts (`acts`): this source can only look')
  const { status } = await call(context, 'GET', '/v1/compliance/activities?limit=1')
  const isFeedThere = status < 300
  if (config.activityFeed && !isFeedThere) {
    missing.push(
      'read:compliance_activities, or the Compliance API is off: https://platform.claude.com/settings/security',
    )
  }
  const keys = workspaceKeysOf(see)
  for (const workspace of config.dataWorkspaces) {
    if (!keys.has(workspace)) missing.push(`a line for \`${workspace}\` in the secret \`workspaceKeys\``)
  }
  const unused =
    !config.activityFeed && isFeedThere ? ['the Activity Feed is there, and not read: set `activityFeed`'] : []
  return { authority: id, missing, excess: [], says: [`organisation ${name ?? id}`, ...unused] }
}
