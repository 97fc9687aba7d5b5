import { nothingNormalized, type EdgeStatement, type EntityId, type Normalized, type Stated } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { activityTypeOf, isRefused } from './activity-types.ts'
import { describe, thingOf } from './describe.ts'
import {
  nameConsole,
  nameFile,
  nameGroup,
  nameInvite,
  nameKey,
  nameMembership,
  nameOrganization,
  nameRole,
  nameServiceAccount,
  nameSetting,
  nameUser,
  nameWorkspace,
} from './names.ts'
import { activityRow, type ActivityRow } from './rows.ts'
import { fact, merge, open, timeMs } from './statements.ts'

type Told = {
  row: ActivityRow
  atMs: number
  authority: string
  /** Who acted; null where Anthropic does not say, or it was a key alone. */
  actor: EntityId | null
  /** Key it was done with; a session has no name here. */
  credential: EntityId | null
}

/** Entries of the Activity Feed → OCSF, and what they change in the estate. */
export function normalizeActivity({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = activityRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'activity' }
  const row = parsed.data
  const atMs = timeMs(row.created_at) ?? arrivedAtMs
  const type = activityTypeOf(row.type)
  out.ocsf.push(describe(row, type, atMs, authority))
  if (type === undefined) return { ...out, unmapped: row.type }
  // What was refused changed nothing. A parent organisation's feed tells of its others, too: they are no part of this one.
  const isElsewhere = isTold(row.organization_uuid) && row.organization_uuid !== authority
  if (isRefused(row.type) || isElsewhere) return out
  const told: Told = { row, atMs, authority, actor: actorOf(row, authority), credential: credentialOf(row, authority) }
  if (told.credential !== null) {
    const isAdmin = isTold(row.actor?.admin_api_key_id)
    const kinds = isAdmin ? { kind: 'key', keyKind: 'admin', admin: true } : {}
    out.facts.push(fact(told.credential, atMs, { lastUsedAtMs: atMs, ...kinds }))
    if (isAdmin) out.edges.push(open(told.credential, 'AUTHENTICATES_AS', nameRole(authority, 'admin'), atMs))
  }
  merge(out, states[row.type]?.(told) ?? stateSetting(told))
  merge(out, stateTouch(told))
  return out
}

function actorOf({ actor }: ActivityRow, authority: string): EntityId | null {
  if (isTold(actor?.service_account_id)) return nameServiceAccount(authority, actor.service_account_id)
  return isTold(actor?.user_id) ? nameUser(authority, actor.user_id) : null
}

function credentialOf({ actor }: ActivityRow, authority: string): EntityId | null {
  const key = actor?.admin_api_key_id ?? actor?.api_key_id
  return isTold(key) ? nameKey(authority, key) : null
}

const created = ({ actor, credential, atMs }: Told, entity: EntityId): EdgeStatement[] =>
  [actor, credential].flatMap((by) => (by === null || by === entity ? [] : [open(by, 'CREATED', entity, atMs)]))

const states: Record<string, (told: Told) => Stated> = {
  platform_api_key_created: (told) => stateKey(told, told.row.api_key_id, {}),
  api_key_created: (told) => stateKey(told, told.row.api_key_id, {}),
  admin_api_key_created: stateAdminKey,
  platform_api_key_updated: stateKeyUpdated,
  scoped_api_key_deleted: (told) => stateKeyOff(told, told.row.api_key_id),
  admin_api_key_deleted: (told) => stateKeyOff(told, told.row.admin_api_key_id),
  org_user_invite_sent: stateInvite,
  org_user_invite_re_sent: stateInvite,
  org_user_invite_accepted: stateAccepted,
  org_user_deleted: ({ row, authority, atMs }) =>
    isTold(row.deleted_user_id)
      ? { facts: [fact(nameUser(authority, row.deleted_user_id), atMs, { enabled: false })] }
      : {},
  platform_workspace_created: stateWorkspace,
  platform_workspace_archived: ({ row, authority, atMs }) =>
    isTold(row.workspace_id)
      ? { facts: [fact(nameWorkspace(authority, row.workspace_id), atMs, { enabled: false, status: 'archived' })] }
      : {},
  platform_workspace_member_added: stateMembership,
  platform_service_account_created: stateServiceAccount,
  group_created: (told) => {
    const { row, authority, atMs } = told
    if (!isTold(row.group_id)) return {}
    const group = nameGroup(authority, row.group_id)
    const attributes = { kind: 'group', name: row.group_name, createdAtMs: atMs }
    return { facts: [fact(group, atMs, attributes)], edges: created(told, group) }
  },
  platform_file_uploaded: stateFile,
  platform_file_content_downloaded: () => ({}),
  platform_file_deleted: () => ({}),
}

