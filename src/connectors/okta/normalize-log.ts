import { nothingNormalized, type EdgeStatement, type EntityId, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { describe, firstTarget, isTold, privilegesOf } from './describe.ts'
import { logTypeOf, type LogType } from './log-types.ts'
import {
  isAppId,
  isGroupId,
  isUserId,
  nameAccessToken,
  nameApi,
  nameApiToken,
  nameApp,
  nameAssignment,
  nameByTime,
  nameClientKey,
  nameFactor,
  nameIdentity,
  nameIdp,
  nameMembership,
  namePassword,
  nameRole,
  nameRoleAssignment,
  nameSession,
  nameSignIn,
  nameZone,
} from './names.ts'
import { roleTypeOf } from './rights.ts'
import { logEvent, roleKey, type LogEvent } from './rows.ts'
import { close, fact, merge, open, timeMs } from './statements.ts'

type Stated = Partial<Normalized>
type Told = {
  event: LogEvent
  type: LogType
  atMs: number
  authority: string
  /** Who acted; null for Okta itself. */
  actor: EntityId | null
  /** Session or API token it was done with. */
  credential: EntityId | null
}

/** Rows of the System Log → OCSF, and what they change in the estate. */
export function normalizeLog({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = logEvent.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'log' }
  const event = result.data
  const atMs = timeMs(event.published) ?? eventAtMs ?? arrivedAtMs
  const type = logTypeOf(event.eventType)
  out.ocsf.push(describe(event, type, atMs, authority))
  if (type === undefined) return { ...out, unmapped: event.eventType }
  // Of what was refused the session may be anybody's.
  const credential = isRefused(event) ? null : credentialOf(event, authority)
  const by = [credential, actorOf(event, authority)].filter((id) => id !== null)
  if (by.length > 0) out.actors = by
  // What was refused changed nothing; that it was tried stands in the event.
  if (isRefused(event)) {
    merge(out, stateRefusal(event, atMs, authority))
    return out
  }
  const told = {
    event,
    type,
    atMs,
    authority,
    actor: actorOf(event, authority),
    credential,
  }
  merge(out, stateCredential(told))
  merge(out, states[event.eventType]?.(told) ?? stateMade(told))
  merge(out, stateTouch(told))
  return out
}

const isRefused = ({ outcome }: LogEvent): boolean =>
  [
    'FAILURE',
    'DENY',
    'CHALLENGE',
    'SKIPPED',
    'RATE_LIMIT',
    'ABANDONED',
    'UNANSWERED',
    'DEFERRED',
    'SCHEDULED',
  ].includes(outcome?.result ?? '')

/** Somebody is signed in and has no assignment to the app, by themselves or by a group; a wrong password says nothing. */
function stateRefusal(event: LogEvent, atMs: number, authority: string): Stated {
  const identity = actorOf(event, authority)
  const app = firstTarget(event, 'AppInstance')
  return event.eventType !== 'app.generic.unauth_app_access_attempt' || identity === null || !isTold(app?.id)
    ? {}
    : { refusals: [{ identity, resource: nameSignIn(authority, app.id), atMs }] }
}

const actorOf = ({ actor }: LogEvent, authority: string): EntityId | null =>
  isTold(actor?.id) && (isUserId(actor.id) || isAppId(actor.id)) ? nameIdentity(authority, actor.id) : null

const sessionOf = ({ actor, authenticationContext: context }: LogEvent, authority: string): EntityId | null =>
  isTold(actor?.id) && isUserId(actor.id) && isTold(context?.externalSessionId) && context.externalSessionId !== 'N/A'
    ? nameSession(authority, actor.id, context.externalSessionId)
    : null

/** An act by API says with which token; one in a browser in which session. */
function credentialOf(event: LogEvent, authority: string): EntityId | null {
  const apiToken = event.transaction?.detail?.requestApiTokenId
  return isTold(apiToken) ? nameApiToken(authority, apiToken) : sessionOf(event, authority)
}

/** A credential is known from its first use on, even where its making was not seen. */
function stateCredential({ event, atMs, authority, actor, credential }: Told): Stated {
  if (credential === null || actor === null || ends.has(event.eventType)) return {}
  return {
    edges: [open(credential, 'AUTHENTICATES_AS', actor, atMs)],
    facts: [
      fact(credential, atMs, {
        lastUsedAtMs: atMs,
        owner: actor,
        ...(credential === sessionOf(event, authority) ? { kind: 'session', name: 'Okta session' } : {}),
      }),
    ],
  }
}
const ends: ReadonlySet<string> = new Set(['user.session.end', 'user.session.expire'])

const created = (told: Told, entity: EntityId): EdgeStatement[] =>
  [told.actor, told.credential].flatMap((by) =>
    by === null || by === entity ? [] : [open(by, 'CREATED', entity, told.atMs)],
  )

/** What an event type changes; those not named here are looked at by what they made (`stateMade`). */
const states: Record<string, (told: Told) => Stated> = {
  'user.session.start': stateSession,
  'user.session.end': endSession,
  'user.session.expire': endSession,
  'user.lifecycle.create': stateUserMade,
  'user.lifecycle.activate': (told) => stateEnabled(told, true),
  'user.lifecycle.reactivate': (told) => stateEnabled(told, true),
  'user.lifecycle.unsuspend': (told) => stateEnabled(told, true),
  'user.lifecycle.suspend': (told) => stateEnabled(told, false),
  'user.lifecycle.deactivate': (told) => stateEnabled(told, false),
  'user.mfa.factor.activate': stateFactor,
  'group.user_membership.add': (told) => stateMembership(told, true),
  'group.user_membership.remove': (told) => stateMembership(told, false),
  'user.account.privilege.grant': (told) => stateRoles(told, true),
  'group.privilege.grant': (told) => stateRoles(told, true),
  'app.oauth2.client.privilege.grant': (told) => stateRoles(told, true),
  'user.account.privilege.revoke': (told) => stateRoles(told, false),
  'group.privilege.revoke': (told) => stateRoles(told, false),
  'app.oauth2.client.privilege.revoke': (told) => stateRoles(told, false),
  'application.user_membership.add': (told) => stateAssignment(told, 'User', true),
  'application.user_membership.remove': (told) => stateAssignment(told, 'User', false),
  'group.application_assignment.add': (told) => stateAssignment(told, 'UserGroup', true),
  'group.application_assignment.remove': (told) => stateAssignment(told, 'UserGroup', false),
  'app.oauth2.credentials.lifecycle.create': stateClientKey,
  'app.oauth2.credentials.lifecycle.activate': () => ({}),
  'app.oauth2.credentials.lifecycle.deactivate': () => ({}),
  'app.oauth2.credentials.lifecycle.delete': () => ({}),
  'system.api_token.create': stateApiToken,
  'system.api_token.revoke': endApiToken,
  'app.oauth2.token.grant.access_token': stateAccessToken,
  'app.oauth2.as.token.grant.access_token': stateAccessToken,
}

function stateSession(told: Told): Stated {
  const { event, atMs, authority, actor } = told
  const session = sessionOf(event, authority)
  if (session === null || actor === null) return {}
  return {
    facts: [fact(session, atMs, { kind: 'session', createdAtMs: atMs }), fact(actor, atMs, { lastUsedAtMs: atMs })],
  }
}

function endSession({ event, atMs, authority, actor }: Told): Stated {
  const session = sessionOf(event, authority)
  return session === null || actor === null ? {} : { edges: [close(session, 'AUTHENTICATES_AS', actor, atMs)] }
}

function stateUserMade(told: Told): Stated {
  const { event, atMs, authority } = told
  const user = firstTarget(event, 'User')
  if (!isTold(user?.id)) return {}
  const identity = nameIdentity(authority, user.id)
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name: user.displayName,
        login: isTold(user.alternateId) ? user.alternateId : undefined,
        createdAtMs: atMs,
      }),
    ],
    edges: created(told, identity),
  }
}

