import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'
import { isTold } from '#sources/contract'

import { many, one, profileOf, type ActivityEvent, type ActivityRow, type Parameters } from './activity-row.ts'
import type { ActivityType } from './activity-types.ts'
import { delegateIn, mailFields, mailType, mailUnknown } from './mail.ts'
import { product } from './statements.ts'

/** What one event of an activity is told by, beside its type. */
export type Described = { row: ActivityRow; event: ActivityEvent; parameters: Parameters; atMs: number; uid: string }

/** One event of the audit logs in OCSF; without a type the base event, with Google's own name for it. */
export function describe(told: Described, type: ActivityType | undefined): OcsfEvent {
  const { event, parameters, atMs, row } = told
  const common = commonOf(told)
  if (type === undefined) {
    const { actor: _, src_endpoint: __, ...plain } = common
    return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: event.name })
  }
  const other = type.activity === 'other' ? { activity_name: event.name } : {}
  switch (type.class) {
    case 'authentication': {
      const app = one(parameters, 'application_name')
      const service = { name: app ?? 'Google' }
      const fields = { ...common, ...other, user: actorOf(row), service, is_mfa: isMfa(parameters) }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    case 'account_change':
      return ocsfEvent('account_change', type.activity, atMs, product, { ...common, ...other, user: subjectOf(told) })
    case 'user_access': {
      const resources = resourcesOf(parameters)
      const fields = {
        ...common,
        ...other,
        user: subjectOf(told),
        privileges: privilegesOf(event, parameters),
        resources,
      }
      return ocsfEvent('user_access', type.activity, atMs, product, fields)
    }
    case 'group_management': {
      const group = groupOf(told)
      const member = one(parameters, 'USER_EMAIL', 'member_id', 'user_email')
      const user = member === undefined ? undefined : byAddress(row, member)
      return ocsfEvent('group_management', type.activity, atMs, product, { ...common, ...other, group, user })
    }
    case 'entity_management':
      return ocsfEvent('entity_management', type.activity, atMs, product, {
        ...common,
        ...other,
        entity: entityOf(told),
      })
    case 'detection_finding': {
      const { actor, src_endpoint, ...plain } = common
      const finding_info = { uid: told.uid, title: event.name, types: [event.name] }
      const evidences = [{ actor, src_endpoint }]
      return ocsfEvent('detection_finding', type.activity, atMs, product, {
        ...plain,
        ...other,
        finding_info,
        evidences,
      })
    }
    case 'file_hosting': {
      const id = one(parameters, 'doc_id', 'shared_drive_id') ?? 'unknown'
      // Titles stay at Google: they are what customers wrote. 1 is a file, 2 a folder.
      const kind = one(parameters, 'doc_type')
      const file = { name: id, uid: id, type_id: kind === 'folder' ? (2 as const) : (1 as const) }
      return ocsfEvent('file_hosting', type.activity, atMs, product, { ...common, ...other, file })
    }
    case 'email_activity': {
      const mail = mailType(parameters) ?? mailUnknown
      const fields = { ...common, profiles: ['host' as const], ...mailFields(parameters, mail, row.actor?.email) }
      return ocsfEvent('email_activity', type.activity, atMs, product, fields)
    }
    case 'api_activity': {
      const operation = one(parameters, 'method_name') ?? event.name
      const api = { operation, service: { name: one(parameters, 'api_name') ?? row.id.applicationName } }
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...other, api })
    }
  }
}

function commonOf({ row, event, parameters, uid }: Described) {
  const failed = /failure|blocked|denied/.test(event.name) || one(parameters, 'login_failure_type') !== undefined
  const client = row.actor?.applicationInfo?.oauthClientId ?? one(parameters, 'client_id')
  const delegate = delegateIn(row)
  return {
    uid,
    message: `${row.id.applicationName}: ${event.name}`,
    // 1 success, 2 failure.
    status_id: failed ? (2 as const) : (1 as const),
    status_detail: one(parameters, 'login_failure_type', 'saml_status_code'),
    actor: {
      user: delegate === undefined ? actorOf(row) : byAddress(row, delegate),
      ...(client === null || client === undefined ? {} : { app_uid: client }),
    },
    src_endpoint: ocsfEndpoint(row.ipAddress),
  }
}

function actorOf(row: ActivityRow): OcsfObject<'user'> {
  const { actor } = row
  const email = actor?.email
  return {
    uid: profileOf(row) ?? actor?.key ?? 'unknown',
    ...(isTold(email) ? { name: email, email_addr: email } : {}),
    // 1 user, 3 system.
    type_id: actor?.callerType === 'KEY' ? 3 : 1,
  }
}

/** Whose account it is: the user the event names, or the actor's own. */
function subjectOf({ row, parameters }: Described): OcsfObject<'user'> {
  const address = one(parameters, 'USER_EMAIL', 'affected_email_address')
  return address === undefined ? actorOf(row) : byAddress(row, address)
}

function byAddress(row: ActivityRow, address: string): OcsfObject<'user'> {
  const id = row.resolved?.[address.toLowerCase()]
  const isMail = /^[^\s@]+@[^\s@]+$/.test(address)
  return { uid: id ?? 'unknown', name: address, ...(isMail ? { email_addr: address } : {}), type_id: 1 }
}

function groupOf({ row, parameters }: Described): OcsfObject<'group'> {
  const address = one(parameters, 'GROUP_EMAIL', 'group_email', 'group_id')
  const id = address === undefined ? undefined : row.resolved?.[address.toLowerCase()]?.replace('group/', '')
  return { uid: id ?? address ?? 'unknown', ...(address === undefined ? {} : { name: address }) }
}

function entityOf({ event, parameters }: Described): OcsfObject<'managed_entity'> {
  const app = one(parameters, 'OAUTH2_APP_ID', 'APP_ID', 'APPLICATION_ID')
  const name = one(
    parameters,
    'OAUTH2_APP_NAME',
    'APPLICATION_NAME',
    'SETTING_NAME',
    'ROLE_NAME',
    'DOMAIN_NAME',
    'ORG_UNIT_NAME',
  )
  const device = one(parameters, 'DEVICE_ID')
  return {
    uid: app ?? device ?? name ?? 'unknown',
    type: event.type ?? 'setting',
    ...(name === undefined ? {} : { name }),
  }
}

const resourcesOf = (parameters: Parameters) => {
  const client = one(parameters, 'client_id', 'APP_ID', 'API_CLIENT_NAME')
  const name = one(parameters, 'app_name')
  return client === undefined ? undefined : [{ uid: client, type: 'app', ...(name === undefined ? {} : { name }) }]
}

function privilegesOf(event: ActivityEvent, parameters: Parameters): string[] {
  const scopes = [...many(parameters, 'scope'), ...many(parameters, 'API_SCOPES')]
  if (scopes.length > 0) return scopes
  return [one(parameters, 'ROLE_NAME') ?? event.name]
}

const isMfa = (parameters: Parameters): boolean | undefined => {
  const said = one(parameters, 'is_second_factor')
  return said === undefined ? undefined : said === 'true'
}
