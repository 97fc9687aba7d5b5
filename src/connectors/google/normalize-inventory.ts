import type { z } from 'zod'

import { ocsfEvent, type EntityId, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameActing,
  nameAdmin,
  nameAppPassword,
  nameData,
  nameDelegation,
  nameDriveOf,
  nameGroup,
  nameMembership,
  nameOrg,
  namePassword,
  nameRole,
  nameRoleAssignment,
  nameSharedDrive,
  nameUser,
  nameUserData,
} from './names.ts'
import { adminAreas, dataAreas, evaluateRole, roleKey } from './rights.ts'
import { rowSchemas, type RowKind } from './rows.ts'
import { stateGrant } from './grants.ts'
import { fact, open, product, timeMs } from './statements.ts'

type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    customer: stateCustomer,
    domains: stateDomain,
    orgunits: stateOrgUnit,
    users: stateUser,
    groups: stateGroup,
    members: stateMembers,
    roles: stateRole,
    assignments: stateAssignment,
    tokens: stateToken,
    asps: stateAppPassword,
    'shared-drives': stateSharedDrive,
    'shared-drive-members': stateSharedDriveMember,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/** `all/mail` is everybody's mail: what a delegated client reaches, and part of what the organisation contains. */
function stateCustomer(row: Rows['customer'], { authority, atMs }: TakenAt): Stated {
  const org = nameOrg(authority)
  return {
    facts: [
      fact(org, atMs, { name: `Google Workspace ${row.id}`, domain: row.customerDomain }),
      ...(row.ownClients ?? []).map((client) => fact(nameDelegation(authority, client), atMs, { own: true })),
    ],
    edges: [
      ...adminAreas.map((area) => open(org, 'CONTAINS', nameAdmin(authority, area), 0)),
      ...dataAreas.map((area) => open(org, 'CONTAINS', nameData(authority, 'all', area), 0)),
    ],
  }
}

function stateDomain(row: Rows['domains'], { authority, atMs }: TakenAt): Stated {
  const domain = nameAdmin(authority, `domain:${row.domainName.toLowerCase()}`)
  return {
    facts: [fact(domain, atMs, { name: row.domainName, verified: row.verified, primary: row.isPrimary })],
    edges: [open(nameAdmin(authority, 'domains'), 'CONTAINS', domain, 0)],
  }
}

function stateOrgUnit(row: Rows['orgunits'], { authority, atMs }: TakenAt): Stated {
  const unit = nameAdmin(authority, `orgunit:${row.orgUnitId}`)
  return {
    facts: [fact(unit, atMs, { name: row.orgUnitPath ?? row.name })],
    edges: [open(nameAdmin(authority, 'orgunits'), 'CONTAINS', unit, 0)],
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const identity = nameUser(authority, user.id)
  const password = namePassword(authority, user.id)
  const data = nameUserData(authority, user.id)
  const createdAtMs = timeMs(user.creationTime)
  const enabled = user.suspended !== true && user.archived !== true
  const addresses = [user.primaryEmail, ...(user.aliases ?? [])].flatMap((one) => one ?? [])
  const own = user.isOwn ? { own: true } : {}
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name: user.name?.fullName ?? user.primaryEmail,
        email: user.primaryEmail,
        login: user.primaryEmail,
        status: user.archived === true ? 'archived' : user.suspended === true ? 'suspended' : 'active',
        suspensionReason: user.suspensionReason,
        enabled,
        admin: user.isAdmin === true || user.isDelegatedAdmin === true,
        superAdmin: user.isAdmin === true,
        mfa: user.isEnrolledIn2Sv,
        mfaEnforced: user.isEnforcedIn2Sv,
        orgUnit: user.orgUnitPath,
        mailbox: user.isMailboxSetup,
        recoveryEmail: user.hasRecoveryEmail,
        recoveryPhone: user.hasRecoveryPhone,
        external: false,
        createdAtMs,
        lastUsedAtMs: timeMs(user.lastLoginTime),
        ...own,
      }),
      fact(password, atMs, {
        kind: 'password',
        name: `password of ${user.primaryEmail ?? user.id}`,
        owner: identity,
        ...own,
      }),
    ],
    edges: [
      ...(enabled ? [open(password, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)] : []),
      open(identity, 'CAN_ADMIN', data, createdAtMs ?? 0),
      open(data, 'OWNED_BY', identity, createdAtMs ?? 0),
      ...dataAreas.flatMap((area) => [
        open(data, 'CONTAINS', nameData(authority, user.id, area), 0),
        open(nameData(authority, 'all', area), 'CONTAINS', nameData(authority, user.id, area), 0),
      ]),
      ...addresses.map((one) =>
        open(nameData(authority, user.id, 'drive'), 'CONTAINS', nameDriveOf(authority, one), 0),
      ),
      // Whoever may set passwords gets into any account but other administrators'.
      open(nameAdmin(authority, 'accounts'), 'CONTAINS', data, 0, {
        conditional: user.isAdmin === true || user.isDelegatedAdmin === true,
      }),
    ],
  }
}

