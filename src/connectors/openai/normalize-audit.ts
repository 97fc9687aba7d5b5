import { isObject } from '#kit'
import { nothingNormalized, type EdgeStatement, type EntityId, type Normalized, type Stated } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { auditTypeOf, isRefused } from './audit-types.ts'
import { describe, roleOf } from './describe.ts'
import {
  nameConsole,
  nameGroup,
  nameInvite,
  nameKey,
  nameMembership,
  nameOrganization,
  nameProject,
  nameRole,
  nameRoleAssignment,
  nameServiceAccount,
  nameSetting,
  nameUser,
  nameUserIn,
} from './names.ts'
import { isOwnerRole } from './rights.ts'
import { auditDetail, auditRow, type AuditDetail, type AuditRow } from './rows.ts'
import { close, fact, merge, open } from './statements.ts'

type Told = {
  row: AuditRow
  detail: AuditDetail
  /** Id of what the entry is about. */
  id: string
  atMs: number
  authority: string
  /** Who acted; null where OpenAI does not say. */
  actor: EntityId | null
  /** Key it was done with; a session has no name here. */
  credential: EntityId | null
  /** Told of acts in the console alone: of acts by an admin key OpenAI names the default project, whatever it was. */
  project: string | undefined
}

/** Entries of the audit log → OCSF, and what they change in the estate. */
export function normalizeAudit({ raw, authority }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'audit' }
  const row = parsed.data
  const detail = detailOf(row)
  const atMs = Math.round(row.effective_at * 1000)
  const type = auditTypeOf(row.type)
  out.ocsf.push(describe(row, detail, type, atMs, authority))
  if (type === undefined) return { ...out, unmapped: row.type }
  // What was refused changed nothing; that it was tried stands in the event.
  if (isRefused(row.type)) return out
  const credential = typeof row.actor?.api_key?.id === 'string' ? nameKey(authority, row.actor.api_key.id) : null
  const told: Told = {
    row,
    detail,
    id: detail.id ?? '',
    atMs,
    authority,
    actor: actorOf(row, authority),
    credential,
    project: row.actor?.type === 'session' ? (row.project?.id ?? undefined) : undefined,
  }
  if (credential !== null) out.facts.push(fact(credential, atMs, { lastUsedAtMs: atMs }))
  if (told.id !== '') merge(out, states[row.type]?.(told) ?? stateSetting(told))
  merge(out, stateTouch(told))
  return out
}

/** Some who pass the log on write `login_failed` for `login.failed`. */
function detailOf(row: AuditRow): AuditDetail {
  const held = row[row.type] ?? row[row.type.replaceAll('.', '_')]
  const parsed = auditDetail.safeParse(isObject(held) ? held : {})
  return parsed.success ? parsed.data : auditDetail.parse({})
}

function actorOf({ actor }: AuditRow, authority: string): EntityId | null {
  const account = actor?.api_key?.service_account?.id
  if (typeof account === 'string' && account !== '') return nameServiceAccount(authority, account)
  const user = actor?.session?.user?.id ?? actor?.api_key?.user?.id
  return typeof user === 'string' && user !== '' ? nameUser(authority, user) : null
}

const created = ({ actor, credential, atMs }: Told, entity: EntityId): EdgeStatement[] =>
  [actor, credential].flatMap((by) => (by === null || by === entity ? [] : [open(by, 'CREATED', entity, atMs)]))

const states: Record<string, (told: Told) => Stated> = {
  'api_key.created': stateKey,
  'api_key.updated': ({ detail, authority, id, atMs }) => ({
    facts: [fact(nameKey(authority, id), atMs, { scopes: detail.changes_requested?.scopes?.join(' ') })],
  }),
  'api_key.deleted': ({ authority, id, atMs }) => ({ facts: [fact(nameKey(authority, id), atMs, { enabled: false })] }),
  'tenant.admin_api_key.created': stateAdminKey,
  'tenant.project_api_key.created': stateKey,
  'service_account.created': stateServiceAccount,
  'service_account.deleted': ({ authority, id, atMs }) => ({
    facts: [fact(nameServiceAccount(authority, id), atMs, { enabled: false })],
  }),
  'invite.sent': stateInvite,
  'invite.accepted': stateAccepted,
  'invite.deleted': ({ authority, id, atMs }) => ({
    facts: [fact(nameInvite(authority, id), atMs, { enabled: false, status: 'deleted' })],
  }),
  'user.added': stateUserAdded,
  'user.updated': stateUserRole,
  'user.deleted': stateUserOut,
  'role.assignment.created': stateRoleGiven,
  'role.assignment.deleted': stateRoleTaken,
  'project.created': stateProject,
  'project.archived': ({ authority, id, atMs }) => ({
    facts: [fact(nameProject(authority, id), atMs, { enabled: false, status: 'archived' })],
  }),
  'group.created': (told) => {
    const group = nameGroup(told.authority, told.id)
    const attributes = { kind: 'group', name: told.detail.data?.group_name, createdAtMs: told.atMs }
    return { facts: [fact(group, told.atMs, attributes)], edges: created(told, group) }
  },
}