function stateEnabled({ event, atMs, authority }: Told, enabled: boolean): Stated {
  const user = firstTarget(event, 'User')
  if (!isTold(user?.id)) return {}
  const identity = nameIdentity(authority, user.id)
  const password = namePassword(authority, user.id)
  return {
    facts: [fact(identity, atMs, { enabled })],
    edges: enabled ? [] : [close(password, 'AUTHENTICATES_AS', identity, atMs)],
  }
}

/** The log names no factor, but when one was enrolled: the action finds it by that. */
function stateFactor(told: Told): Stated {
  const { event, atMs, authority } = told
  const user = firstTarget(event, 'User')
  if (!isTold(user?.id)) return {}
  const factor = nameFactor(authority, user.id, nameByTime(atMs))
  const type = event.debugContext?.debugData?.['factor']
  return {
    facts: [
      fact(factor, atMs, {
        kind: 'key',
        name: typeof type === 'string' ? `factor ${type}` : 'factor',
        factorType: typeof type === 'string' ? type : undefined,
        owner: nameIdentity(authority, user.id),
        createdAtMs: atMs,
      }),
    ],
    edges: created(told, factor),
  }
}

function stateMembership(told: Told, isMember: boolean): Stated {
  const { event, atMs, authority } = told
  const user = firstTarget(event, 'User')
  const group = firstTarget(event, 'UserGroup')
  if (!isTold(user?.id) || !isTold(group?.id)) return {}
  const pair = [nameIdentity(authority, user.id), nameIdentity(authority, group.id)] as const
  if (!isMember) return { edges: [close(pair[0], 'MEMBER_OF', pair[1], atMs)] }
  const membership = nameMembership(authority, group.id, user.id)
  const name = `membership of ${user.displayName ?? user.id} in ${group.displayName ?? group.id}`
  return {
    facts: [fact(membership, atMs, { name, createdAtMs: atMs, owner: pair[0] })],
    edges: [open(pair[0], 'MEMBER_OF', pair[1], atMs), ...created(told, membership)],
  }
}

