import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'

import type { LogType } from './log-types.ts'
import type { LogEvent, Party } from './rows.ts'
import { product } from './statements.ts'

/** OCSF's scale: 1 informational, 2 low, 3 medium, 4 high. */
const severities: Record<string, 1 | 3 | 4> = { DEBUG: 1, INFO: 1, WARN: 3, ERROR: 4 }
/** 0 not told, 1 success, 2 failure, 99 other. */
type Status = 0 | 1 | 2 | 99
const outcomes: Record<string, Status> = { SUCCESS: 1, ALLOW: 1, FAILURE: 2, DENY: 2, RATE_LIMIT: 2 }
const statusOf = (result: string | null | undefined): Status =>
  result === null || result === undefined ? 0 : (outcomes[result] ?? 99)

export const targetsOf = ({ target }: LogEvent, type: string): Party[] =>
  (target ?? []).filter((party) => party.type?.toLowerCase() === type.toLowerCase())
export const firstTarget = (event: LogEvent, type: string): Party | undefined => targetsOf(event, type)[0]

/** One event of the System Log in OCSF; without a type the base event, with the vendor's own name for it. */
export function describe(event: LogEvent, type: LogType | undefined, atMs: number, authority: string): OcsfEvent {
  const common = commonOf(event, authority)
  if (type === undefined) {
    const { actor: _, src_endpoint: __, http_request: ___, ...plain } = common
    return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: event.eventType })
  }
  const other = type.activity === 'other' ? { activity_name: event.eventType } : {}
  switch (type.class) {
    case 'authentication': {
      const app = firstTarget(event, 'AppInstance')
      const session = sessionOf(event, authority)
      const service = { uid: app?.id ?? authority, ...named(app?.displayName) }
      const fields = { ...common, ...other, user: subjectOf(event), service, session }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    case 'account_change':
      return ocsfEvent('account_change', type.activity, atMs, product, { ...common, ...other, user: objectOf(event) })
    case 'user_access': {
      const resources = (event.target ?? []).flatMap((party) =>
        party.id === null || party.id === undefined || party.type === 'User' ? [] : [resourceOf(party, party.id)],
      )
      const privileges = privilegesOf(event)
      const fields = { ...common, ...other, user: objectOf(event), privileges, resources }
      return ocsfEvent('user_access', type.activity, atMs, product, fields)
    }
    case 'group_management': {
      const found = firstTarget(event, 'UserGroup') ?? firstTarget(event, 'Group')
      const group = { uid: found?.id ?? 'unknown', ...named(found?.displayName) }
      const member = firstTarget(event, 'User')
      const user = member === undefined ? undefined : userOf(member)
      return ocsfEvent('group_management', type.activity, atMs, product, { ...common, ...other, group, user })
    }
    case 'entity_management': {
      const found = event.target?.[0]
      const entity = { uid: found?.id ?? 'unknown', type: found?.type ?? 'unknown', ...named(found?.displayName) }
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...common, ...other, entity })
    }
    case 'detection_finding': {
      const { actor, src_endpoint, http_request, ...plain } = common
      const finding_info = { uid: event.uuid, title: event.eventType, types: [event.eventType] }
      const evidences = [{ actor, src_endpoint, ...(http_request === undefined ? {} : { http_request }) }]
      return ocsfEvent('detection_finding', type.activity, atMs, product, {
        ...plain,
        ...other,
        finding_info,
        evidences,
      })
    }
    case 'api_activity': {
      const api = { operation: event.eventType, service: { name: 'Okta' } }
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...other, api })
    }
  }
}

function commonOf(event: LogEvent, authority: string) {
  const { uuid, displayMessage, severity, outcome, client, actor } = event
  const agent = client?.userAgent?.rawUserAgent
  const session = sessionOf(event, authority)
  return {
    uid: uuid,
    message: displayMessage ?? event.eventType,
    severity_id: severities[severity ?? 'INFO'] ?? 1,
    status_id: statusOf(outcome?.result),
    status: outcome?.result ?? undefined,
    status_detail: outcome?.reason ?? undefined,
    actor: {
      user: userOf(actor ?? {}),
      ...(session === undefined ? {} : { session }),
      ...(client?.id === null || client?.id === undefined ? {} : { app_uid: client.id }),
    },
    src_endpoint: ocsfEndpoint(client?.ipAddress),
    http_request: agent === null || agent === undefined ? undefined : { user_agent: agent },
  }
}

function userOf(party: Partial<Party>): OcsfObject<'user'> {
  const { id, alternateId, displayName, type } = party
  return {
    uid: id ?? 'unknown',
    ...(isTold(alternateId) ? { name: alternateId } : {}),
    ...(isTold(displayName) ? { display_name: displayName } : {}),
    ...userType(type),
  }
}

/** 0 not told, 1 user, 3 system, 99 what Okta calls it. */
function userType(type: string | null | undefined): { type_id: 0 | 1 | 3 | 99; type?: string } {
  if (!isTold(type)) return { type_id: 0 }
  if (type === 'User') return { type_id: 1 }
  return type === 'SystemPrincipal' ? { type_id: 3 } : { type_id: 99, type }
}

/** Who signs in: the actor, or whom a system acts for. */
const subjectOf = (event: LogEvent): OcsfObject<'user'> =>
  userOf(event.actor?.type === 'User' ? event.actor : (firstTarget(event, 'User') ?? event.actor ?? {}))
/** Whose account it is: the target, or the actor's own. */
const objectOf = (event: LogEvent): OcsfObject<'user'> =>
  userOf(firstTarget(event, 'User') ?? firstTarget(event, 'AppUser') ?? event.target?.[0] ?? event.actor ?? {})

function sessionOf({ authenticationContext: context }: LogEvent, authority: string) {
  const uid = context?.externalSessionId
  return isTold(uid) ? { uid, issuer: authority } : undefined
}

const resourceOf = ({ type, displayName }: Party, uid: string) => ({
  uid,
  ...(isTold(type) ? { type } : {}),
  ...named(displayName),
})

/** Roles as Okta words them, or the scopes of a consent; the event's own name where it tells neither. */
export function privilegesOf(event: LogEvent): string[] {
  const data = event.debugContext?.debugData ?? {}
  const told = [data['privilegeGranted'], data['privilegeRevoked'], data['grantedScopes'], data['scopes']].find(
    (value) => typeof value === 'string' && value !== '',
  )
  return typeof told === 'string' ? told.split(/\s*,\s*/).filter(Boolean) : [event.eventType]
}

/** Okta writes `unknown` where it has nothing to say. */
export const isTold = (text: string | null | undefined): text is string =>
  text !== null && text !== undefined && text !== '' && text !== 'unknown'
const named = (name: string | null | undefined): { name?: string } => (isTold(name) ? { name } : {})