function stateKey(told: Told): Stated {
  const { detail, atMs, authority, actor, project, row } = told
  if (row.actor?.type === 'session' && project === undefined && row.type === 'api_key.created')
    return stateAdminKey(told)
  const key = nameKey(authority, told.id)
  const user = row.actor?.session?.user?.id
  const isUsers = project !== undefined && typeof user === 'string'
  return {
    facts: [
      fact(key, atMs, {
        kind: 'key',
        name: detail.data?.name ?? `key ${told.id}`,
        scopes: detail.data?.scopes?.join(' '),
        createdAtMs: atMs,
        enabled: true,
        ...(isUsers ? { keyKind: 'project', project, owner: actor } : {}),
      }),
    ],
    edges: [
      ...(isUsers ? [open(key, 'AUTHENTICATES_AS', nameUserIn(authority, user, project), atMs)] : []),
      ...(isUsers && actor !== null ? [open(actor, 'MEMBER_OF', nameUserIn(authority, user, project), atMs)] : []),
      ...created(told, key),
    ],
  }
}

/** Made in the console and of no project: OpenAI writes no other word for an admin key. */
function stateAdminKey(told: Told): Stated {
  const { detail, atMs, authority, actor, id } = told
  const key = nameKey(authority, id)
  return {
    facts: [
      fact(key, atMs, {
        kind: 'key',
        keyKind: 'admin',
        admin: true,
        name: detail.data?.name ?? `admin key ${id}`,
        scopes: detail.data?.scopes?.join(' '),
        owner: actor,
        createdAtMs: atMs,
        enabled: true,
      }),
    ],
    edges: [open(key, 'AUTHENTICATES_AS', nameRole(authority, 'owner'), atMs), ...created(told, key)],
  }
}

function stateServiceAccount(told: Told): Stated {
  const { detail, atMs, authority, project, id } = told
  const account = nameServiceAccount(authority, id)
  const attributes = { kind: 'service', role: detail.data?.role, project, createdAtMs: atMs, enabled: true }
  return { facts: [fact(account, atMs, attributes)], edges: created(told, account) }
}

function stateInvite(told: Told): Stated {
  const { detail, atMs, authority, id } = told
  const invite = nameInvite(authority, id)
  const email = detail.data?.email
  return {
    facts: [
      fact(invite, atMs, {
        kind: 'token',
        name: `invite of ${email ?? 'somebody'}`,
        email,
        role: detail.data?.role,
        status: 'pending',
        createdAtMs: atMs,
      }),
    ],
    edges: created(told, invite),
  }
}

/** Whoever accepts an invite is who acts. */
function stateAccepted({ atMs, authority, actor, id }: Told): Stated {
  const invite = nameInvite(authority, id)
  return {
    facts: [fact(invite, atMs, { status: 'accepted' })],
    edges: actor === null ? [] : [open(invite, 'AUTHENTICATES_AS', actor, atMs)],
  }
}

/** A user of the organisation was put into a project. They were there before: what was given is the membership alone. */
function stateUserAdded(told: Told): Stated {
  const { detail, atMs, authority, project, id } = told
  if (project === undefined) return stateSetting(told)
  const membership = nameMembership(authority, project, id)
  const owner = nameUser(authority, id)
  const name = `membership of ${id} in ${project}`
  return {
    facts: [fact(membership, atMs, { name, owner, role: detail.data?.role, createdAtMs: atMs })],
    edges: [open(owner, 'MEMBER_OF', nameUserIn(authority, id, project), atMs), ...created(told, membership)],
  }
}

