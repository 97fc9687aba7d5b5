import type { EdgeStatement, EntityId } from '#model'

import type { Act } from './act.ts'
import { many, one, profileOf, type Parameters } from './activity-row.ts'
import { endGrant, stateGrant } from './grants.ts'
import { stateSharing } from './links.ts'
import {
  nameActing,
  nameAdmin,
  nameApp,
  nameAppPassword,
  nameBackupCodes,
  nameData,
  nameDelegation,
  nameFactors,
  nameForwarding,
  nameGrant,
  nameGroup,
  nameMembership,
  nameOrg,
  namePassword,
  nameRecovery,
  nameRoleAssignment,
  nameSessions,
  nameUser,
} from './names.ts'
import { dataAreas, evaluateScopes, opensOf, roleKey } from './rights.ts'
import { close, fact, open, type Stated } from './statements.ts'

const created = ({ actor, credential, atMs }: Act, entity: EntityId): EdgeStatement[] =>
  [actor, credential].flatMap((by) => (by === null || by === entity ? [] : [open(by, 'CREATED', entity, atMs)]))

/** Id behind an address the event names; undefined where nobody here had it when it was read. */
function meant({ row, parameters }: Act, ...names: readonly string[]): string | undefined {
  const address = one(parameters, ...names)?.toLowerCase()
  return address === undefined ? undefined : (row.resolved?.[address] ?? undefined)
}
const userMeant = (act: Act): string | undefined => {
  const id = meant(act, 'USER_EMAIL', 'user_email')
  return id?.startsWith('group/') === true ? undefined : id
}

/** What an event changes, by application and name. */
export const effects: Record<string, (act: Act) => Stated> = {
  'login login_success': stateSession,
  'token authorize': stateAuthorized,
  'token revoke': endAuthorized,
  'token activity': stateUsed,
  'user_accounts 2sv_enroll': (act) => stateFactors(act, { mfa: true }),
  'user_accounts passkey_enrolled': (act) => stateFactors(act, { passkey: true }),
  'user_accounts 2sv_disable': (act) => stateOwn(act, { mfa: false }),
  'user_accounts password_edit': (act) => stateOwn(act, { passwordChangedAtMs: act.atMs }),
  'user_accounts recovery_email_edit': stateRecovery,
  'user_accounts recovery_phone_edit': stateRecovery,
  'user_accounts email_forwarding_out_of_domain': stateForwarding,
  'admin CREATE_USER': stateUserMade,
  'admin SUSPEND_USER': (act) => stateEnabled(act, false),
  'admin ARCHIVE_USER': (act) => stateEnabled(act, false),
  'admin DELETE_USER': (act) => stateEnabled(act, false),
  'admin UNSUSPEND_USER': (act) => stateEnabled(act, true),
  'admin UNARCHIVE_USER': (act) => stateEnabled(act, true),
  'admin CHANGE_PASSWORD': statePasswordSet,
  'admin RESET_SIGNIN_COOKIES': endSessions,
  'admin GENERATE_2SV_SCRATCH_CODES': stateBackupCodes,
  'admin DELETE_2SV_SCRATCH_CODES': endBackupCodes,
  'admin REVOKE_3LO_TOKEN': endGrantByAdmin,
  'admin REVOKE_ASP': endAppPassword,
  'admin CHANGE_RECOVERY_EMAIL': stateRecovery,
  'admin CHANGE_RECOVERY_PHONE': stateRecovery,
  'admin GRANT_ADMIN_PRIVILEGE': (act) => stateRole(act, true),
  'admin ASSIGN_ROLE': (act) => stateRole(act, true),
  'admin REVOKE_ADMIN_PRIVILEGE': (act) => stateRole(act, false),
  'admin UNASSIGN_ROLE': (act) => stateRole(act, false),
  'admin ADD_GROUP_MEMBER': (act) => stateMembership(act, true),
  'admin REMOVE_GROUP_MEMBER': (act) => stateMembership(act, false),
  'groups_enterprise add_member': (act) => stateMembership(act, true),
  'groups_enterprise remove_member': (act) => stateMembership(act, false),
  'admin AUTHORIZE_API_CLIENT_ACCESS': stateDelegation,
  'admin REMOVE_API_CLIENT_ACCESS': endDelegation,
  'admin CHANGE_APP_ACCESS': stateAppAccess,
  'admin ADD_TO_BLOCKED_OAUTH2_APPS': stateAppAccess,
  'admin REMOVE_FROM_BLOCKED_OAUTH2_APPS': stateAppAccess,
  'drive change_document_visibility': stateSharing,
  'drive change_document_access_scope': stateSharing,
}

