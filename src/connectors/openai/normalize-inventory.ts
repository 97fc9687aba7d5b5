import { ocsfEvent, type Stated } from '#model'
import { secondsMs, snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameGroup,
  nameInvite,
  nameKey,
  nameOrganization,
  nameProject,
  nameRequests,
  nameRole,
  nameServiceAccount,
  nameSetting,
  nameUser,
  nameUserIn,
} from './names.ts'
import { storedStates } from './normalize-stored.ts'
import { isOwnerRole, rightsInOrganization, rightsInProject } from './rights.ts'
import { rowSchemas, type Rows } from './rows.ts'
import { fact, open, product } from './statements.ts'

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    users: stateUser,
    invites: stateInvite,
    'admin-keys': stateAdminKey,
    groups: stateGroup,
    'group-users': stateGroupUsers,
    'group-roles': stateGroupRole,
    certificates: stateCertificate,
    projects: stateProject,
    'project-users': stateProjectUser,
    'project-groups': stateProjectGroup,
    'service-accounts': stateServiceAccount,
    keys: stateKey,
    ...storedStates,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const identity = nameUser(authority, user.id)
  const isOwner = isOwnerRole(user.role)
  const addedAtMs = secondsMs(user.added_at)
  return {
    facts: [
      fact(identity, atMs, {
        kind: user.is_service_account === true ? 'service' : 'human',
        name: user.name,
        email: user.email,
        role: user.role,
        admin: isOwner,
        enabled: user.user?.enabled !== false && user.user?.banned !== true,
        scim: user.is_scim_managed,
        createdAtMs: addedAtMs ?? secondsMs(user.created),
        keyLastUsedAtMs: secondsMs(user.api_key_last_used_at),
      }),
    ],
    edges: isOwner ? [open(identity, 'MEMBER_OF', nameRole(authority, 'owner'), addedAtMs ?? 0)] : [],
  }
}

function stateInvite(invite: Rows['invites'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameInvite(authority, invite.id), atMs, {
        kind: 'token',
        name: `invite of ${invite.email ?? 'somebody'}`,
        email: invite.email,
        invite: true,
        admin: invite.role === 'owner',
        role: invite.role,
        status: invite.status,
        enabled: invite.status === 'pending',
        createdAtMs: secondsMs(invite.created_at),
        expiresAtMs: secondsMs(invite.expires_at),
        projects: invite.projects?.map(({ id }) => id).join(' '),
      }),
    ],
  }
}

/** Its rights are the owner's, without being the user: it opens no console. */
/** A key that Cordon uses, and the service account that was made for it, are its own. */
const ownOf = ({ isOwn }: { isOwn: boolean }): { own?: true } => (isOwn ? { own: true } : {})

function stateAdminKey(key: Rows['admin-keys'], { authority, atMs }: TakenAt): Stated {
  const entity = nameKey(authority, key.id)
  const isAccounts = key.owner?.type === 'service_account'
  const id = key.owner?.id
  const owner =
    id === null || id === undefined
      ? undefined
      : isAccounts
        ? nameServiceAccount(authority, id)
        : nameUser(authority, id)
  const fromMs = secondsMs(key.created_at) ?? 0
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        keyKind: 'admin',
        admin: true,
        name: key.name ?? `admin key ${key.id}`,
        owner,
        ownerKind: isAccounts ? 'service' : 'human',
        createdAtMs: secondsMs(key.created_at),
        lastUsedAtMs: secondsMs(key.last_used_at),
        tellsUse: true,
        expiresAtMs: secondsMs(key.expires_at),
        enabled: true,
        ...ownOf(key),
      }),
      ...(isAccounts && owner !== undefined && key.isOwn ? [fact(owner, atMs, { own: true })] : []),
      fact(nameRole(authority, 'owner'), atMs, { kind: 'role', name: 'owner of the organisation', admin: true }),
      fact(nameOrganization(authority), atMs, { name: `OpenAI organisation ${authority}` }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', nameRole(authority, 'owner'), fromMs),
      open(nameRole(authority, 'owner'), 'CAN_ADMIN', nameOrganization(authority), 0),
      ...(owner === undefined ? [] : [open(entity, 'OWNED_BY', owner, fromMs)]),
    ],
  }
}

function stateGroup(group: Rows['groups'], { authority, atMs }: TakenAt): Stated {
  const { name, is_scim_managed: scim } = group
  const attributes = { kind: 'group', name, scim, createdAtMs: secondsMs(group.created_at) }
  return { facts: [fact(nameGroup(authority, group.id), atMs, attributes)] }
}