function stateRoles(told: Told, isGiven: boolean): Stated {
  const { event, atMs, authority } = told
  const assignee = (event.target ?? []).find(({ id }) => isTold(id) && (isUserId(id) || isGroupId(id) || isAppId(id)))
  if (!isTold(assignee?.id)) return {}
  const holder = nameIdentity(authority, assignee.id)
  const out: { facts: Normalized['facts']; edges: EdgeStatement[] } = { facts: [], edges: [] }
  for (const label of privilegesOf(event)) {
    const type = roleTypeOf(label)
    const assignment = nameRoleAssignment(authority, assignee.id, roleKey(label))
    if (type !== undefined) {
      const role = nameRole(authority, type)
      out.edges.push((isGiven ? open : close)(holder, 'MEMBER_OF', role, atMs))
    }
    if (!isGiven) continue
    out.facts.push(
      fact(assignment, atMs, { name: `${label} of ${assignee.displayName ?? assignee.id}`, createdAtMs: atMs }),
    )
    out.facts.push(fact(holder, atMs, { admin: true }))
    out.edges.push(...created(told, assignment))
  }
  return out
}

function stateAssignment(told: Told, kind: 'User' | 'UserGroup', isGiven: boolean): Stated {
  const { event, atMs, authority } = told
  const who = firstTarget(event, kind)
  const app = firstTarget(event, 'AppInstance')
  if (!isTold(who?.id) || !isTold(app?.id)) return {}
  const edge = [nameIdentity(authority, who.id), 'CAN_READ', nameSignIn(authority, app.id), atMs] as const
  if (!isGiven) return { edges: [close(...edge)] }
  if (kind === 'UserGroup') return { edges: [open(...edge, { note: 'sign in' })] }
  const assignment = nameAssignment(authority, app.id, who.id)
  const name = `assignment of ${who.displayName ?? who.id} to ${app.displayName ?? app.id}`
  return {
    facts: [fact(assignment, atMs, { name, createdAtMs: atMs, owner: edge[0] })],
    edges: [open(...edge, { note: 'sign in' }), ...created(told, assignment)],
  }
}

function stateApiToken(told: Told): Stated {
  const { event, atMs, authority, actor } = told
  const token = (event.target ?? []).find(({ id }) => isTold(id) && id.startsWith('00T'))
  if (!isTold(token?.id) || actor === null) return {}
  const entity = nameApiToken(authority, token.id)
  return {
    facts: [fact(entity, atMs, { kind: 'key', name: token.displayName, createdAtMs: atMs, owner: actor })],
    edges: [
      open(entity, 'AUTHENTICATES_AS', actor, atMs),
      open(entity, 'OWNED_BY', actor, atMs),
      ...created(told, entity),
    ],
  }
}

/**
 * A secret or a signing key was added to an app, which the log tells alike and without an id. Secrets are known as what the
 * app's settings show; a key is known by its time. The app itself was there before.
 */