function stateGroup(group: Rows['groups'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameGroup(authority, group.id), atMs, {
        kind: 'group',
        name: group.name ?? group.email,
        email: group.email,
      }),
    ],
  }
}

/** When somebody joined the list does not say: it holds from the beginning, until the log has told better. */
function stateMembers({ group, members }: Rows['members'], { authority, atMs }: TakenAt): Stated {
  const into = nameGroup(authority, group)
  const here = members.flatMap(({ id, type, role, status }) => {
    if (id === null || id === undefined || status === 'SUSPENDED') return []
    const who = type === 'GROUP' ? nameGroup(authority, id) : nameUser(authority, id)
    return type === 'CUSTOMER' ? [] : [{ id, who, role: role ?? 'MEMBER', type }]
  })
  const all = members.some(({ type }) => type === 'CUSTOMER')
  const external = members.filter(({ id, type }) => type === 'EXTERNAL' || id === null || id === undefined).length
  return {
    facts: [
      fact(into, atMs, { everybody: all ? true : undefined, externalMembers: external }),
      ...here.map(({ id, who }) =>
        fact(nameMembership(authority, group, id), atMs, { name: `membership of ${id} in ${group}`, owner: who }),
      ),
    ],
    edges: here.map(({ who, role }) => open(who, 'MEMBER_OF', into, 0, { note: role.toLowerCase() })),
  }
}

const areaOf = (authority: string, area: string): EntityId =>
  area === 'org' ? nameOrg(authority) : nameAdmin(authority, area)

function stateRole(role: Rows['roles'], { authority, atMs }: TakenAt): Stated {
  const entity = nameRole(authority, role.roleId)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'role',
        name: role.roleName,
        admin: true,
        superAdmin: role.isSuperAdminRole,
        fixed: role.isSystemRole === true ? true : undefined,
      }),
    ],
    edges: evaluateRole(role).map(({ area, type, note, conditional }) =>
      open(entity, type, areaOf(authority, area), 0, { note, conditional }),
    ),
  }
}

/** Over one organizational unit, or under a condition, a role reaches some and not all: an upper bound. */
function stateAssignment(row: Rows['assignments'], { authority, atMs }: TakenAt): Stated {
  const isGroup = row.assigneeType?.toLowerCase() === 'group'
  const holder = isGroup ? nameGroup(authority, row.assignedTo) : nameUser(authority, row.assignedTo)
  const conditional = row.scopeType === 'ORG_UNIT' || (row.condition ?? '') !== ''
  const key = row.isSuper ? 'super' : roleKey(row.roleName ?? row.roleId)
  return {
    facts: [
      fact(holder, atMs, { admin: true }),
      fact(nameRoleAssignment(authority, isGroup ? `group:${row.assignedTo}` : row.assignedTo, key), atMs, {
        name: `${row.roleName ?? row.roleId} of ${row.assignedTo}`,
        owner: holder,
      }),
    ],
    edges: [
      open(holder, 'MEMBER_OF', nameRole(authority, row.roleId), 0, {
        conditional,
        ...(row.roleName === null || row.roleName === undefined ? {} : { note: row.roleName.slice(0, 60) }),
      }),
    ],
  }
}

