import type { z } from 'zod'

import { ocsfEvent, type EdgeStatement, type EntityId, type Stated } from '#model'
import { isTold, secondsMs, snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameApp,
  nameArea,
  nameBotToken,
  nameChannel,
  nameIdentity,
  nameOrg,
  nameSession,
  nameWorkspace,
} from './names.ts'
import { commonAreas, rightOf } from './rights.ts'
import { rowSchemas, type RowKind } from './rows.ts'
import { fact, open, product } from './statements.ts'

type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    self: stateSelf,
    users: stateUser,
    teams: stateTeam,
    unseen: ({ team, what }, { authority, atMs }) => ({
      facts: [fact(nameWorkspace(authority, team), atMs, { unseen: what })],
    }),
    apps: stateApp,
    channels: stateChannel,
    usergroups: stateUsergroup,
    sessions: stateSession,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/** The organisation itself, and what of it is Cordon's own. */
function stateSelf(row: Rows['self'], { authority, atMs }: TakenAt): Stated {
  const org = nameOrg(authority)
  return {
    facts: [
      fact(org, atMs, { name: row.team ?? `Slack ${authority}` }),
      fact(nameIdentity(authority, row.user_id), atMs, { own: true }),
      ...row.apps.map((app) => fact(nameApp(authority, app), atMs, { own: true })),
    ],
    edges: [
      ...commonAreas.map((area) => open(org, 'CONTAINS', nameArea(authority, area), 0)),
      ...(row.enterprise_id === null || row.enterprise_id === undefined
        ? [open(org, 'CONTAINS', nameWorkspace(authority, authority), 0)]
        : []),
    ],
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const identity = nameIdentity(authority, user.id)
  const isGuest = user.is_restricted === true || user.is_ultra_restricted === true
  const isOwner = user.is_owner === true || user.is_primary_owner === true
  const isAdmin = user.is_admin === true || isOwner
  const isBot = user.is_bot === true
  const isActive = user.is_active !== false
  return {
    facts: [
      fact(identity, atMs, {
        kind: isBot ? 'service' : 'human',
        name: user.full_name ?? user.username,
        email: user.email,
        login: user.username,
        enabled: isActive,
        admin: isAdmin,
        owner: isBot && user.app !== null && user.app !== undefined ? nameApp(authority, user.app) : undefined,
        external: isGuest || user.is_stranger === true,
        role: roleOf(user),
        mfa: user.has_2fa,
        sso: user.has_sso,
        createdAtMs: secondsMs(user.date_created),
        lastUsedAtMs: secondsMs(user.last_active_ts),
        expiresAtMs: secondsMs(user.expiration_ts),
      }),
    ],
    edges: isActive ? rightsOfUser(authority, identity, user, { isGuest, isAdmin }) : [],
  }
}

function roleOf(user: Rows['users']): string {
  if (user.is_primary_owner === true) return 'primary owner'
  if (user.is_owner === true) return 'owner'
  if (user.is_admin === true) return 'admin'
  if (user.is_ultra_restricted === true) return 'single-channel guest'
  if (user.is_restricted === true) return 'multi-channel guest'
  return user.is_bot === true ? 'bot' : 'member'
}

/** Since when the list does not tell. Guests, and people of other organisations, are in some channels only: an upper bound. */
function rightsOfUser(
  authority: string,
  identity: EntityId,
  user: Rows['users'],
  { isGuest, isAdmin }: { isGuest: boolean; isAdmin: boolean },
): EdgeStatement[] {
  const isSome = isGuest || user.is_stranger === true || user.is_bot === true
  const more = isSome ? { note: 'in channels they were added to', conditional: true } : { note: 'member' }
  return [
    ...(user.workspaces ?? []).flatMap((team) => [
      open(identity, 'CAN_READ', nameWorkspace(authority, team), 0, more),
      open(identity, 'CAN_WRITE', nameWorkspace(authority, team), 0, more),
    ]),
    ...(isAdmin ? [open(identity, 'CAN_ADMIN', nameOrg(authority), 0, { note: roleOf(user) })] : []),
  ]
}

function stateTeam(team: Rows['teams'], { authority, atMs }: TakenAt): Stated {
  const entity = nameWorkspace(authority, team.id)
  return {
    facts: [fact(entity, atMs, { name: team.name, discoverability: team.discoverability })],
    edges: [open(nameOrg(authority), 'CONTAINS', entity, 0)],
  }
}

/**
 * What was decided about an app, and the scopes it asked for then. Approved is not installed: what it could do is an upper
 * bound, until the audit log tells of an installation.
 */
function stateApp(row: Rows['apps'], { authority, atMs }: TakenAt): Stated {
  const app = nameApp(authority, row.app.id)
  const identity = nameIdentity(authority, row.app.id)
  const scopes = row.scopes ?? []
  const ofBot = scopes.filter(({ token_type: type }) => type !== 'user').map(({ name }) => name)
  return {
    facts: [
      fact(app, atMs, {
        kind: 'app',
        name: row.app.name,
        status: row.resolution,
        scopes: scopes.map(({ name }) => name).join(' '),
        sensitive: scopes.some(({ is_sensitive: is }) => is === true),
        external: row.app.is_internal !== true,
        verified: row.app.is_app_directory_approved,
        decidedAtMs: secondsMs(row.date_updated),
        decidedBy: row.last_resolved_by?.actor_id,
      }),
      fact(identity, atMs, { kind: 'app', name: row.app.name }),
    ],
    edges:
      row.resolution === 'restricted'
        ? []
        : [
            open(app, 'ACTS_AS', identity, 0, { conditional: true, note: 'where it is installed' }),
            ...rightsOfScopes(authority, identity, ofBot, 0, true),
          ],
  }
}

/** A bot reads and writes where it was added: those scopes are an upper bound. */
export const rightsOfScopes = (
  authority: string,
  identity: EntityId,
  scopes: readonly string[],
  atMs: number,
  isUnsure: boolean,
): EdgeStatement[] =>
  [...new Set(scopes)].flatMap((scope) => {
    const right = rightOf(scope)
    if (right === undefined) return []
    const to = right.area === 'org' ? nameOrg(authority) : nameArea(authority, right.area)
    return [open(identity, right.type, to, atMs, { note: scope, conditional: isUnsure || right.isLimited })]
  })

function stateChannel(channel: Rows['channels'], { authority, atMs }: TakenAt): Stated {
  const entity = nameChannel(authority, channel.id)
  const others = channel.connected_team_ids ?? []
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'channel',
        name: channel.name,
        private: channel.is_private,
        archived: channel.is_archived,
        external: channel.is_ext_shared === true,
        pending: channel.is_pending_ext_shared,
        sharedWith: others.join(' '),
        sharedWithStrangers: channel.strangers.join(' '),
        createdAtMs: secondsMs(channel.created),
        members: channel.member_count,
        externalMembers: channel.external_user_count,
      }),
    ],
    edges: [
      ...(channel.internal_team_ids ?? []).map((team) =>
        open(nameWorkspace(authority, team), 'CONTAINS', entity, secondsMs(channel.created) ?? 0),
      ),
      ...(isTold(channel.creator_id) ? [open(entity, 'OWNED_BY', nameIdentity(authority, channel.creator_id), 0)] : []),
    ],
  }
}