function stateClientKey(told: Told): Stated {
  const { event, atMs, authority } = told
  const app = (event.target ?? []).find(({ id }) => isTold(id) && isAppId(id))
  if (!isTold(app?.id)) return {}
  const key = nameClientKey(authority, app.id, nameByTime(atMs))
  const identity = nameIdentity(authority, app.id)
  return {
    facts: [
      fact(key, atMs, {
        kind: 'key',
        name: `credential added to ${app.displayName ?? app.id}`,
        owner: identity,
        client: app.id,
        createdAtMs: atMs,
      }),
    ],
    edges: [open(key, 'AUTHENTICATES_AS', identity, atMs), ...created(told, key)],
  }
}

/** Whose it was the event does not say: the list of tokens does, and ends it there. */
function endApiToken({ event, atMs, authority }: Told): Stated {
  const token = (event.target ?? []).find(({ id }) => isTold(id) && id.startsWith('00T'))
  return isTold(token?.id) ? { facts: [fact(nameApiToken(authority, token.id), atMs, { enabled: false })] } : {}
}

/**
 * Tokens of an authorization server of the org's own are checked by resource servers themselves; those of the org's are
 * for Okta alone, which asks itself.
 */
function stateAccessToken(told: Told): Stated {
  const { event, atMs, authority, actor, credential } = told
  const token = firstTarget(event, 'access_token')
  const user = firstTarget(event, 'User')
  const client = isTold(event.client?.id) ? event.client.id : event.actor?.id
  const holder = [user?.id, event.actor?.id].find((id) => isTold(id) && (isUserId(id) || isAppId(id)))
  if (!isTold(token?.id) || !isTold(holder)) return {}
  const entity = nameAccessToken(authority, token.id)
  const expires = token.detailEntry?.['expires']
  const selfContained = event.eventType.startsWith('app.oauth2.as.')
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'token',
        tokenKind: 'access',
        name: `access token for ${client ?? 'an app'}`,
        client,
        owner: nameIdentity(authority, holder),
        createdAtMs: atMs,
        expiresAtMs: typeof expires === 'string' ? timeMs(expires) : undefined,
        selfContained,
      }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', nameIdentity(authority, holder), atMs),
      // Which key or secret a client proved itself with the log does not tell: any of them may have made it.
      ...(credential !== null
        ? [open(credential, 'DERIVES', entity, atMs)]
        : actor !== null
          ? [open(actor, 'CREATED', entity, atMs)]
          : []),
      ...(isTold(client) ? [open(nameApp(authority, client), 'ACTS_AS', nameIdentity(authority, holder), atMs)] : []),
    ],
  }
}

/** Apps, identity providers and zones that were made, switched on or off. */
function stateMade(told: Told): Stated {
  const { event, type, atMs, authority } = told
  if (type.class !== 'entity_management') return {}
  const made = event.target?.[0]
  const entity = isTold(made?.id) ? thingOf(authority, type.area, made.id) : undefined
  if (entity === undefined) return {}
  const isOff = type.activity === 'deactivate' || type.activity === 'delete' || type.activity === 'disable'
  const isNew = type.activity === 'create'
  return {
    facts: [
      fact(entity, atMs, {
        ...(isNew ? { name: made?.displayName, createdAtMs: atMs } : {}),
        ...(type.activity === 'update' ? { changedAtMs: atMs } : { enabled: !isOff }),
      }),
    ],
    edges: isNew ? created(told, entity) : [],
  }
}

function thingOf(authority: string, area: string | undefined, id: string): EntityId | undefined {
  if (area === 'apps') return isAppId(id) ? nameApp(authority, id) : undefined
  if (area === 'idps') return nameIdp(authority, id)
  return area === 'networkZones' ? nameZone(authority, id) : undefined
}

/** Signing in, and every change by an administrator. */
function stateTouch({ event, type, atMs, authority, actor, credential }: Told): Stated {
  if (actor === null) return {}
  const touch = { identity: actor, credential, atMs, records: null, origin: event.client?.ipAddress ?? null }
  if (type.class === 'authentication') {
    if (type.activity !== 'logon') return {}
    const app = firstTarget(event, 'AppInstance')
    return {
      touches: [{ ...touch, resource: nameSignIn(authority, isTold(app?.id) ? app.id : 'okta'), verb: 'login' }],
    }
  }
  const area = type.area
  return area === undefined
    ? {}
    : { touches: [{ ...touch, resource: nameApi(authority, `okta.${area}`), verb: 'admin' }] }
}
