import { verify } from 'node:crypto'

import { isObject, parseJson } from 'cordon/kit'

import type { TwinCall } from '../kit/server.ts'
import type { By } from './audit-log.ts'
import { roleIn, roleRank, repoNamed, type App, type Level, type Role, type State, type Token } from './state.ts'

export type Caller =
  | { kind: 'nobody' }
  | { kind: 'app'; app: App }
  | { kind: 'token'; token: Token; by: By }
  /** A credential that GitHub does not know. */
  | { kind: 'bad' }

export function callerOf(state: State, { headers }: TwinCall, nowMs: number): Caller {
  const { authorization = '' } = headers
  if (authorization === '') return { kind: 'nobody' }
  const [scheme = '', given = ''] = authorization.split(' ')
  const value = /^basic$/i.test(scheme) ? (Buffer.from(given, 'base64').toString('utf8').split(':')[1] ?? '') : given
  if (value.split('.').length === 3) {
    const app = appOf(state, value, nowMs)
    return app === undefined ? { kind: 'bad' } : { kind: 'app', app }
  }
  const token = state.tokens.get(value)
  if (token === undefined || isDead(token, nowMs)) return { kind: 'bad' }
  const user = token.user === null ? null : (state.users.get(token.user) ?? null)
  const ip = String(headers['x-forwarded-for'] ?? '192.0.2.1')
  return { kind: 'token', token, by: { user, ip, agent: headers['user-agent'] ?? 'unknown', token } }
}

export const isDead = ({ revokedAtMs, expiresAtMs }: Token, nowMs: number): boolean =>
  (revokedAtMs !== null && revokedAtMs <= nowMs) || (expiresAtMs !== null && expiresAtMs <= nowMs)

/** A JWT signed with the app's key, good for ten minutes at most. */
function appOf(state: State, jwt: string, nowMs: number): App | undefined {
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const claims = parseJson(Buffer.from(body, 'base64url').toString('utf8'))
  if (!isObject(claims)) return undefined
  const app = state.apps.get(Number(claims['iss']))
  const [issued, expires] = [Number(claims['iat']), Number(claims['exp'])]
  if (app === undefined || expires * 1000 <= nowMs || issued * 1000 > nowMs || expires - issued > 11 * 60)
    return undefined
  const signed = Buffer.from(`${head}.${body}`)
  return verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url')) ? app : undefined
}

/** Permission that an app needs for an operation (GitHub's page "Permissions required for GitHub Apps"). */
const needs: Readonly<Record<string, readonly [permission: string, level: Level]>> = {
  'orgs/get': ['metadata', 'read'],
  'orgs/get-audit-log': ['organization_administration', 'read'],
  'orgs/list-members': ['members', 'read'],
  'orgs/list-outside-collaborators': ['members', 'read'],
  'orgs/remove-outside-collaborator': ['members', 'write'],
  'orgs/get-membership-for-user': ['members', 'read'],
  'orgs/set-membership-for-user': ['members', 'write'],
  'orgs/remove-membership-for-user': ['members', 'write'],
  'teams/list': ['members', 'read'],
  'teams/list-members-in-org': ['members', 'read'],
  'teams/get-membership-for-user-in-org': ['members', 'read'],
  'teams/add-or-update-membership-for-user-in-org': ['members', 'write'],
  'teams/remove-membership-for-user-in-org': ['members', 'write'],
  'orgs/list-app-installations': ['organization_administration', 'read'],
  'enterprise-apps/delete-installation': ['enterprise_organization_installations', 'write'],
  'orgs/list-pat-grants': ['organization_personal_access_tokens', 'read'],
  'orgs/list-pat-grant-repositories': ['organization_personal_access_tokens', 'read'],
  'orgs/update-pat-access': ['organization_personal_access_tokens', 'write'],
  'orgs/list-saml-sso-authorizations': ['organization_administration', 'read'],
  'orgs/remove-saml-sso-authorization': ['organization_administration', 'write'],
  'orgs/list-webhooks': ['organization_hooks', 'read'],
  'orgs/get-webhook': ['organization_hooks', 'read'],
  'orgs/update-webhook': ['organization_hooks', 'write'],
  'actions/list-org-secrets': ['organization_secrets', 'read'],
  'actions/list-selected-repos-for-org-secret': ['organization_secrets', 'read'],
  'actions/list-self-hosted-runners-for-org': ['organization_self_hosted_runners', 'read'],
  'actions/get-self-hosted-runner-for-org': ['organization_self_hosted_runners', 'read'],
  'actions/delete-self-hosted-runner-from-org': ['organization_self_hosted_runners', 'write'],
  'secret-scanning/list-alerts-for-org': ['secret_scanning_alerts', 'read'],
  'repos/list-for-org': ['metadata', 'read'],
  'repos/get': ['metadata', 'read'],
  'repos/list-collaborators': ['metadata', 'read'],
  'repos/add-collaborator': ['administration', 'write'],
  'repos/remove-collaborator': ['administration', 'write'],
  'repos/list-teams': ['administration', 'read'],
  'repos/list-deploy-keys': ['administration', 'read'],
  'repos/create-deploy-key': ['administration', 'write'],
  'repos/delete-deploy-key': ['administration', 'write'],
  'repos/list-webhooks': ['repository_hooks', 'read'],
  'repos/get-webhook': ['repository_hooks', 'read'],
  'repos/create-webhook': ['repository_hooks', 'write'],
  'repos/update-webhook': ['repository_hooks', 'write'],
  'actions/get-repo-public-key': ['secrets', 'read'],
  'actions/get-repo-secret': ['secrets', 'read'],
  'actions/create-or-update-repo-secret': ['secrets', 'write'],
  'actions/get-repo-variable': ['actions_variables', 'read'],
  'actions/create-repo-variable': ['actions_variables', 'write'],
  'actions/update-repo-variable': ['actions_variables', 'write'],
  'actions/get-environment-public-key': ['environments', 'read'],
  'actions/get-environment-secret': ['environments', 'read'],
  'actions/create-or-update-environment-secret': ['environments', 'write'],
  'actions/get-environment-variable': ['environments', 'read'],
  'actions/create-environment-variable': ['environments', 'write'],
  'actions/update-environment-variable': ['environments', 'write'],
  'actions/get-org-public-key': ['organization_secrets', 'read'],
  'actions/get-org-secret': ['organization_secrets', 'read'],
  'actions/create-or-update-org-secret': ['organization_secrets', 'write'],
  'actions/get-org-variable': ['organization_actions_variables', 'read'],
  'actions/create-org-variable': ['organization_actions_variables', 'write'],
  'actions/update-org-variable': ['organization_actions_variables', 'write'],
  'codespaces/get-repo-public-key': ['codespaces_secrets', 'read'],
  'codespaces/get-repo-secret': ['codespaces_secrets', 'read'],
  'codespaces/create-or-update-repo-secret': ['codespaces_secrets', 'write'],
  'dependabot/get-repo-public-key': ['dependabot_secrets', 'read'],
  'dependabot/get-repo-secret': ['dependabot_secrets', 'read'],
  'dependabot/create-or-update-repo-secret': ['dependabot_secrets', 'write'],
  'actions/list-repo-secrets': ['secrets', 'read'],
  'actions/list-repo-organization-secrets': ['secrets', 'read'],
  'repos/get-all-environments': ['actions', 'read'],
  'actions/list-environment-secrets': ['environments', 'read'],
  'actions/list-self-hosted-runners-for-repo': ['administration', 'read'],
  'actions/get-self-hosted-runner-for-repo': ['administration', 'read'],
  'actions/delete-self-hosted-runner-from-repo': ['administration', 'write'],
  'actions/list-repo-workflows': ['actions', 'read'],
  'actions/get-workflow': ['actions', 'read'],
  'actions/disable-workflow': ['actions', 'write'],
  'actions/enable-workflow': ['actions', 'write'],
  'actions/get-workflow-run': ['actions', 'read'],
  'actions/force-cancel-workflow-run': ['actions', 'write'],
  'dependency-graph/export-sbom': ['contents', 'read'],
  contents: ['contents', 'read'],
  push: ['contents', 'write'],
}
/** With any token that GitHub knows. */
const free = new Set(['rate-limit/get', 'users/get-authenticated', 'users/get-by-id'])

