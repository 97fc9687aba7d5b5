import { nothingNormalized, type EdgeStatement, type EntityId, type Normalized } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { auditTypeOf, isRefused, type AuditType } from './audit-actions.ts'
import { describe, sessionIdOf } from './audit-ocsf.ts'
import {
  isAppId,
  isUserId,
  nameApp,
  nameBotToken,
  nameChannel,
  nameConnection,
  nameFile,
  nameIdentity,
  nameIdp,
  nameOrg,
  namePublicLink,
  nameRoleAssignment,
  nameSession,
  nameUserToken,
  nameWorkspace,
} from './names.ts'
import { rightsOfScopes, stateInstalled } from './normalize-inventory.ts'
import { auditRow, timeOf, type AuditRow } from './rows.ts'
import { close, fact, merge, open } from './statements.ts'

type Stated = Partial<Normalized>
type Told = {
  row: AuditRow
  atMs: number
  authority: string
  /** Who acted; null for Slack itself. */
  actor: EntityId | null
  /** Session it was done in, or the app's token that it was done with. */
  credential: EntityId | null
}

/** Entries of the audit log → OCSF, and what they change in the estate. */
export function normalizeAudit({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = auditRow.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'audit' }
  const row = result.data
  const atMs = timeOf(row.date_create) ?? eventAtMs ?? arrivedAtMs
  const type = auditTypeOf(row.action)
  out.ocsf.push(describe(row, type, atMs, authority))
  if (type === undefined) return { ...out, unmapped: row.action }
  // What was refused changed nothing; that it was tried stands in the event.
  if (isRefused(row.action)) return out
  const told = { row, atMs, authority, actor: actorOf(row, authority), credential: credentialOf(row, authority) }
  merge(out, stateCredential(told))
  merge(out, states[row.action]?.(told) ?? {})
  merge(out, stateTouch(told, type))
  return out
}

const userIn = (id: string | null | undefined): id is string => isTold(id) && id !== 'USLACKUSER' && isUserId(id)

const actorOf = ({ actor }: AuditRow, authority: string): EntityId | null =>
  userIn(actor?.user?.id) ? nameIdentity(authority, actor.user.id) : null

/** A browser or client has a session; what an app does names the app, and acts by the token that the user gave it. */
function credentialOf(row: AuditRow, authority: string): EntityId | null {
  const user = row.actor?.user?.id
  if (!userIn(user)) return null
  const app = row.context?.app?.id
  if (isTold(app) && isAppId(app)) return nameUserToken(authority, app, user)
  const session = sessionIdOf(row)
  return session === undefined ? null : nameSession(authority, user, session)
}

const ends: ReadonlySet<string> = new Set(['user_logout', 'user_logout_compromised'])

/** A credential is known from its first use on, even where its making was not seen. */
function stateCredential({ row, atMs, actor, credential }: Told): Stated {
  if (credential === null || actor === null || ends.has(row.action)) return {}
  const app = row.context?.app
  return {
    edges: [open(credential, 'AUTHENTICATES_AS', actor, atMs)],
    facts: [
      fact(credential, atMs, {
        kind: isTold(app?.id) ? 'token' : 'session',
        name: isTold(app?.id) ? `token of ${app.name ?? app.id}` : `Slack session ${sessionIdOf(row) ?? ''}`,
        lastUsedAtMs: atMs,
        owner: actor,
        client: app?.id,
      }),
    ],
  }
}

const created = ({ actor, credential, atMs }: Told, entity: EntityId): EdgeStatement[] =>
  [actor, credential].flatMap((by) => (by === null || by === entity ? [] : [open(by, 'CREATED', entity, atMs)]))

const states: Record<string, (told: Told) => Stated> = {
  user_login: stateLogin,
  user_logout: endSession,
  user_logout_compromised: endSession,
  user_created: (told) => stateUserMade(told, false),
  guest_created: (told) => stateUserMade(told, true),
  user_deactivated: (told) => stateEnabled(told, false),
  guest_deactivated: (told) => stateEnabled(told, false),
  guest_expired: (told) => stateEnabled(told, false),
  user_reactivated: (told) => stateEnabled(told, true),
  guest_reactivated: (told) => stateEnabled(told, true),
  role_change_to_admin: (told) => stateRole(told, 'admin'),
  role_change_to_owner: (told) => stateRole(told, 'owner'),
  owner_transferred: (told) => stateRole(told, 'owner'),
  role_change_to_user: endRoles,
  role_change_to_guest: endRoles,
  user_added_to_usergroup: (told) => stateMembership(told, true),
  user_removed_from_usergroup: (told) => stateMembership(told, false),
  app_installed: stateInstall,
  org_app_installed: stateInstall,
  org_app_workspace_added: stateInstall,
  app_uninstalled: endInstall,
  org_app_uninstalled: endInstall,
  app_scopes_expanded: stateScopes,
  app_approved: (told) => stateDecision(told, 'approved'),
  app_restricted: (told) => stateDecision(told, 'restricted'),
  external_shared_channel_connected: stateConnection,
  external_shared_channel_reconnected: stateConnection,
  external_shared_channel_invite_sent: stateConnection,
  external_shared_channel_invite_created: stateConnection,
  external_shared_channel_invite_accepted: stateConnection,
  private_channel_converted_to_public: (told) => stateChannel(told, { private: false }),
  public_channel_converted_to_private: (told) => stateChannel(told, { private: true }),
  file_public_link_created: stateLink,
  file_uploaded: stateFileMade,
  idp_configuration_added: stateIdp,
}

