import { ocsfEvent, type Stated } from '#model'
import { isTold, snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameCaller,
  nameFile,
  nameInvite,
  nameKey,
  nameOrganization,
  nameRequests,
  nameRole,
  nameServiceAccount,
  nameUser,
  nameWorkspace,
} from './names.ts'
import { isAdminRole, rightsInWorkspace } from './rights.ts'
import { rowSchemas, type Rows } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    organization: stateOrganization,
    users: stateUser,
    invites: stateInvite,
    keys: stateKey,
    workspaces: stateWorkspace,
    members: stateMember,
    files: stateFile,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateOrganization({ name }: Rows['organization'], { authority, atMs }: TakenAt): Stated {
  const admin = nameRole(authority, 'admin')
  return {
    facts: [
      fact(nameOrganization(authority), atMs, { name: name ?? `Anthropic organisation ${authority}` }),
      fact(admin, atMs, { kind: 'role', name: 'administrator of the organisation', admin: true }),
    ],
    edges: [open(admin, 'CAN_ADMIN', nameOrganization(authority), 0)],
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const identity = nameUser(authority, user.id)
  const isAdmin = isAdminRole(user.role)
  const { name, email, role } = user
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name,
        email,
        role,
        admin: isAdmin,
        enabled: true,
        createdAtMs: timeMs(user.added_at),
      }),
    ],
    edges: isAdmin ? [open(identity, 'MEMBER_OF', nameRole(authority, 'admin'), timeMs(user.added_at) ?? 0)] : [],
  }
}

/** Of invites to one address the newest speaks: it is the one that opens something. */
function stateInvite(invite: Rows['invites'], { authority }: TakenAt): Stated {
  const { email, role, status } = invite
  const invitedAtMs = timeMs(invite.invited_at) ?? 0
  return {
    facts: [
      fact(nameInvite(authority, email), invitedAtMs, {
        kind: 'token',
        name: `invite of ${email}`,
        email,
        invite: true,
        admin: role === 'admin',
        role,
        createdAtMs: invitedAtMs,
        expiresAtMs: timeMs(invite.expires_at),
        ...(status === 'pending' ? { status, enabled: true } : {}),
      }),
    ],
  }
}

/** A key of a workspace acts as the workspace; one of a person or a service account as that, wherever it may. */
function stateKey(key: Rows['keys'], { authority, atMs }: TakenAt): Stated {
  const entity = nameKey(authority, key.id)
  const fromMs = timeMs(key.created_at) ?? 0
  const workspace = key.scope?.workspace_id ?? key.workspace_id
  const user = key.principal?.user_id
  const account = key.principal?.service_account_id
  const principal = isTold(account)
    ? nameServiceAccount(authority, account)
    : isTold(user)
      ? nameUser(authority, user)
      : undefined
  const holder = isTold(workspace) ? nameCaller(authority, workspace) : principal
  const by = key.created_by
  const maker = !isTold(by?.id)
    ? undefined
    : by.type === 'service_account'
      ? nameServiceAccount(authority, by.id)
      : nameUser(authority, by.id)
  const isLive = key.status === 'active'
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        keyKind: isTold(workspace) ? 'workspace' : 'personal',
        name: key.name,
        status: key.status,
        enabled: isLive,
        workspace,
        owner: principal ?? maker,
        createdAtMs: timeMs(key.created_at),
        expiresAtMs: timeMs(key.expires_at),
        ...(key.isOwn ? { own: true } : {}),
      }),
    ],
    edges: [
      ...(isLive && holder !== undefined ? [open(entity, 'AUTHENTICATES_AS', holder, fromMs)] : []),
      ...(principal === undefined ? [] : [open(entity, 'OWNED_BY', principal, fromMs)]),
      ...(maker === undefined || fromMs === 0 ? [] : [open(maker, 'CREATED', entity, fromMs)]),
    ],
  }
}

function stateWorkspace(workspace: Rows['workspaces'], { authority, atMs }: TakenAt): Stated {
  const entity = nameWorkspace(authority, workspace.id)
  const caller = nameCaller(authority, workspace.id)
  const requests = nameRequests(authority, workspace.id)
  const { name } = workspace
  const isOpen = workspace.archived_at === null || workspace.archived_at === undefined
  const fromMs = timeMs(workspace.created_at) ?? 0
  return {
    facts: [
      fact(entity, atMs, {
        name,
        enabled: isOpen,
        status: isOpen ? 'active' : 'archived',
        customerKey: isTold(workspace.external_key_id) ? true : undefined,
        createdAtMs: timeMs(workspace.created_at),
      }),
      fact(caller, atMs, { kind: 'role', name: `keys of ${name ?? workspace.id}` }),
      fact(requests, atMs, { name: `models called from ${name ?? workspace.id}` }),
    ],
    edges: [
      open(nameOrganization(authority), 'CONTAINS', entity, fromMs),
      open(entity, 'CONTAINS', requests, 0),
      open(caller, 'CAN_READ', entity, 0, { note: 'key of the workspace' }),
      open(caller, 'CAN_WRITE', entity, 0, { note: 'key of the workspace' }),
    ],
  }
}

/** When somebody joined the list does not say: it holds from the beginning, until the feed has told better. */
function stateMember(member: Rows['members'], { authority }: TakenAt): Stated {
  const user = nameUser(authority, member.user_id)
  return {
    edges: rightsInWorkspace(member.workspace_role).map(({ type, note, conditional = false }) =>
      open(user, type, nameWorkspace(authority, member.workspace), 0, { note, conditional }),
    ),
  }
}

function stateFile(file: Rows['files'], { authority, atMs }: TakenAt): Stated {
  const entity = nameFile(authority, file.id)
  const { filename: name, mime_type: mimeType, size_bytes: bytes, workspace } = file
  return {
    facts: [
      fact(entity, atMs, {
        name,
        storedKind: 'file',
        mimeType,
        bytes,
        workspace,
        createdAtMs: timeMs(file.created_at),
        expiresAtMs: timeMs(file.expires_at),
      }),
    ],
    edges: [open(nameWorkspace(authority, workspace), 'CONTAINS', entity, timeMs(file.created_at) ?? 0)],
  }
}