/** Google names no session: what a sign-in begins counts as the one of all web sessions of the user. */
function stateSession({ authority, actor, atMs, row, parameters }: Act): Stated {
  const user = profileOf(row)
  if (user === undefined || actor === null) return {}
  const session = nameSessions(authority, user)
  return {
    facts: [
      fact(session, atMs, {
        kind: 'session',
        name: 'web sessions at Google',
        owner: actor,
        lastUsedAtMs: atMs,
        suspicious: one(parameters, 'is_suspicious') === 'true' ? true : undefined,
      }),
      fact(actor, atMs, { lastUsedAtMs: atMs }),
    ],
    edges: [
      open(session, 'AUTHENTICATES_AS', actor, atMs),
      open(namePassword(authority, user), 'DERIVES', session, atMs),
    ],
  }
}

function endSessions(act: Act): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const session = nameSessions(act.authority, user)
  return { edges: [close(session, 'AUTHENTICATES_AS', nameUser(act.authority, user), act.atMs)] }
}

function stateAuthorized(act: Act): Stated {
  const { row, parameters, authority, atMs } = act
  const user = profileOf(row)
  const client = one(parameters, 'client_id')
  if (user === undefined || client === undefined) return {}
  const app = { client, name: one(parameters, 'app_name') }
  const times = { sinceMs: atMs, madeAtMs: atMs, observedAtMs: atMs }
  return stateGrant(authority, user, app, many(parameters, 'scope'), times)
}

function endAuthorized({ row, parameters, authority, atMs }: Act): Stated {
  const user = profileOf(row)
  const client = one(parameters, 'client_id')
  return user === undefined || client === undefined ? {} : { edges: endGrant(authority, user, client, atMs) }
}

/** Use tells that it was alive, not that it is: a late row never opens a grant that was taken back meanwhile. */
function stateUsed({ row, parameters, authority, atMs }: Act): Stated {
  const user = profileOf(row)
  const client = one(parameters, 'client_id')
  if (user === undefined || client === undefined) return {}
  return { facts: [fact(nameGrant(authority, user, client), atMs, { client, lastUsedAtMs: atMs })] }
}

function endGrantByAdmin(act: Act): Stated {
  const user = userMeant(act)
  const client = one(act.parameters, 'APP_ID')
  return user === undefined || client === undefined ? {} : { edges: endGrant(act.authority, user, client, act.atMs) }
}

function endAppPassword(act: Act): Stated {
  const user = userMeant(act)
  const code = one(act.parameters, 'ASP_ID')
  if (user === undefined || code === undefined) return {}
  const entity = nameAppPassword(act.authority, user, code)
  return { edges: [close(entity, 'AUTHENTICATES_AS', nameActing(act.authority, user, `asp-${code}`), act.atMs)] }
}

const stateOwn = ({ actor, atMs }: Act, attributes: Record<string, boolean | number>): Stated =>
  actor === null ? {} : { facts: [fact(actor, atMs, attributes)] }

/** The log names no factor: what was enrolled since is taken off with all of them. */
function stateFactors(act: Act, attributes: Record<string, boolean>): Stated {
  const { row, authority, actor, atMs } = act
  const user = profileOf(row)
  if (user === undefined || actor === null) return {}
  const factors = nameFactors(authority, user)
  return {
    facts: [
      fact(actor, atMs, attributes),
      fact(factors, atMs, { name: `second factors of ${user}`, owner: actor, createdAtMs: atMs }),
    ],
    edges: created(act, factors),
  }
}