/** `hidden`: GitHub says 404 to who may not know that it is there. */
export type Leave = 'yes' | 'no' | 'hidden' | 'no-sso'

export function leaveFor(state: State, caller: Caller, call: TwinCall): Leave {
  if (call.id === 'credentials/revoke') return 'yes'
  if (call.id === 'apps/get-installation' || call.id === 'apps/create-installation-access-token') {
    return caller.kind === 'app' ? 'yes' : 'no'
  }
  if (caller.kind !== 'token') return 'no'
  const { token } = caller
  if (call.id === 'apps/revoke-installation-access-token') return token.installation === null ? 'no' : 'yes'
  if (free.has(call.id)) return call.id === 'users/get-authenticated' && token.user === null ? 'no' : 'yes'
  const [permission, level] = needs[call.id] ?? ['', 'write']
  const isRepo = call.params['repo'] !== undefined
  const repo = repoNamed(state, call.params['owner'], call.params['repo'])
  if (isRepo && repo === undefined) return 'hidden'
  // What is public is anybody's to read.
  if (repo?.private === false && level === 'read' && /^(contents|metadata)$/.test(permission)) return 'yes'
  const role = repo === undefined || token.user === null ? undefined : roleIn(state, repo, token.user)
  if (token.permissions !== null) {
    const isPart = token.repositories === null || repo === undefined || token.repositories.includes(repo.id)
    const held = permission === 'metadata' ? 'read' : token.permissions[permission]
    if (!isPart || (token.user !== null && (token.letIn === null || role === undefined))) return 'hidden'
    return held === 'write' || held === level ? 'yes' : 'no'
  }
  return ofClassic(state, token, { permission, level, role, isRepo })
}

/** What a person may, within the scopes of the token, and only with single sign-on. */
function ofClassic(
  state: State,
  token: Token,
  need: { permission: string; level: Level; role: Role | undefined; isRepo: boolean },
): Leave {
  const { permission, level, role, isRepo } = need
  const isOwner = state.members.get(token.user ?? 0)?.role === 'admin'
  if (isRepo ? role === undefined : state.members.get(token.user ?? 0)?.state !== 'active') return 'hidden'
  if (token.letIn === null) return 'no-sso'
  const scope = isRepo ? 'repo' : 'admin:org'
  if (!token.scopes.includes(scope)) return 'hidden'
  if (!isRepo) return isOwner || (level === 'read' && permission !== 'organization_administration') ? 'yes' : 'no'
  const least: Role = ['administration', 'repository_hooks', 'secrets'].includes(permission)
    ? 'admin'
    : level === 'write'
      ? 'write'
      : 'read'
  return roleRank(role) >= roleRank(least) ? 'yes' : 'hidden'
}
