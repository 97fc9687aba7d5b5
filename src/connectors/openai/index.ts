import { isRedactionOf } from '#classify'
import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { inviteDelete } from './actions/invite-delete.ts'
import { keyDelete } from './actions/key-delete.ts'
import { membershipRemove } from './actions/membership-remove.ts'
import { projectArchive } from './actions/project-archive.ts'
import { projectPause } from './actions/project-pause.ts'
import { roleUnassign } from './actions/role-unassign.ts'
import { serviceAccountDelete } from './actions/service-account-delete.ts'
import { userRemove } from './actions/user-remove.ts'
import { audit } from './audit.ts'
import { auth, projectKeysOf, role } from './auth.ts'
import { call, limits, listAll, textAt } from './client.ts'
import { openaiConfig, type OpenaiConfig } from './config.ts'
import { directory } from './inventory.ts'
import { normalize } from './normalize.ts'
import { rightTries } from './rights-tried.ts'
import { stored } from './stored.ts'
import { usage } from './usage.ts'

export { namesOfOwnKeys, OpenaiError, openaiConfig, openaiOrigins, type OpenaiConfig } from './config.ts'

/** An organisation on OpenAI's API platform; what each part needs is in README.md. */
export const openaiConnector = defineConnector<OpenaiConfig>({
  id: 'openai',
  version: 2,
  title: 'OpenAI API platform',
  config: openaiConfig,
  example: openaiConfig.parse({
    organization: 'org-acme',
    ownKeys: ['key_looks', 'key_acts'],
    acts: true,
    dataProjects: ['proj_acme'],
  }),
  secrets: { see: ['adminKey', 'projectKeys'], contain: ['adminKey'] },
  auth,
  limits,
  streams: [directory, audit, usage, stored],
  coverage,
  role,
  rightTries,
  survives: [
    {
      what: 'sessions in the console: no API ends them',
      until:
        'the user signs out of all devices (https://platform.openai.com/settings/profile/security), or is removed from the organisation',
    },
    {
      what: 'files, vector stores, assistants and fine-tuned models made with a dead key',
      until: 'somebody deletes them (https://platform.openai.com/storage)',
    },
    { what: 'batches and fine-tuning jobs that are running', until: 'they end, or somebody cancels them' },
    {
      what: 'ways in by workload identity, certificates and single sign-on',
      until: 'an owner takes them away (https://platform.openai.com/settings/organization/security)',
    },
    {
      what: 'keys from before there were projects (https://platform.openai.com/settings/organization/api-keys)',
      until: 'their user deletes them: no API lists them',
    },
    { what: 'what was sent to models or read from files', until: 'nobody can say' },
  ],
  check,
  normalize,
})

/** In the order of the kill table: the project paused, keys, accounts, invites, users, then what the attacker gave. */
export const openaiActions: readonly ContainAction<OpenaiConfig>[] = [
  projectPause,
  keyDelete,
  serviceAccountDelete,
  inviteDelete,
  userRemove,
  membershipRemove,
  roleUnassign,
  projectArchive,
]

function coverage({ dataProjects }: OpenaiConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'reads', 'admin', 'logins'],
    logged: ['login', 'admin'],
    blind: [
      'the audit log tells of administration and of signing in, once an owner has switched it on; calls of models and reads of files are not in it',
      'usage tells which key called models in which minute, not from where, nor what was sent; reads of files and vector stores are in no report',
      'the value of a key never leaves OpenAI, nor a hash of it: one found on a host cannot be matched to its name here',
      'what a restricted key may do is known from the log alone: until then it counts as all that its owner may do in the project',
      'custom roles given to one user by name, and roles of groups in a project, are not evaluated: memberships in a project count as an upper bound',
      'an act by an admin key is told with the default project, whatever project it was in: a user it adds to a project is named for a person to look at',
      'the events of ChatGPT workspaces are in no feed of the API platform',
      dataProjects.length === 0
        ? 'files, vector stores, assistants and fine-tuned models are not listed: no project has a key for that'
        : `files, vector stores, assistants and fine-tuned models are listed for ${dataProjects.length} named projects alone`,
    ],
  }
}

async function check(context: PullContext<OpenaiConfig>) {
  const { config, see } = context
  const rows = await listAll(context, '/organization/admin_api_keys', 'the list of admin keys')
  const missing: string[] = []
  const own = rows.find((row) => isRedactionOf(textAt(row, 'redacted_value'), see['adminKey']))
  const ownId = own === undefined ? '' : textAt(own, 'id')
  if (ownId !== '' && !config.ownKeys.includes(ownId))
    missing.push(`\`${ownId}\` in \`ownKeys\`: it is the key that looks`)
  if (!config.acts) missing.push('no second admin key that acts (`acts`): this source can only look')
  const nowSeconds = Math.floor(context.clock.nowMs() / 1000)
  const tried: [string, string][] = [
    ['api.audit_logs.read', '/organization/audit_logs?limit=1'],
    ['api.usage.read', `/organization/usage/completions?start_time=${nowSeconds - 3_600}&bucket_width=1h&limit=1`],
  ]
  for (const [scope, path] of tried) {
    const { status } = await call(context, 'GET', path)
    if (status === 401 || status === 403) missing.push(`${scope}, or the organisation has not switched this on`)
  }
  const keys = projectKeysOf(see)
  for (const project of config.dataProjects) {
    if (!keys.has(project)) missing.push(`a line for \`${project}\` in the secret \`projectKeys\``)
  }
  return {
    authority: config.organization,
    missing,
    excess: [],
    says: [
      `organisation ${config.organization}, ${rows.length} admin keys`,
      ...(ownId === '' ? [] : [`looks with \`${ownId}\``]),
    ],
  }
}
