import type { EntityId } from '#model'
import type { ContainAction, LeaseAction } from '#respond/contract'
import { defineConnector, isKeyRefusal, type Coverage, type CredentialUse, type PullContext } from '#sources/contract'

import { apiTokenRevoke } from './actions/api-token-revoke.ts'
import { appDeactivate } from './actions/app-deactivate.ts'
import { assignmentRemove } from './actions/assignment-remove.ts'
import { appGrantRevoke } from './actions/app-grant-revoke.ts'
import { clientKeyDeactivate } from './actions/client-key-deactivate.ts'
import { clientSecretDeactivate } from './actions/client-secret-deactivate.ts'
import { factorRemove } from './actions/factor-remove.ts'
import { grantRevoke } from './actions/grant-revoke.ts'
import { idpDeactivate } from './actions/idp-deactivate.ts'
import { membershipLend } from './actions/membership-lend.ts'
import { membershipRemove } from './actions/membership-remove.ts'
import { passwordExpire } from './actions/password-expire.ts'
import { roleUnassign } from './actions/role-unassign.ts'
import { tokenRevoke } from './actions/token-revoke.ts'
import { universalLogout } from './actions/universal-logout.ts'
import { userSessionsEnd } from './actions/user-sessions-end.ts'
import { userSuspend } from './actions/user-suspend.ts'
import { auth, role, scopesToSee, type SeeUse } from './auth.ts'
import { authorization } from './authorization.ts'
import { call, limits, readOrg } from './client.ts'
import { oktaConfig, ownClients, type OktaConfig } from './config.ts'
import { directory, factors } from './inventory.ts'
import { log } from './log.ts'
import { namesOfClient } from './names.ts'
import { normalize } from './normalize.ts'
import { signOn } from './policies.ts'

export { OktaError, oktaConfig, oktaOrigins, type OktaConfig } from './config.ts'

/** All that the org knows Cordon's own two apps as. */
export const namesOfOwnApps = (config: OktaConfig, authority: string): EntityId[] =>
  ownClients(config).flatMap((client) => namesOfClient(authority, client))

/** An Okta org (Workforce Identity); what each part needs is in README.md. */
export const oktaConnector = defineConnector<OktaConfig>({
  id: 'okta',
  version: 4,
  title: 'Okta',
  config: oktaConfig,
  example: {
    orgUrl: 'https://acme.okta.com',
    clientId: 'cordon-see',
    containClientId: 'cordon-contain',
    universalLogoutByRisk: true,
    expirePasswords: true,
  },
  secrets: { see: ['privateKey'], contain: ['privateKey'] },
  auth,
  limits,
  streams: [directory, authorization, signOn, factors, log],
  coverage,
  role,
  survives: [
    {
      what: 'sessions that apps opened by way of Okta',
      until: 'each app ends them, or Universal Logout where it is supported',
    },
    { what: 'access tokens that a resource server checks without asking Okta', until: 'they expire' },
    { what: "access tokens of an app for Okta's own API", until: 'an hour after they were given out' },
  ],
  check,
  scopes,
  // Okta's manage scopes do not include the read ones: each is granted by itself.
  normalize,
})

/** In the order of the kill table: the user, sessions, consents, tokens, apps, then what the attacker added. */
export const oktaActions: readonly ContainAction<OktaConfig>[] = [
  userSuspend,
  userSessionsEnd,
  universalLogout,
  grantRevoke,
  appGrantRevoke,
  tokenRevoke,
  apiTokenRevoke,
  clientSecretDeactivate,
  clientKeyDeactivate,
  appDeactivate,
  factorRemove,
  assignmentRemove,
  membershipRemove,
  roleUnassign,
  idpDeactivate,
  passwordExpire,
]

export const oktaLeases: readonly LeaseAction<OktaConfig>[] = [membershipLend]

