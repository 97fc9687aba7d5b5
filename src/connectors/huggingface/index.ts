import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { accountDelete } from './actions/account-delete.ts'
import { accountTokenDelete } from './actions/account-token-delete.ts'
import { memberSuspend } from './actions/member-suspend.ts'
import { repoHide } from './actions/repo-hide.ts'
import { spacePause } from './actions/space-pause.ts'
import { tokenRevoke } from './actions/token-revoke.ts'
import { audit } from './audit.ts'
import { auth, implies, role } from './auth.ts'
import { limits } from './client.ts'
import { commits } from './commits.ts'
import { hasPlan, huggingfaceConfig, type HuggingfaceConfig } from './config.ts'
import { credentials } from './credentials.ts'
import { directory } from './directory.ts'
import { normalize } from './normalize.ts'
import { secrets } from './secrets.ts'
import { permissionsOf, readWhoami, requiredOrganization } from './whoami.ts'

export {
  huggingfaceConfig,
  HuggingfaceError,
  huggingfaceOrigins,
  namesOfOwnUsers,
  type HuggingfaceConfig,
} from './config.ts'

/** An organisation on the Hugging Face Hub; what each part needs is in README.md. */
export const huggingfaceConnector = defineConnector<HuggingfaceConfig>({
  id: 'huggingface',
  version: 2,
  title: 'Hugging Face Hub',
  config: huggingfaceConfig,
  example: huggingfaceConfig.parse({
    organization: 'brightwater',
    plan: 'enterprise',
    ownUsers: ['65f0c0ffee0000000000000a'],
    acts: true,
    spaceSecrets: true,
  }),
  secrets: { see: ['token'], contain: ['token'] },
  auth,
  limits,
  streams: [directory, credentials, secrets, commits, audit],
  coverage,
  role,
  implies,
  survives: [
    {
      what: 'a revoked token, outside this organisation: the Hub deletes nobody’s token for another',
      until: 'its owner deletes it (https://huggingface.co/settings/tokens)',
    },
    {
      what: 'sessions and tokens of a suspended member elsewhere at the Hub',
      until: 'the member signs out everywhere (https://huggingface.co/settings/authentication)',
    },
    {
      what: 'a member, or an OAuth app that a member let in: no API puts them out',
      until: 'an administrator removes the member (https://huggingface.co/organizations/NAME/settings/members)',
    },
    { what: 'secrets of Spaces: the Hub does not know what they open', until: 'whoever issued them revokes them' },
    { what: 'jobs that run', until: 'they end, or somebody cancels them (https://huggingface.co/settings/jobs)' },
    { what: 'what was downloaded, copied or duplicated', until: 'nobody can say' },
  ],
  check,
  async scopes(context) {
    const me = await readWhoami(context)
    return permissionsOf(me, requiredOrganization(me, context))
  },
  normalize,
})

/** In the order of the kill table: what runs, what is public, tokens, members, then what the attacker made. */
export const huggingfaceActions: readonly ContainAction<HuggingfaceConfig>[] = [
  spacePause,
  repoHide,
  tokenRevoke,
  accountTokenDelete,
  memberSuspend,
  accountDelete,
]

function coverage(config: HuggingfaceConfig): Coverage {
  const isTeam = hasPlan(config, 'team')
  return {
    sees: ['identities', 'grants', 'resources', 'writes', ...(isTeam ? (['admin', 'logins'] as const) : [])],
    logged: ['write', ...(isTeam ? (['admin', 'login'] as const) : [])],
    blind: [
      'who downloads a model, a dataset or a file is in no log: whoever could read it may have',
      'a revision’s author and date are what its writer said; who pushed it the Hub does not tell: one under another’s name, or dated back, is not found as the attacker’s',
      'revisions are those of the main branch: other branches, tags and pull requests are not read',
      isTeam
        ? 'what an entry of the audit log is about stands in fields without a published shape: who made a repository, a group or a service account, or made something public, is not told'
        : 'without the plan Team there is no audit log, and neither members’ tokens nor resource groups are listed',
      'the value of a token never leaves the Hub, nor a hash of it: one found on a host cannot be matched to its name here',
      'OAuth apps that members let in, their webhooks, their tokens elsewhere and their own repositories are not read',
      'jobs, inference endpoints, buckets and collections are not read',
      config.spaceSecrets
        ? 'variables of Spaces are not read'
        : 'which secrets lie in Spaces is not read: set `spaceSecrets`',
    ],
  }
}

async function check(context: PullContext<HuggingfaceConfig>) {
  const { config } = context
  const me = await readWhoami(context)
  const { id, name, plan, roleInOrg } = requiredOrganization(me, context)
  const missing: string[] = []
  if (!config.ownUsers.includes(me.id)) missing.push(`\`${me.id}\` in \`ownUsers\`: the token’s owner is Cordon’s own`)
  if (!config.acts) missing.push('no second token that acts (`acts`): this source can only look')
  if (roleInOrg !== null && roleInOrg !== undefined && roleInOrg !== 'admin') {
    missing.push(`the role of an administrator: as \`${roleInOrg}\` the audit log and members’ tokens are not shown`)
  }
  const told = plan === 'plus' ? 'enterprise-plus' : (plan ?? 'free')
  const says = [`organisation ${name}, plan ${told}`]
  if (told !== config.plan) says.push(`\`plan\` is set to \`${config.plan}\``)
  return { authority: id, missing, excess: [], says }
}