/** When somebody joined the list does not say: it holds from the beginning, until the log has told better. */
function stateGroupUsers({ group, users }: Rows['group-users'], { authority }: TakenAt): Stated {
  return {
    edges: users.map((user) => open(nameUser(authority, user), 'MEMBER_OF', nameGroup(authority, group), 0)),
  }
}

function stateGroupRole(role: Rows['group-roles'], { authority }: TakenAt): Stated {
  const group = nameGroup(authority, role.group)
  return {
    edges: rightsInOrganization(role).map(({ type, note, conditional = false }) =>
      open(group, type, nameOrganization(authority), secondsMs(role.created_at) ?? 0, { note, conditional }),
    ),
  }
}

function stateCertificate(certificate: Rows['certificates'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameSetting(authority, 'certificate', certificate.id), atMs, {
        name: certificate.name,
        settingKind: 'certificate',
        enabled: certificate.active,
        createdAtMs: secondsMs(certificate.created_at),
        expiresAtMs: secondsMs(certificate.certificate_details?.expires_at),
      }),
    ],
  }
}

function stateProject(project: Rows['projects'], { authority, atMs }: TakenAt): Stated {
  const entity = nameProject(authority, project.id)
  const requests = nameRequests(authority, project.id)
  return {
    facts: [
      fact(entity, atMs, {
        name: project.name,
        status: project.status,
        enabled: project.status !== 'archived',
        customerKey: project.external_key_id !== null && project.external_key_id !== undefined ? true : undefined,
        createdAtMs: secondsMs(project.created_at),
      }),
      fact(requests, atMs, { name: `models called from ${project.name ?? project.id}` }),
    ],
    edges: [
      open(nameOrganization(authority), 'CONTAINS', entity, secondsMs(project.created_at) ?? 0),
      open(entity, 'CONTAINS', requests, 0),
    ],
  }
}

function stateProjectUser(user: Rows['project-users'], { authority }: TakenAt): Stated {
  const inside = nameUserIn(authority, user.id, user.project)
  const fromMs = secondsMs(user.added_at) ?? 0
  return {
    facts: [],
    edges: [
      open(nameUser(authority, user.id), 'MEMBER_OF', inside, fromMs),
      ...rightsInProject(user.role).map(({ type, note, conditional = false }) =>
        open(inside, type, nameProject(authority, user.project), fromMs, { note, conditional }),
      ),
    ],
  }
}

/** The role a group has in a project the list does not tell. */
function stateProjectGroup(row: Rows['project-groups'], { authority }: TakenAt): Stated {
  return {
    edges: rightsInProject(undefined).map(({ type, note, conditional = false }) =>
      open(
        nameGroup(authority, row.group_id),
        type,
        nameProject(authority, row.project),
        secondsMs(row.created_at) ?? 0,
        {
          note,
          conditional,
        },
      ),
    ),
  }
}

function stateServiceAccount(account: Rows['service-accounts'], { authority, atMs }: TakenAt): Stated {
  const identity = nameServiceAccount(authority, account.id)
  const fromMs = secondsMs(account.created_at) ?? 0
  const { name, role, project } = account
  return {
    facts: [fact(identity, atMs, { kind: 'service', name, role, project, enabled: true, createdAtMs: fromMs })],
    edges: rightsInProject(role).map(({ type, note, conditional = false }) =>
      open(identity, type, nameProject(authority, project), fromMs, { note, conditional }),
    ),
  }
}

function stateKey(key: Rows['keys'], { authority, atMs }: TakenAt): Stated {
  const entity = nameKey(authority, key.id)
  const fromMs = secondsMs(key.created_at) ?? 0
  const account = key.owner?.service_account?.id
  const user = key.owner?.user?.id
  const holder =
    typeof account === 'string'
      ? nameServiceAccount(authority, account)
      : typeof user === 'string'
        ? nameUserIn(authority, user, key.project)
        : undefined
  const owner = typeof user === 'string' ? nameUser(authority, user) : holder
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        keyKind: 'project',
        name: key.name,
        project: key.project,
        owner,
        ownerKind: typeof account === 'string' ? 'service' : 'human',
        ownerAccess: key.owner_project_access,
        createdAtMs: secondsMs(key.created_at),
        lastUsedAtMs: secondsMs(key.last_used_at),
        tellsUse: true,
        enabled: true,
        ...ownOf(key),
      }),
      ...(typeof account === 'string' && key.isOwn
        ? [fact(nameServiceAccount(authority, account), atMs, { own: true })]
        : []),
    ],
    edges: [
      ...(holder === undefined ? [] : [open(entity, 'AUTHENTICATES_AS', holder, fromMs)]),
      ...(owner === undefined ? [] : [open(entity, 'OWNED_BY', owner, fromMs)]),
    ],
  }
}