function stateRecovery(act: Act): Stated {
  const user = userMeant(act) ?? profileOf(act.row)
  if (user === undefined) return {}
  const recovery = nameRecovery(act.authority, user)
  const owner = nameUser(act.authority, user)
  return {
    facts: [fact(recovery, act.atMs, { name: `recovery data of ${user}`, owner, changedAtMs: act.atMs })],
    edges: created(act, recovery),
  }
}

function stateForwarding(act: Act): Stated {
  const user = profileOf(act.row)
  if (user === undefined) return {}
  const forwarding = nameForwarding(act.authority, user)
  const owner = nameUser(act.authority, user)
  return {
    facts: [
      fact(forwarding, act.atMs, {
        name: `mail forwarded out of the company by ${user}`,
        owner,
        createdAtMs: act.atMs,
      }),
    ],
    edges: created(act, forwarding),
  }
}

function stateUserMade(act: Act): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const identity = nameUser(act.authority, user)
  const email = one(act.parameters, 'USER_EMAIL')
  return {
    facts: [fact(identity, act.atMs, { kind: 'human', name: email, email, login: email, createdAtMs: act.atMs })],
    edges: created(act, identity),
  }
}

function stateEnabled(act: Act, enabled: boolean): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const identity = nameUser(act.authority, user)
  const password = namePassword(act.authority, user)
  return {
    facts: [fact(identity, act.atMs, { enabled })],
    edges: [(enabled ? open : close)(password, 'AUTHENTICATES_AS', identity, act.atMs)],
  }
}

/** Who sets a password knows it. */
function statePasswordSet(act: Act): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const password = namePassword(act.authority, user)
  return {
    facts: [fact(password, act.atMs, { kind: 'password', changedAtMs: act.atMs })],
    edges: act.actor === nameUser(act.authority, user) ? [] : created(act, password),
  }
}

function stateBackupCodes(act: Act): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const codes = nameBackupCodes(act.authority, user)
  const identity = nameUser(act.authority, user)
  return {
    facts: [
      fact(codes, act.atMs, { kind: 'key', name: `backup codes of ${user}`, owner: identity, createdAtMs: act.atMs }),
    ],
    edges: [open(codes, 'AUTHENTICATES_AS', identity, act.atMs), ...created(act, codes)],
  }
}

function endBackupCodes(act: Act): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const codes = nameBackupCodes(act.authority, user)
  return { edges: [close(codes, 'AUTHENTICATES_AS', nameUser(act.authority, user), act.atMs)] }
}

function stateRole(act: Act, isGiven: boolean): Stated {
  const user = userMeant(act)
  if (user === undefined) return {}
  const isSuper = act.name.endsWith('ADMIN_PRIVILEGE')
  const role = one(act.parameters, 'ROLE_NAME')
  const key = isSuper ? 'super' : roleKey(role ?? 'unknown')
  const holder = nameUser(act.authority, user)
  const assignment = nameRoleAssignment(act.authority, user, key)
  // What another role opens its own row in the inventory tells.
  const rights =
    key === 'super' ? [(isGiven ? open : close)(holder, 'CAN_ADMIN', nameOrg(act.authority), act.atMs)] : []
  if (!isGiven) return { edges: rights }
  return {
    facts: [
      fact(assignment, act.atMs, {
        name: `${role ?? 'super administration'} of ${user}`,
        owner: holder,
        createdAtMs: act.atMs,
      }),
      fact(holder, act.atMs, { admin: true }),
    ],
    edges: [...rights, ...created(act, assignment)],
  }
}

