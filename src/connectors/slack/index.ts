import type { ContainAction } from '#respond/contract'
import { defineConnector, VendorError, type Coverage, type CredentialUse, type PullContext } from '#sources/contract'

import { appRestrict } from './actions/app-restrict.ts'
import { appUninstall } from './actions/app-uninstall.ts'
import { sessionInvalidate } from './actions/session-invalidate.ts'
import { tokenRevoke } from './actions/token-revoke.ts'
import { userDeactivate } from './actions/user-deactivate.ts'
import { userSessionsReset } from './actions/user-sessions-reset.ts'
import { audit } from './audit.ts'
import { auth, role } from './auth.ts'
import { authorityIn, call, callScim, limits, readSelf, type Access } from './client.ts'
import { slackConfig, type SlackConfig } from './config.ts'
import { integrations } from './integrations.ts'
import { directory, sessions, workspace } from './inventory.ts'
import { normalize } from './normalize.ts'

export { ownApps, SlackError, slackConfig, slackOrigins, type SlackConfig } from './config.ts'
export { namesOfApp } from './names.ts'

/** A Slack organisation or workspace; what each part needs is in README.md. */
export const slackConnector = defineConnector<SlackConfig>({
  id: 'slack',
  version: 2,
  title: 'Slack',
  config: slackConfig,
  example: slackConfig.parse({ plan: 'enterprise', appId: 'A0LOOKS', containAppId: 'A0ACTS' }),
  secrets: { see: ['token'], contain: ['token', 'scimToken'] },
  auth,
  limits,
  streams: [directory, sessions, audit, workspace, integrations],
  coverage,
  role,
  survives: [
    { what: 'sessions, after their end was asked for', until: "Slack's queue has done it, usually within a minute" },
    {
      what: 'bot tokens, incoming webhooks and commands of apps that a deactivated user installed',
      until: 'the app is uninstalled',
    },
    {
      what: 'tokens that apps hold for a user whose sessions were ended',
      until: 'revoked, or the user is deactivated',
    },
    { what: 'channels opened to another organisation', until: 'an administrator disconnects them' },
    { what: 'public links to files', until: 'an administrator revokes them' },
    { what: 'what was read, exported or downloaded', until: 'nobody can say' },
  ],
  check,
  scopes,
  normalize,
})

/** In the order of the kill table: the app kept out, user, tokens, sessions, the app. */
export const slackActions: readonly ContainAction<SlackConfig>[] = [
  appRestrict,
  userDeactivate,
  tokenRevoke,
  userSessionsReset,
  sessionInvalidate,
  appUninstall,
]

const always = [
  'messages and files are never read: what stood in them is not known here',
  'reading messages is not logged by Slack on any plan: a channel that could be read was perhaps read',
  'tokens and webhooks are never listed, nor a hash of them: one found on a host cannot be matched to its app here',
  'incoming webhooks and the tokens of legacy integrations are not seen',
]

function coverage({ plan }: SlackConfig): Coverage {
  if (plan === 'enterprise') {
    return {
      sees: ['identities', 'grants', 'resources', 'sessions', 'reads', 'writes', 'admin', 'logins'],
      // Files that were downloaded are seen; messages that were read or written are not, so silence rules out neither.
      logged: ['login', 'share', 'admin'],
      blind: [
        ...always,
        'downloads of files are logged, a look at one in Slack is not; who deleted their own message is not logged either',
        'Slack lists apps that were approved or restricted, not those that are installed: installations are known from the log since it was first read',
        'the allowance of the audit log is one for the whole organisation: where other tools use it up, entries come late',
        'direct messages to people outside (Slack Connect) are known by their invitations alone',
      ],
    }
  }
  return {
    sees: ['identities', 'grants', 'admin'],
    logged: [],
    blind: [
      ...always,
      `the plan \`${plan}\` has no Audit Logs API: sign-ins, downloads, exports, shares, role changes and channel changes are not seen`,
      `the plan \`${plan}\` has no Admin API: sessions are neither seen nor ended, and apps are neither listed nor uninstalled; Slack's own settings pages do it by hand`,
      'apps are known from the integration log of the workspace: what was added before its first line is not seen',
      'private channels are seen where whoever installed Cordon is a member',
      ...(plan === 'basic'
        ? ['this plan has no SCIM either: nobody is deactivated from here; a token is revoked where its value is lent']
        : []),
    ],
  }
}

const accessOf = ({ config, http, clock, signal }: PullContext<SlackConfig>): Access => ({
  config,
  http,
  clock,
  signal,
})

async function check(context: PullContext<SlackConfig>) {
  const { config } = context
  const access = accessOf(context)
  const { self } = await readSelf(access)
  const missing: string[] = []
  const isOrg = self.enterprise_id !== null && self.enterprise_id !== undefined
  if (config.containAppId === undefined) missing.push('no `containAppId`: this source can only look')
  if (config.plan === 'enterprise' && !isOrg) {
    missing.push('the token is of one workspace: install the app on the organisation, or set `plan`')
  }
  const [stream, tried] =
    config.plan === 'enterprise'
      ? (['the list of users', call(access, 'admin.users.list', { limit: 1 })] as const)
      : (['the integration log', call(access, 'team.integrationLogs', { count: 1 })] as const)
  const answer = (await tried).text
  if (answer.includes('"not_an_admin"') || answer.includes('"feature_not_enabled"')) {
    missing.push(
      `Slack does not show ${stream} to this token: an owner has to install the app, and the plan has to have it`,
    )
  }
  return {
    authority: authorityIn(self),
    missing,
    excess:
      config.containAppId === config.appId
        ? ['the app that looks is the one that acts: make two, so that looking needs no right to act']
        : [],
    says: [
      `${isOrg ? 'organisation' : 'workspace'} ${authorityIn(self)}, plan ${config.plan}`,
      `speaks for user ${self.user_id}`,
    ],
  }
}

/** Slack tells a token's scopes with every answer to it; SCIM takes a token of its own, which is asked as well. */
async function scopes(context: PullContext<SlackConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  const access = accessOf(context)
  const { self, scopes: held } = await readSelf(access)
  if (held === null || use === 'see' || context.config.plan === 'basic') return held
  const response = await callScim(access, 'GET', self.user_id).catch((error: unknown) => {
    if (error instanceof VendorError && !error.retryable) return undefined
    throw error
  })
  return response !== undefined && response.status < 400 ? [...new Set([...held, 'admin'])] : held
}