function stateUsergroup(group: Rows['usergroups'], { authority, atMs }: TakenAt): Stated {
  const entity = nameIdentity(authority, group.id)
  const isOff = (group.date_delete ?? 0) > 0
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'group',
        name: group.name,
        login: group.handle,
        workspace: group.team,
        external: group.is_external,
        enabled: !isOff,
        fromIdp: group.is_idp_group,
        createdAtMs: secondsMs(group.date_create),
        createdBy: group.created_by,
      }),
    ],
    edges: isOff ? [] : (group.users ?? []).map((id) => open(nameIdentity(authority, id), 'MEMBER_OF', entity, 0)),
  }
}

/** When it began the list does not say: it holds from the beginning, until the log has told better. */
function stateSession(session: Rows['sessions'], { authority, atMs }: TakenAt): Stated {
  const entity = nameSession(authority, session.user_id, session.session_id)
  const user = nameIdentity(authority, session.user_id)
  const { device_hardware: device, os, ip } = session.recent ?? session.created ?? {}
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'session',
        name: `Slack session ${session.session_id}`,
        owner: user,
        workspace: session.team_id,
        device: [device, os].filter(isTold).join(', '),
        origin: ip,
      }),
    ],
    edges: [open(entity, 'AUTHENTICATES_AS', user, 0)],
  }
}

/** What an installed app holds: one token of its own, and one for each user who let it act for them. */
export const stateInstalled = (authority: string, app: string, atMs: number): EdgeStatement[] => [
  open(nameApp(authority, app), 'ACTS_AS', nameIdentity(authority, app), atMs),
  open(nameBotToken(authority, app), 'AUTHENTICATES_AS', nameIdentity(authority, app), atMs),
]