function stateMembership(act: Act, isMember: boolean): Stated {
  const member = meant(act, 'USER_EMAIL', 'member_id', 'user_email')
  const group = meant(act, 'GROUP_EMAIL', 'group_email', 'group_id')?.replace('group/', '')
  if (member === undefined || group === undefined) return {}
  const id = member.replace('group/', '')
  const who = member.startsWith('group/') ? nameGroup(act.authority, id) : nameUser(act.authority, id)
  const into = nameGroup(act.authority, group)
  if (!isMember) return { edges: [close(who, 'MEMBER_OF', into, act.atMs)] }
  const membership = nameMembership(act.authority, group, id)
  return {
    facts: [fact(membership, act.atMs, { name: `membership of ${id} in ${group}`, owner: who, createdAtMs: act.atMs })],
    edges: [open(who, 'MEMBER_OF', into, act.atMs), ...created(act, membership)],
  }
}

function stateDelegation(act: Act): Stated {
  const { authority, atMs, parameters } = act
  const client = one(parameters, 'API_CLIENT_NAME')
  if (client === undefined) return {}
  const delegation = nameDelegation(authority, client)
  const acting = nameActing(authority, 'all', client)
  const scopes = many(parameters, 'API_SCOPES')
  const { data, admin, isWholeAccount } = evaluateScopes(scopes)
  const everybody = (area: string): EntityId => {
    const known = dataAreas.find((one) => one === area)
    return nameData(authority, 'all', known ?? area)
  }
  return {
    facts: [
      fact(delegation, atMs, {
        kind: 'grant',
        name: `domain-wide delegation to ${client}`,
        client,
        // Not as the `opens` of a grant, which one person's consent is judged by.
        actsAsAnybody: true,
        opensOfAll: opensOf(data),
        scopes: scopes
          .map((scope) => scope.replace('https://www.googleapis.com/auth/', ''))
          .join(' ')
          .slice(0, 2_000),
        createdAtMs: atMs,
      }),
    ],
    edges: [
      open(delegation, 'AUTHENTICATES_AS', acting, atMs),
      open(nameApp(authority, client), 'ACTS_AS', acting, atMs),
      ...(isWholeAccount ? [open(acting, 'CAN_ADMIN', nameOrg(authority), atMs)] : []),
      ...data.map(({ area, type, note, conditional }) =>
        open(acting, type, everybody(area), atMs, { note, conditional }),
      ),
      // It may pick an administrator to act as: here the scope alone is enough.
      ...admin.map(({ area, type, note }) =>
        open(acting, type, area === 'org' ? nameOrg(authority) : nameAdmin(authority, area), atMs, { note }),
      ),
      ...created(act, delegation),
    ],
  }
}

function endDelegation({ authority, atMs, parameters }: Act): Stated {
  const client = one(parameters, 'API_CLIENT_NAME')
  if (client === undefined) return {}
  const acting = nameActing(authority, 'all', client)
  return {
    edges: [
      close(nameDelegation(authority, client), 'AUTHENTICATES_AS', acting, atMs),
      close(nameApp(authority, client), 'ACTS_AS', acting, atMs),
    ],
  }
}

/** Since 2026 one event tells of every change to an app's access, and its parameters say which. */
export function appAccessOf(name: string, parameters: Parameters): { client: string; isBlocked: boolean } | undefined {
  const client = one(parameters, 'OAUTH2_APP_ID', 'APP_ID')
  if (client === undefined) return undefined
  if (name === 'ADD_TO_BLOCKED_OAUTH2_APPS') return { client, isBlocked: true }
  if (name !== 'CHANGE_APP_ACCESS') return { client, isBlocked: false }
  const isBlocked = [...parameters].some(
    ([key, values]) => !/OLD|NAME|_ID$/.test(key) && values.some((text) => /block/i.test(text)),
  )
  return { client, isBlocked }
}

function stateAppAccess({ name, parameters, authority, atMs }: Act): Stated {
  const access = appAccessOf(name, parameters)
  if (access === undefined) return {}
  return {
    facts: [fact(nameApp(authority, access.client), atMs, { blocked: access.isBlocked, clientId: access.client })],
  }
}