/** From a project, or from the organisation; of an act by an admin key OpenAI does not say which: the lists do. */
function stateUserOut({ row, atMs, authority, project, id }: Told): Stated {
  const user = nameUser(authority, id)
  if (project !== undefined) return { edges: [close(user, 'MEMBER_OF', nameUserIn(authority, id, project), atMs)] }
  return row.actor?.type === 'session' ? { facts: [fact(user, atMs, { enabled: false })] } : {}
}

function stateUserRole(told: Told): Stated {
  const { detail, atMs, authority, project, id } = told
  const role = detail.changes_requested?.role
  if (role === null || role === undefined || project !== undefined) return stateSetting(told)
  return isOwnerRole(role)
    ? givenRole(told, authority, id, nameUser(authority, id), role)
    : { edges: [close(nameUser(authority, id), 'MEMBER_OF', nameRole(authority, 'owner'), atMs)] }
}

function stateRoleGiven(told: Told): Stated {
  const { detail, authority } = told
  const { principal_id: principal, principal_type: kind, resource_id: resource } = detail
  const role = roleOf(detail)
  if (!isTold(principal) || !isTold(resource) || role === undefined) return stateSetting(told)
  const holder = kind === 'group' ? nameGroup(authority, principal) : nameUser(authority, principal)
  return givenRole(told, resource, principal, holder, role)
}

function givenRole(told: Told, scope: string, principal: string, holder: EntityId, role: string): Stated {
  const { atMs, authority } = told
  const assignment = nameRoleAssignment(authority, scope, principal, role)
  const isAdmin = isOwnerRole(role)
  return {
    facts: [
      fact(assignment, atMs, { name: `${role} of ${principal}`, owner: holder, role, createdAtMs: atMs }),
      ...(isAdmin ? [fact(holder, atMs, { admin: true })] : []),
    ],
    edges: [
      ...(isAdmin ? [open(holder, 'MEMBER_OF', nameRole(authority, 'owner'), atMs)] : []),
      ...created(told, assignment),
    ],
  }
}

function stateRoleTaken({ detail, atMs, authority }: Told): Stated {
  const { principal_id: principal, principal_type: kind } = detail
  if (!isTold(principal) || !isOwnerRole(roleOf(detail))) return {}
  const holder = kind === 'group' ? nameGroup(authority, principal) : nameUser(authority, principal)
  return { edges: [close(holder, 'MEMBER_OF', nameRole(authority, 'owner'), atMs)] }
}

function stateProject(told: Told): Stated {
  const { detail, atMs, authority, id } = told
  const project = nameProject(authority, id)
  const name = detail.data?.title ?? detail.data?.name
  return {
    facts: [fact(project, atMs, { name, createdAtMs: atMs, enabled: true })],
    edges: [open(nameOrganization(authority), 'CONTAINS', project, atMs), ...created(told, project)],
  }
}

/** Ways in that only a person in the console can close: certificates, workload identity, shared models, single sign-on. */
function stateSetting(told: Told): Stated {
  const { row, detail, atMs, authority, id } = told
  const [, noun = '', word = ''] = /^(.+)\.([a-z_]+)$/.exec(row.type) ?? []
  const entity = nameSetting(authority, noun, id)
  if (word === 'deleted' || word === 'removed') return { facts: [fact(entity, atMs, { enabled: false })] }
  if (!making.has(word)) return {}
  const attributes = { name: detail.name ?? `${noun} ${id}`, settingKind: noun, createdAtMs: atMs, enabled: true }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}
const making: ReadonlySet<string> = new Set(['created', 'registered', 'added', 'activated', 'provisioned', 'upserted'])

/** Signing in, and every change of the organisation or of a project. */
function stateTouch({ row, atMs, authority, actor, credential, project }: Told): Stated {
  if (actor === null) return {}
  const origin = row.actor?.session?.ip_address ?? null
  const touch = { identity: actor, credential, atMs, records: null, origin }
  if (row.type === 'login.succeeded') {
    return {
      facts: [fact(actor, atMs, { lastUsedAtMs: atMs })],
      touches: [{ ...touch, resource: nameConsole(authority), verb: 'login' }],
    }
  }
  if (auditTypeOf(row.type)?.class === 'authentication' || row.type === 'tenant.user.looked_up') return {}
  const resource = project === undefined ? nameOrganization(authority) : nameProject(authority, project)
  return { touches: [{ ...touch, resource, verb: 'admin' }] }
}