/** Which workspace it is of the feed does not say: the list does. */
function stateKey(told: Told, id: string | null | undefined, attributes: Record<string, string | boolean>): Stated {
  const { row, atMs, authority, actor } = told
  if (!isTold(id)) return {}
  const key = nameKey(authority, id)
  const scopes = row.scopes?.join(' ')
  return {
    facts: [fact(key, atMs, { kind: 'key', createdAtMs: atMs, enabled: true, owner: actor, scopes, ...attributes })],
    edges: created(told, key),
  }
}

function stateAdminKey(told: Told): Stated {
  const id = told.row.admin_api_key_id
  if (!isTold(id)) return {}
  const stated = stateKey(told, id, { keyKind: 'admin', admin: true, name: `admin key ${id}` })
  const login = open(nameKey(told.authority, id), 'AUTHENTICATES_AS', nameRole(told.authority, 'admin'), told.atMs)
  return { ...stated, edges: [...(stated.edges ?? []), login] }
}

function stateKeyUpdated({ row, atMs, authority }: Told): Stated {
  const status = row.updates?.find(({ type }) => type === 'status')?.current_value
  if (!isTold(row.api_key_id) || typeof status !== 'string') return {}
  return { facts: [fact(nameKey(authority, row.api_key_id), atMs, { status, enabled: status === 'active' })] }
}

const stateKeyOff = ({ atMs, authority }: Told, id: string | null | undefined): Stated =>
  isTold(id) ? { facts: [fact(nameKey(authority, id), atMs, { enabled: false, status: 'deleted' })] } : {}

function stateInvite(told: Told): Stated {
  const { row, atMs, authority } = told
  if (!isTold(row.invited_email)) return {}
  const invite = nameInvite(authority, row.invited_email)
  const { invited_email: email, invited_role: role } = row
  const attributes = { kind: 'token', name: `invite of ${email}`, email, role, status: 'pending', createdAtMs: atMs }
  return { facts: [fact(invite, atMs, attributes)], edges: created(told, invite) }
}

/** Whoever accepts an invite is who acts, by the address it went to. */
function stateAccepted({ row, atMs, authority, actor }: Told): Stated {
  const email = row.actor?.email_address
  if (!isTold(email) || actor === null) return {}
  const invite = nameInvite(authority, email)
  return {
    facts: [fact(invite, atMs, { status: 'accepted', enabled: false })],
    edges: [open(invite, 'AUTHENTICATES_AS', actor, atMs)],
  }
}

function stateWorkspace(told: Told): Stated {
  const { row, atMs, authority } = told
  if (!isTold(row.workspace_id)) return {}
  const workspace = nameWorkspace(authority, row.workspace_id)
  return {
    facts: [fact(workspace, atMs, { createdAtMs: atMs, enabled: true })],
    edges: [open(nameOrganization(authority), 'CONTAINS', workspace, atMs), ...created(told, workspace)],
  }
}

/** The user was there before: what was given is the membership alone. */
function stateMembership(told: Told): Stated {
  const { row, atMs, authority } = told
  const { user_id: user, workspace_id: workspace } = row
  if (!isTold(user) || !isTold(workspace)) return {}
  const membership = nameMembership(authority, workspace, user)
  const name = `membership of ${user} in ${workspace}`
  return {
    facts: [fact(membership, atMs, { name, owner: nameUser(authority, user), createdAtMs: atMs })],
    edges: created(told, membership),
  }
}

