import type { z } from 'zod'

import type { CredentialKind, EntityFact } from '#model'

import {
  nameApp,
  nameBot,
  nameFingerprint,
  nameGrant,
  nameHook,
  nameInstallation,
  nameLeak,
  nameMembers,
  nameOrg,
  nameOwners,
  namePat,
  namePatRights,
  nameRepo,
  nameRepoActions,
  nameRepos,
  nameRunner,
  nameSecret,
  nameSecretSet,
  nameSshKey,
  nameTeam,
  nameToken,
  nameUser,
  type SecretPlace,
  type Where,
} from './names.ts'
import { edgesOfPermissions, edgesOfRole, roleOf, rulesOrganisation } from './rights.ts'
import {
  accountRow,
  alertRow,
  authorizationRow,
  grantWithRepositories,
  hookRow,
  installationRow,
  orgRow,
  orgSecretRow,
  runnerRow,
  teamWithMembers,
  type AccountRow,
  type AuthorizationRow,
  type HookRow,
  type RunnerRow,
  type SecretRow,
} from './rows.ts'
import { timeOf, type Statements } from './statements.ts'

type Say = (say: Statements, row: unknown) => void
const of =
  <Row>(shape: z.ZodType<Row>, state: (say: Statements, row: Row) => void): Say =>
  (say, row) =>
    state(say, shape.parse(row))

/** How a row of each list is stated. */
export const organisationSays: Readonly<Record<string, Say>> = {
  organisation: of(orgRow, sayOrganisation),
  owners: of(accountRow, (say, user) => sayMember(say, user, true)),
  members: of(accountRow, (say, user) => sayMember(say, user, false)),
  outside: of(accountRow, (say, user) => say.fact(nameUser(say.authority, user.id), userFacts(user, true, false))),
  teams: of(teamWithMembers, sayTeam),
  installations: of(installationRow, sayInstallation),
  tokens: of(grantWithRepositories, sayGrant),
  authorizations: of(authorizationRow, sayAuthorization),
  'org-hooks': of(hookRow, (say, hook) => sayHook(say, 'org', hook)),
  'org-secrets': of(orgSecretRow, sayOrgSecret),
  'org-runners': of(runnerRow, (say, runner) => sayRunner(say, 'org', runner)),
  alerts: of(alertRow, sayAlert),
}

function sayOrganisation(say: Statements, org: z.output<typeof orgRow>): void {
  const { authority } = say
  const base = roleOf({ permission: org.default_repository_permission ?? 'none' })
  say.fact(nameOrg(authority), {
    name: org.login,
    kind: 'organisation',
    plan: org.plan?.name ?? null,
    mfaRequired: org.two_factor_requirement_enabled ?? null,
    basePermission: base,
    membersMakePublic: org.members_can_create_public_repositories ?? null,
    membersInviteOutside: org.members_can_invite_outside_collaborators ?? null,
  })
  say.fact(nameRepos(authority), { name: `all repositories of ${org.login}`, kind: 'repositories' })
  say.fact(nameRepoActions(authority, 'all'), {
    name: `Actions of ${org.login}`,
    kind: 'workflows',
    ofAll: true,
    fixed: true,
  })
  say.fact(nameMembers(authority), { name: `members of ${org.login}`, kind: 'group' })
  say.fact(nameOwners(authority), { name: `owners of ${org.login}`, kind: 'group', admin: true, fixed: true })
  say.open(nameOrg(authority), 'CONTAINS', nameRepos(authority))
  for (const type of ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN', 'CAN_GRANT'] as const) {
    say.open(nameOwners(authority), type, nameOrg(authority), { note: 'owner' })
  }
  say.open(nameOwners(authority), 'CAN_READ', nameRepoActions(authority, 'all'), { note: 'owner' })
  const { onRepository, onActions } = edgesOfRole(base, false)
  const note = `base permission ${base}`
  for (const type of onRepository) say.open(nameMembers(authority), type, nameRepos(authority), { note })
  for (const type of onActions) say.open(nameMembers(authority), type, nameRepoActions(authority, 'all'), { note })
}

export const userFacts = (user: AccountRow, external: boolean, admin: boolean): EntityFact['attributes'] => ({
  name: user.login,
  kind: user.type === 'Bot' ? 'app' : 'human',
  status: 'active',
  external,
  admin,
})

function sayMember(say: Statements, user: AccountRow, isOwner: boolean): void {
  const entity = nameUser(say.authority, user.id)
  say.fact(entity, userFacts(user, false, isOwner))
  say.open(entity, 'MEMBER_OF', nameMembers(say.authority))
  if (isOwner) say.open(entity, 'MEMBER_OF', nameOwners(say.authority))
}

/** Who is in a team has the rights of the teams above it, too. */
function sayTeam(say: Statements, { team, members }: z.output<typeof teamWithMembers>): void {
  const entity = nameTeam(say.authority, team.id)
  say.fact(entity, { name: team.slug, kind: 'group' })
  if (team.parent) say.open(entity, 'MEMBER_OF', nameTeam(say.authority, team.parent.id))
  for (const member of members) say.open(nameUser(say.authority, member.id), 'MEMBER_OF', entity)
}