/** Google tells no time of issue: it was there when it was first listed, and the token log knows better. */
function stateToken(row: Rows['tokens'], { authority, atMs }: TakenAt): Stated {
  const app = { client: row.clientId, name: row.displayText, isNative: row.nativeApp }
  return stateGrant(authority, row.user, app, row.scopes ?? [], { sinceMs: 0, madeAtMs: atMs, observedAtMs: atMs })
}

function stateAppPassword(row: Rows['asps'], { authority, atMs }: TakenAt): Stated {
  const code = String(row.codeId)
  const entity = nameAppPassword(authority, row.user, code)
  const user = nameUser(authority, row.user)
  const acting = nameActing(authority, row.user, `asp-${code}`)
  const createdAtMs = epochMs(row.creationTime)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'password',
        name: `app password ${row.name ?? code}`,
        owner: user,
        createdAtMs,
        lastUsedAtMs: epochMs(row.lastTimeUsed),
      }),
      fact(acting, atMs, { kind: 'app', name: `${row.name ?? code} with an app password`, owner: user }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', acting, createdAtMs ?? 0),
      open(entity, 'OWNED_BY', user, createdAtMs ?? 0),
      open(user, 'CREATED', entity, createdAtMs ?? atMs),
      // IMAP, SMTP, CalDAV and CardDAV, past every second factor.
      ...(['mail', 'calendar', 'contacts'] as const).map((area) =>
        open(acting, 'CAN_ADMIN', nameData(authority, row.user, area), createdAtMs ?? 0, { note: 'app password' }),
      ),
    ],
  }
}

function epochMs(text: string | null | undefined): number | undefined {
  const ms = Number(text ?? 0)
  return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined
}

function stateSharedDrive(row: Rows['shared-drives'], { authority, atMs }: TakenAt): Stated {
  const drive = nameSharedDrive(authority, row.id)
  return {
    facts: [
      fact(drive, atMs, {
        name: row.name,
        createdAtMs: timeMs(row.createdTime),
        hidden: row.hidden,
        // Without this restriction a member may share what lies in it with outsiders, and by link.
        externalSharing: row.restrictions?.domainUsersOnly !== true,
        membersOnly: row.restrictions?.driveMembersOnly,
      }),
    ],
    edges: [open(nameOrg(authority), 'CONTAINS', drive, 0)],
  }
}

const driveRights = {
  organizer: 'CAN_ADMIN',
  fileOrganizer: 'CAN_WRITE',
  writer: 'CAN_WRITE',
  commenter: 'CAN_READ',
  reader: 'CAN_READ',
} as const
const isDriveRole = (role: string): role is keyof typeof driveRights => Object.hasOwn(driveRights, role)

function stateSharedDriveMember(row: Rows['shared-drive-members'], { authority, atMs }: TakenAt): Stated {
  if (row.deleted === true) return {}
  const drive = nameSharedDrive(authority, row.drive)
  if (row.type === 'anyone') return { facts: [fact(drive, atMs, { public: true })] }
  if (row.type === 'domain') return { facts: [fact(drive, atMs, { everybody: true })] }
  if (row.holder === null || row.holder === undefined) return { facts: [fact(drive, atMs, { externalMembers: true })] }
  const holder = row.holder.startsWith('group/')
    ? nameGroup(authority, row.holder.slice(6))
    : nameUser(authority, row.holder)
  const role = row.role ?? 'reader'
  const type = isDriveRole(role) ? driveRights[role] : 'CAN_ADMIN'
  return {
    edges: [
      open(holder, type, drive, 0, { note: role }),
      // Whoever writes reads.
      ...(type === 'CAN_WRITE' ? [open(holder, 'CAN_READ', drive, 0, { note: role })] : []),
    ],
  }
}
