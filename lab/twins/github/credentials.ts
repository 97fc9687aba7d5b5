import { createHash } from 'node:crypto'

import { isObject, type Json } from 'cordon/kit'

import { absent, gone, ok, paged, refusal } from './answers.ts'
import { makeToken, timeText, type Permissions, type State, type Token } from './state.ts'
import { bodyOf, byOf, idOf, repoRow, userRow, type Handlers } from './world.ts'

const installationTokenMs = 3_600_000
/** GitHub takes a list of leaked values at once, and kills them a little later. */
export const revocationMs = 2_000

const ofKind = ({ tokens }: State, kind: Token['kind']): Token[] =>
  [...tokens.values()].filter((token) => token.kind === kind && token.letIn !== null && token.revokedAtMs === null)

function readPermissions(value: Json | undefined): Permissions {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, level]) => [name, level === 'write' ? 'write' : 'read']))
}

export const credentialHandlers: Handlers = {
  'apps/get-installation': (world, call, caller) => {
    const installation = world.state.installations.get(idOf(call, 'installation_id'))
    if (installation === undefined || caller.kind !== 'app' || caller.app.id !== installation.app) return absent()
    return ok({
      id: installation.id,
      app_id: caller.app.id,
      app_slug: caller.app.slug,
      account: { id: world.state.org.id, login: world.state.org.login, type: 'Organization' },
      permissions: installation.permissions,
      repository_selection: installation.selection,
      suspended_at: installation.suspendedAtMs === null ? null : timeText(installation.suspendedAtMs),
    })
  },
  'apps/create-installation-access-token': (world, call, caller) => {
    const { state } = world
    const installation = state.installations.get(idOf(call, 'installation_id'))
    if (installation === undefined || caller.kind !== 'app' || caller.app.id !== installation.app) return absent()
    if (installation.suspendedAtMs !== null) return refusal(403, 'This installation has been suspended')
    const { permissions, repository_ids: ids } = bodyOf(call)
    const wanted = permissions === undefined ? installation.permissions : readPermissions(permissions)
    const isMore = Object.entries(wanted).some(([name, level]) => {
      const held = name === 'metadata' ? 'read' : installation.permissions[name]
      return held !== 'write' && held !== level
    })
    const repositories = Array.isArray(ids) ? ids.map(Number) : null
    const named = (repositories ?? []).flatMap((id) => state.repos.get(id) ?? [])
    if (isMore || named.length !== (repositories?.length ?? 0)) {
      return refusal(422, 'The permissions requested are not granted to this installation.')
    }
    const expiresAtMs = world.nowMs() + installationTokenMs
    const token = makeToken(state, {
      kind: 'installation',
      user: null,
      installation: installation.id,
      permissions: wanted,
      repositories,
      expiresAtMs,
    })
    return {
      status: 201,
      body: {
        token: token.value,
        expires_at: timeText(expiresAtMs),
        permissions: wanted,
        repository_selection: repositories === null ? 'all' : 'selected',
        ...(repositories === null ? {} : { repositories: named.map((repo) => repoRow(world, repo)) }),
      },
    }
  },
  'apps/revoke-installation-access-token': ({ nowMs }, _, caller) => {
    if (caller.kind === 'token') caller.token.revokedAtMs = nowMs()
    return gone()
  },
  'credentials/revoke': ({ state, nowMs }, call) => {
    const { credentials } = bodyOf(call)
    for (const value of Array.isArray(credentials) ? credentials : []) {
      const token = state.tokens.get(typeof value === 'string' ? value : '')
      if (token !== undefined && token.kind !== 'installation') token.revokedAtMs ??= nowMs() + revocationMs
    }
    return { status: 202, body: {} }
  },
  'rate-limit/get': () => {
    const rate = { limit: 5000, remaining: 4999, reset: 0, used: 1 }
    return ok({ resources: { core: rate, search: rate }, rate })
  },
  'orgs/list-app-installations': ({ state }, call) => {
    const here = [...state.installations.values()].filter(({ isOfEnterprise }) => !isOfEnterprise)
    const rows = here.map(({ id, app, permissions, selection, suspendedAtMs }) => ({
      id,
      app_id: app,
      app_slug: state.apps.get(app)?.slug ?? '',
      permissions,
      repository_selection: selection,
      suspended_at: suspendedAtMs === null ? null : timeText(suspendedAtMs),
    }))
    return paged(call, rows, 'installations')
  },
  'enterprise-apps/delete-installation': (world, call, caller) => {
    const { state, log } = world
    const id = idOf(call, 'installation_id')
    const installation = state.installations.get(id)
    if (call.params['enterprise'] !== state.org.enterprise || installation === undefined) return absent()
    state.installations.delete(id)
    const integration = state.apps.get(installation.app)?.slug ?? ''
    log.record('integration_installation.destroy', byOf(caller, state), { integration, installation_id: id })
    return gone()
  },
  'orgs/list-pat-grants': ({ state, nowMs }, call) => {
    const rows = ofKind(state, 'fine-grained').map((token) => ({
      id: token.letIn,
      owner: ownerRow(state, token),
      repository_selection: token.repositories === null ? 'all' : 'subset',
      permissions: { repository: token.permissions ?? {} },
      access_granted_at: timeText(token.letInAtMs ?? nowMs()),
      ...(token.lastUsedAtMs === undefined ? {} : { token_last_used_at: timeText(token.lastUsedAtMs) }),
      token_id: token.id,
      token_name: token.note,
      token_expired: token.expiresAtMs !== null && token.expiresAtMs <= nowMs(),
    }))
    return paged(call, rows)
  },
  'orgs/list-pat-grant-repositories': (world, call) => {
    const token = ofKind(world.state, 'fine-grained').find(({ letIn }) => letIn === idOf(call, 'pat_id'))
    if (token === undefined) return absent()
    const repos = (token.repositories ?? []).flatMap((id) => world.state.repos.get(id) ?? [])
    return paged(
      call,
      repos.map((repo) => repoRow(world, repo)),
    )
  },
  'orgs/update-pat-access': ({ state, log }, call, caller) => {
    const token = ofKind(state, 'fine-grained').find(({ letIn }) => letIn === idOf(call, 'pat_id'))
    if (token === undefined) return absent()
    token.letIn = null
    log.record('personal_access_token.access_revoked', byOf(caller, state), {
      user_programmatic_access_name: token.note,
    })
    return gone()
  },
  'orgs/list-saml-sso-authorizations': ({ state, nowMs }, call) => {
    const rows = ofKind(state, 'classic').map((token) => ({
      login: ownerRow(state, token)['login'] ?? '',
      credential_id: token.letIn,
      credential_type: 'personal access token',
      token_last_eight: token.value.slice(-8),
      authorized_credential_id: token.id,
      authorized_credential_note: token.note,
      credential_authorized_at: timeText(token.letInAtMs ?? nowMs()),
      ...(token.lastUsedAtMs === undefined ? {} : { credential_accessed_at: timeText(token.lastUsedAtMs) }),
      scopes: token.scopes,
    }))
    return paged(call, rows)
  },
  'orgs/remove-saml-sso-authorization': ({ state, log }, call, caller) => {
    const token = ofKind(state, 'classic').find(({ letIn }) => letIn === idOf(call, 'credential_id'))
    if (token === undefined) return absent()
    token.letIn = null
    log.record('org_credential_authorization.revoke', byOf(caller, state), {})
    return gone()
  },
  'secret-scanning/list-alerts-for-org': (world, call) => {
    const rows = world.state.alerts.map(({ number, repo, type, secret, path, createdAtMs }) => ({
      number,
      state: 'open',
      secret_type: type,
      secret,
      created_at: timeText(createdAtMs ?? world.nowMs()),
      repository: { id: repo, name: world.state.repos.get(repo)?.name ?? '' },
      first_location_detected: { path, commit_sha: createHash('sha1').update(path).digest('hex') },
      validity: 'active',
    }))
    return paged(call, rows)
  },
}

const ownerRow = (state: State, token: Token) => {
  const user = state.users.get(token.user ?? 0)
  return user === undefined ? {} : userRow(user)
}