function stateLogin({ row, atMs, actor, credential }: Told): Stated {
  if (actor === null) return {}
  return {
    facts: [
      fact(actor, atMs, { lastUsedAtMs: atMs, login: row.actor?.user?.name }),
      ...(credential === null ? [] : [fact(credential, atMs, { createdAtMs: atMs })]),
    ],
  }
}

/** Who signs out ends the session at hand; sessions that an administrator ended go with the next list of them. */
function endSession({ atMs, actor, credential }: Told): Stated {
  return actor === null || credential === null ? {} : { edges: [close(credential, 'AUTHENTICATES_AS', actor, atMs)] }
}

function stateUserMade(told: Told, isGuest: boolean): Stated {
  const { row, atMs, authority } = told
  const user = row.entity?.user
  if (!userIn(user?.id)) return {}
  const identity = nameIdentity(authority, user.id)
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name: user.name,
        email: user.email,
        enabled: true,
        external: isGuest,
        createdAtMs: atMs,
      }),
    ],
    edges: created(told, identity),
  }
}

function stateEnabled({ row, atMs, authority }: Told, enabled: boolean): Stated {
  const user = row.entity?.user?.id
  return userIn(user) ? { facts: [fact(nameIdentity(authority, user), atMs, { enabled })] } : {}
}

function stateRole(told: Told, role: string): Stated {
  const { row, atMs, authority } = told
  const user = row.entity?.user
  if (!userIn(user?.id)) return {}
  const identity = nameIdentity(authority, user.id)
  const assignment = nameRoleAssignment(authority, user.id, role)
  return {
    facts: [
      fact(assignment, atMs, { name: `${role} role of ${user.name ?? user.id}`, createdAtMs: atMs, owner: identity }),
      fact(identity, atMs, { admin: true, role }),
    ],
    edges: [open(identity, 'CAN_ADMIN', nameOrg(authority), atMs, { note: role }), ...created(told, assignment)],
  }
}

function endRoles({ row, atMs, authority }: Told): Stated {
  const user = row.entity?.user?.id
  if (!userIn(user)) return {}
  const identity = nameIdentity(authority, user)
  return {
    facts: [fact(identity, atMs, { admin: false, external: row.action === 'role_change_to_guest' ? true : undefined })],
    edges: [close(identity, 'CAN_ADMIN', nameOrg(authority), atMs)],
  }
}

function stateMembership({ row, atMs, authority }: Told, isMember: boolean): Stated {
  const group = row.entity?.usergroup?.id ?? row.details?.subteam
  const user = row.entity?.user?.id ?? row.details?.target_user
  if (!isTold(group) || !userIn(user)) return {}
  const edge = [nameIdentity(authority, user), 'MEMBER_OF', nameIdentity(authority, group), atMs] as const
  return { edges: [isMember ? open(...edge) : close(...edge)] }
}

/** An installation gives the app a token of its own, and one in the name of who installed it. */
function stateInstall(told: Told): Stated {
  const { row, atMs, authority, actor } = told
  const app = row.entity?.app
  if (!isTold(app?.id) || !isAppId(app.id)) return {}
  const entity = nameApp(authority, app.id)
  const identity = nameIdentity(authority, app.id)
  const bot = nameBotToken(authority, app.id)
  const installer = row.actor?.user?.id
  const ofUser = userIn(installer) ? nameUserToken(authority, app.id, installer) : undefined
  const scopes = app.scopes ?? row.details?.new_scopes ?? row.details?.scopes ?? []
  const ofBot = app.scopes_bot ?? row.details?.bot_scopes ?? []
  const token = (name: string, owner: EntityId) => ({
    kind: 'token',
    name: `${name} of ${app.name ?? app.id}`,
    client: app.id,
    owner,
    createdAtMs: atMs,
  })
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'app',
        name: app.name,
        enabled: true,
        external: row.details?.is_internal_integration === true ? false : app.is_distributed,
        verified: app.is_directory_approved,
        scopes: [...new Set([...scopes, ...ofBot])].join(' '),
        createdBy: installer,
        createdAtMs: atMs,
      }),
      fact(identity, atMs, { kind: 'app', name: app.name }),
      fact(bot, atMs, { ...token('bot token', identity), scopes: ofBot.join(' ') }),
      ...(ofUser === undefined || actor === null
        ? []
        : [fact(ofUser, atMs, { ...token('user token', actor), scopes: scopes.join(' ') })]),
    ],
    edges: [
      ...stateInstalled(authority, app.id, atMs),
      ...rightsOfScopes(authority, identity, ofBot, atMs, false),
      ...created(told, entity),
      ...created(told, bot),
      ...(ofUser === undefined || actor === null
        ? []
        : [open(ofUser, 'AUTHENTICATES_AS', actor, atMs), ...created(told, ofUser)]),
    ],
  }
}