export const permissionText = (permissions: Readonly<Record<string, string>>): string =>
  Object.entries(permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .sort()
    .join(', ')

/** GitHub tells the permissions of another's app, and of `selected` not which repositories: the edges are an upper bound. */
function sayInstallation(say: Statements, row: z.output<typeof installationRow>): void {
  const { authority } = say
  const [app, bot] = [nameApp(authority, row.app_id), nameBot(authority, row.app_id)]
  const installation = nameInstallation(authority, row.id)
  const sinceMs = timeOf(row.created_at)
  const own = row.is_own ? { own: true } : {}
  const isSuspended = row.suspended_at !== null && row.suspended_at !== undefined
  const scopes = permissionText(row.permissions)
  say.fact(app, { name: row.app_slug, kind: 'app', scopes, external: !row.is_own, ...own })
  say.fact(bot, { name: `${row.app_slug}[bot]`, kind: 'app', scopes, ...own })
  say.fact(installation, {
    name: `installation of ${row.app_slug}`,
    kind: 'grant',
    client: `app/${row.app_id}`,
    createdAtMs: sinceMs,
    status: isSuspended ? 'suspended' : 'active',
    selection: row.repository_selection,
    scopes,
    ...own,
  })
  if (isSuspended) return
  say.open(installation, 'AUTHENTICATES_AS', bot, { sinceMs })
  say.open(app, 'ACTS_AS', bot, { sinceMs })
  sayPermissions(say, bot, row.permissions, row.repository_selection === 'all' ? 'all' : 'unknown')
}

/** `repositories`: the ones it is limited to; `unknown`: some, and GitHub does not say which. */
function sayPermissions(
  say: Statements,
  holder: ReturnType<typeof nameBot>,
  permissions: Readonly<Record<string, string>>,
  repositories: 'all' | 'unknown' | readonly number[],
): void {
  const { authority } = say
  const { onRepository, onActions } = edgesOfPermissions(permissions)
  const more = { note: 'permissions', ...(repositories === 'unknown' ? { conditional: true } : {}) }
  const wide = typeof repositories === 'string'
  const targets = wide ? [nameRepos(authority)] : repositories.map((id) => nameRepo(authority, id))
  const inside = wide ? [nameRepoActions(authority, 'all')] : repositories.map((id) => nameRepoActions(authority, id))
  for (const type of onRepository) for (const target of targets) say.open(holder, type, target, more)
  for (const type of onActions) for (const target of inside) say.open(holder, type, target, more)
  if (rulesOrganisation(permissions)) {
    for (const type of ['CAN_ADMIN', 'CAN_GRANT'] as const) {
      say.open(holder, type, nameOrg(authority), { note: 'permissions over the organisation' })
    }
  }
}

/**
 * A fine-grained token never does more than it says, so it logs in as an identity of its own; the owner's grant of it to
 * the organisation hangs on the owner, whose fall takes the token along.
 */
function sayGrant(say: Statements, { grant, repositories }: z.output<typeof grantWithRepositories>): void {
  const { authority } = say
  const owner = nameUser(authority, grant.owner.id)
  const id = String(grant.token_id)
  const [token, holder, given] = [namePat(authority, id), namePatRights(authority, id), nameGrant(authority, grant.id)]
  const sinceMs = timeOf(grant.access_granted_at)
  const permissions = { ...grant.permissions.organization, ...grant.permissions.repository }
  const facts = {
    name: `${grant.token_name} of ${grant.owner.login}`,
    owner: grant.owner.login,
    grant: grant.id,
    token: id,
    createdAtMs: sinceMs,
    expiresAtMs: timeOf(grant.token_expires_at),
    lastUsedAtMs: timeOf(grant.token_last_used_at),
    tellsUse: true,
    selection: grant.repository_selection,
    scopes: permissionText(permissions),
  }
  say.fact(token, { ...facts, kind: 'token', tokenKind: 'fine-grained' })
  say.fact(given, { ...facts, kind: 'grant', name: `grant of ${facts.name}` })
  say.fact(holder, { name: facts.name, kind: 'service', owner: grant.owner.login })
  say.open(holder, 'OWNED_BY', owner, { sinceMs })
  // Only its owner, signed in on the web, can make one and ask for its grant.
  say.open(owner, 'CREATED', given, { sinceMs })
  if (grant.token_expired) return
  say.open(given, 'AUTHENTICATES_AS', owner, { sinceMs })
  say.open(given, 'DERIVES', token, { sinceMs })
  say.open(token, 'AUTHENTICATES_AS', holder, { sinceMs })
  // Of a subset that we may not read it may be any.
  const unread = grant.repository_selection === 'subset' ? 'unknown' : []
  const reach = repositories ?? (grant.repository_selection === 'all' ? 'all' : unread)
  sayPermissions(say, holder, permissions, reach)
}

const credentialKinds: Readonly<Record<string, { kind: CredentialKind; tokenKind: string }>> = {
  'personal access token': { kind: 'token', tokenKind: 'classic' },
  'SSH key': { kind: 'ssh-key', tokenKind: 'ssh' },
  'OAuth app token': { kind: 'token', tokenKind: 'oauth' },
  'GitHub app token': { kind: 'token', tokenKind: 'user-to-server' },
}

/** A classic token, an OAuth token or an SSH key opens all that its owner may, within its scopes. */
function sayAuthorization(say: Statements, row: AuthorizationRow): void {
  const { authority } = say
  const known = credentialKinds[row.credential_type] ?? { kind: 'token', tokenKind: row.credential_type }
  const print = known.kind === 'ssh-key' ? (row.fingerprint ?? null) : null
  const entity =
    print === null
      ? nameToken(authority, String(row.authorized_credential_id ?? `authorization=${row.credential_id}`))
      : nameSshKey(authority, print)
  say.fact(entity, {
    name: `${row.credential_type} of ${row.login}`,
    ...known,
    owner: row.login,
    authorization: row.credential_id,
    createdAtMs: timeOf(row.credential_authorized_at),
    lastUsedAtMs: timeOf(row.credential_accessed_at),
    tellsUse: true,
    expiresAtMs: timeOf(row.authorized_credential_expires_at),
    ...(row.scopes === null || row.scopes === undefined ? {} : { scopes: row.scopes.join(', ') }),
    ...(row.token_last_eight ? { lastEight: row.token_last_eight } : {}),
  })
  if (row.user_id === null) return
  const sinceMs = timeOf(row.credential_authorized_at)
  say.open(entity, 'AUTHENTICATES_AS', nameUser(authority, row.user_id), { sinceMs })
}

export function sayHook(say: Statements, where: Where, hook: HookRow): void {
  const entity = nameHook(say.authority, where, hook.id)
  const place = where === 'org' ? nameOrg(say.authority) : nameRepo(say.authority, where)
  say.fact(entity, {
    name: `webhook ${hook.id}`,
    kind: 'webhook',
    status: hook.active ? 'active' : 'inactive',
    target: hook.config.url ?? null,
    insecure: String(hook.config.insecure_ssl ?? '0') === '1',
    scopes: hook.events.join(', '),
    createdAtMs: timeOf(hook.created_at),
  })
  say.open(place, 'CONTAINS', entity, { sinceMs: timeOf(hook.created_at) })
}

/** GitHub shows names and times, never a value: what a secret opens, its issuer must say. */
export function saySecret(say: Statements, place: SecretPlace, row: SecretRow): ReturnType<typeof nameSecret> {
  const entity = nameSecret(say.authority, place)
  say.fact(entity, {
    name: `Actions secret ${row.name}`,
    kind: 'key',
    createdAtMs: timeOf(row.created_at),
    rotatedAtMs: timeOf(row.updated_at),
    ...(place.environment === undefined ? {} : { environment: place.environment }),
  })
  return entity
}

function sayOrgSecret(say: Statements, row: z.output<typeof orgSecretRow>): void {
  const { authority } = say
  const secret = saySecret(say, { where: 'org', name: row.name }, row)
  const note = `visible to ${row.visibility} repositories`
  const sinceMs = timeOf(row.created_at)
  // `private` leaves public repositories out, which this record cannot tell apart.
  const conditional = row.visibility === 'private' ? { conditional: true } : {}
  const readers = row.visibility === 'selected' ? (row.repositories ?? []) : ['all' as const]
  for (const id of readers) {
    const actions = nameRepoActions(authority, id)
    say.open(actions, 'STORES', secret, { note, sinceMs, ...conditional })
    for (const native of row.places)
      say.open(actions, 'CONTAINS', nameSecretSet(authority, native), { note, ...conditional })
  }
}

export function sayRunner(say: Statements, where: Where, runner: RunnerRow): void {
  const entity = nameRunner(say.authority, where, runner.id)
  say.fact(entity, {
    name: runner.name,
    kind: 'runner',
    os: runner.os,
    status: runner.status,
    busy: runner.busy,
    ephemeral: runner.ephemeral ?? false,
  })
}

function sayAlert(say: Statements, row: z.output<typeof alertRow>): void {
  if (row.repository === undefined || row.state !== 'open') return
  const { authority } = say
  const leak = nameLeak(authority, row.repository.id, row.number)
  const sinceMs = timeOf(row.created_at)
  const path = row.first_location_detected?.path
  say.fact(leak, {
    name: `${row.secret_type} found by GitHub`,
    kind: 'key',
    createdAtMs: sinceMs,
    status: row.validity ?? 'unknown',
    public: row.publicly_leaked ?? false,
    ...(path === undefined ? {} : { path }),
  })
  say.open(nameRepo(authority, row.repository.id), 'STORES', leak, { sinceMs, note: `alert ${row.number}` })
  const print = row.secret_sha256 === null ? undefined : nameFingerprint(row.secret_sha256)
  if (print !== undefined) say.open(leak, 'SAME_AS', print, { sinceMs })
}