function coverage({ universalLogoutByRisk }: OktaConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'sessions', 'admin', 'logins'],
    logged: ['login', 'admin'],
    blind: [
      'Okta logs changes and sign-ins; who looked at a user, an app or its secrets is not logged',
      'sessions are known from the log alone: one begun before this source was added shows with its next use',
      'the values of API tokens and of sessions never leave Okta, nor a hash of them: one found on a host cannot be matched to its name here',
      'what a user does in an app after signing in is known to the app alone',
      'factors are listed every 12 hours; one enrolled meanwhile is known by its time and kind',
      'group rules are not evaluated: changes to them show in the log',
      'reach does not take into account that policies of sign-on may stop a sign-in; `cordon access gaps` alone holds them against each user',
      'of Classic Engine policies of apps are not listed, and user types, risks and expressions in rules are not evaluated: what hangs on them is not told',
      'an inline hook may refuse a token that an authorization policy allows: what hangs on one is an upper bound',
      'what a resource server gives to whom it knows besides, by its own list, is known to it alone',
      ...(universalLogoutByRisk
        ? []
        : ['sessions in apps cannot be ended from here: no entity risk policy is configured']),
    ],
  }
}

const accessOf = ({ config, http, clock, signal }: PullContext<OktaConfig>) => ({ config, http, clock, signal })

async function check(context: PullContext<OktaConfig>) {
  const access = accessOf(context)
  const { id, pipeline } = await readOrg(access)
  const missing: string[] = []
  if (context.config.containClientId === undefined) missing.push('no `containClientId`: this source can only look')
  const excess =
    context.config.containClientId === context.config.clientId
      ? ['the app that looks is the one that acts: make two, so that looking needs no right to act']
      : []
  const tried = await call(access, 'log', 'GET', '/api/v1/logs?limit=1').catch(asMissing('okta.logs.read', missing))
  if (tried?.status === 403) missing.push('the admin role of the app does not let it read the System Log')
  for (const [as, path] of firstOf) {
    const scope = scopesToSee(as).join(' ')
    const tried = await call(access, as, 'GET', path).catch(asMissing(scope, missing))
    if (tried?.status === 403) missing.push(`the admin role of the app does not let it use ${scope}`)
  }
  return {
    authority: id,
    missing,
    excess,
    says: [
      `org ${id}, ${pipeline === 'idx' ? 'Identity Engine' : 'Classic Engine'}`,
      `looks as ${ownClients(context.config)[0]}`,
    ],
  }
}

/** One small answer for each scope of the directory, but for what stands inside of an app. */
const firstOf: readonly [as: SeeUse, path: string][] = [
  ['users', '/api/v1/users?limit=1'],
  ['groups', '/api/v1/groups?limit=1'],
  ['apps', '/api/v1/apps?limit=1'],
  ['apiTokens', '/api/v1/api-tokens'],
  ['roles', '/api/v1/iam/assignees/users?limit=1'],
  ['idps', '/api/v1/idps?limit=1'],
  ['zones', '/api/v1/zones?limit=1'],
  ['policies', '/api/v1/policies?type=OKTA_SIGN_ON&limit=1'],
]

/** No token at all says that a scope is missing, not that Okta cannot be reached. */
const asMissing =
  (scopes: string, missing: string[]) =>
  (error: unknown): undefined => {
    if (!isKeyRefusal(error)) throw error
    missing.push(`no token with ${scopes}: the key is not the app's, or one of these scopes is not granted`)
  }

/** Okta tells an app's scopes to whoever may read its grants: the app that looks may, also about the one that acts. */
async function scopes(context: PullContext<OktaConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  const client = use === 'see' ? context.config.clientId : context.config.containClientId
  if (client === undefined) return []
  const response = await call(
    accessOf(context),
    'appGrants',
    'GET',
    `/api/v1/apps/${encodeURIComponent(client)}/grants`,
  ).catch((error: unknown) => {
    if (isKeyRefusal(error)) return undefined
    throw error
  })
  if (response === undefined || response.status !== 200) return null
  const rows = response.json()
  if (!Array.isArray(rows)) return null
  return rows.flatMap((row) =>
    typeof row === 'object' && row !== null && !Array.isArray(row) && typeof row['scopeId'] === 'string'
      ? [row['scopeId']]
      : [],
  )
}