function endInstall({ row, atMs, authority }: Told): Stated {
  const app = row.entity?.app?.id
  if (!isTold(app) || !isAppId(app)) return {}
  return {
    facts: [fact(nameApp(authority, app), atMs, { enabled: false })],
    edges: [close(nameBotToken(authority, app), 'AUTHENTICATES_AS', nameIdentity(authority, app), atMs)],
  }
}

function stateScopes({ row, atMs, authority }: Told): Stated {
  const app = row.entity?.app?.id ?? row.context?.app?.id
  const scopes = row.details?.new_scopes ?? []
  if (!isTold(app) || !isAppId(app)) return {}
  return {
    facts: [fact(nameApp(authority, app), atMs, { scopes: scopes.join(' '), changedAtMs: atMs })],
    edges: rightsOfScopes(authority, nameIdentity(authority, app), scopes, atMs, false),
  }
}

function stateDecision({ row, atMs, authority }: Told, status: string): Stated {
  const app = row.entity?.app
  if (!isTold(app?.id) || !isAppId(app.id)) return {}
  return { facts: [fact(nameApp(authority, app.id), atMs, { kind: 'app', name: app.name, status })] }
}

/** A channel opened to another organisation: what stands in it, and comes, is read there. */
function stateConnection(told: Told): Stated {
  const { row, atMs, authority } = told
  const channel = row.entity?.channel
  if (!isTold(channel?.id)) return {}
  const connection = nameConnection(authority, channel.id)
  const org = row.details?.external_organization_name ?? row.details?.external_organization_id
  const to = isTold(org) ? ` to ${org}` : ''
  const isOpen = !row.action.includes('invite')
  return {
    facts: [
      fact(connection, atMs, { name: `connection of ${channel.name ?? channel.id}${to}`, createdAtMs: atMs }),
      fact(nameChannel(authority, channel.id), atMs, {
        kind: 'channel',
        name: channel.name,
        external: isOpen || undefined,
      }),
    ],
    edges: created(told, connection),
  }
}

function stateChannel({ row, atMs, authority }: Told, attributes: { private: boolean }): Stated {
  const channel = row.entity?.channel
  if (!isTold(channel?.id)) return {}
  return {
    facts: [fact(nameChannel(authority, channel.id), atMs, { kind: 'channel', name: channel.name, ...attributes })],
  }
}

/** A public link needs no sign-in: whoever has it reads the file until it is revoked. */
function stateLink(told: Told): Stated {
  const { row, atMs, authority } = told
  const file = row.entity?.file
  if (!isTold(file?.id)) return {}
  const link = namePublicLink(authority, file.id)
  return {
    facts: [fact(link, atMs, { name: `public link to ${file.name ?? file.id}`, createdAtMs: atMs })],
    edges: created(told, link),
  }
}

function stateFileMade(told: Told): Stated {
  const file = told.row.entity?.file?.id
  return isTold(file) ? { edges: created(told, nameFile(told.authority, file)) } : {}
}

function stateIdp(told: Told): Stated {
  const { row, atMs, authority } = told
  const idp = nameIdp(authority, row.details?.idp_config_id ?? `at=${atMs}`)
  return { facts: [fact(idp, atMs, { name: 'identity provider', createdAtMs: atMs })], edges: created(told, idp) }
}

/** The file, channel or workspace that was read, changed or shared; a file lies in the workspace it was touched in. */
function stateTouch({ row, atMs, authority, actor, credential }: Told, { verb }: AuditType): Stated {
  if (actor === null || verb === undefined) return {}
  const { file, channel } = row.entity ?? {}
  const place = row.context?.location
  const workspace =
    isTold(place?.id) && place.id !== authority ? nameWorkspace(authority, place.id) : nameOrg(authority)
  const resource =
    verb === 'login' || verb === 'admin'
      ? workspace
      : isTold(file?.id)
        ? nameFile(authority, file.id)
        : isTold(channel?.id)
          ? nameChannel(authority, channel.id)
          : workspace
  const origin = isTold(row.context?.ip_address) ? row.context.ip_address : null
  return {
    touches: [{ identity: actor, credential, resource, verb, atMs, records: null, origin }],
    edges: resource === workspace ? [] : [open(workspace, 'CONTAINS', resource, atMs)],
    facts: isTold(file?.id)
      ? [fact(nameFile(authority, file.id), atMs, { kind: 'file', name: file.name ?? file.title })]
      : [],
  }
}