function stateServiceAccount(told: Told): Stated {
  const { row, atMs, authority } = told
  if (!isTold(row.service_account_id)) return {}
  const account = nameServiceAccount(authority, row.service_account_id)
  return {
    facts: [fact(account, atMs, { kind: 'service', createdAtMs: atMs, enabled: true })],
    edges: created(told, account),
  }
}

function stateFile(told: Told): Stated {
  const { row, atMs, authority } = told
  if (!isTold(row.file_id)) return {}
  const file = nameFile(authority, row.file_id)
  const attributes = { name: row.filename, storedKind: 'file', createdAtMs: atMs }
  return { facts: [fact(file, atMs, attributes)], edges: created(told, file) }
}

/** Ways in that only a person in the console can close: roles, federation, connectors, invite links, signing keys. */
function stateSetting(told: Told): Stated {
  const { row, atMs, authority } = told
  const [, noun = '', word = ''] = /^([a-z_]+?)_(re_sent|[a-z]+)$/.exec(row.type) ?? []
  const isWay = ways.test(row.type)
  const { uid, name } = thingOf(row)
  const id = uid === 'unknown' ? (row.user_id ?? row.target_id ?? row.id) : uid
  const entity = nameSetting(authority, noun, id)
  if (isWay && (word === 'deleted' || word === 'removed' || word === 'archived')) {
    return { facts: [fact(entity, atMs, { enabled: false })] }
  }
  if (!isWay || !making.has(word)) return {}
  const attributes = { name: name ?? `${noun} ${id}`, settingKind: noun, createdAtMs: atMs, enabled: true }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}
const ways =
  /^(platform_federation|platform_signing_key|platform_service_account_workspace_member|mcp_server|org_invite_link|org_sso|org_domain|org_directory_sync|claude_user_role|role_assignment|rbac_role|service_key|service|tunnel_token|environment_token|session_share|marketplace|claude_plugin|claude_skill|platform_agent_deployment|org_join_request)_/
const making: ReadonlySet<string> = new Set([
  'created',
  'added',
  'generated',
  'regenerated',
  'activated',
  'verified',
  'updated',
  'granted',
  'assigned',
  'minted',
  'approved',
])

const fileVerbs: Record<string, 'read' | 'write' | 'delete'> = {
  platform_file_content_downloaded: 'read',
  platform_file_uploaded: 'write',
  platform_file_deleted: 'delete',
}
const logins: ReadonlySet<string> = new Set([
  'sso_login_succeeded',
  'magic_link_login_succeeded',
  'social_login_succeeded',
])

/** Signing in, files that were read or changed, and every change of the organisation or of a workspace. */
function stateTouch({ row, atMs, authority, actor, credential }: Told): Stated {
  if (actor === null && credential === null) return {}
  const touch = { identity: actor, credential, atMs, origin: row.actor?.ip_address ?? null }
  const verb = fileVerbs[row.type]
  if (verb !== undefined) {
    return isTold(row.file_id)
      ? { touches: [{ ...touch, resource: nameFile(authority, row.file_id), verb, records: 1 }] }
      : {}
  }
  if (logins.has(row.type)) {
    return {
      facts: actor === null ? [] : [fact(actor, atMs, { lastUsedAtMs: atMs })],
      touches: [{ ...touch, resource: nameConsole(authority), verb: 'login', records: null }],
    }
  }
  const { class: name } = activityTypeOf(row.type) ?? {}
  if (name === 'authentication' || name === 'api_activity' || row.type.startsWith('claude_chat')) return {}
  const resource = isTold(row.workspace_id) ? nameWorkspace(authority, row.workspace_id) : nameOrganization(authority)
  return { touches: [{ ...touch, resource, verb: 'admin', records: null }] }
}
