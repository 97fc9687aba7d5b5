import type { JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import { addressOf, objectAt, ocsfUser, saidAt, timeMs as timeIn, type FormatAt } from '#sources/contract'

import { actionOf, type Action } from './actions.ts'

export const product = { name: 'Databricks', vendor_name: 'Databricks' }

/** Milliseconds since 1970, or a time as text. */
export function timeMs(record: JsonObject): number | undefined {
  const text = saidAt(record, 'timestamp')
  const ms = Number(text)
  return text !== undefined && Number.isFinite(ms) ? Math.round(ms) : timeIn(text)
}

/** A request may be told more than once, by the service that took it and by those it asked. */
export function nativeOf(record: JsonObject): string | undefined {
  const event = saidAt(record, 'eventId')
  if (event !== undefined) return event
  const request = saidAt(record, 'requestId')
  const parts = ['serviceName', 'actionName', 'timestamp'].map((name) => saidAt(record, name) ?? '')
  return request === undefined ? undefined : [request, ...parts].join('/')
}

type Told = {
  record: JsonObject
  atMs: number
  service: string
  action: string
  param: (...names: string[]) => string | undefined
  user: OcsfObject<'user'>
  common: {
    uid: string | undefined
    message: string
    actor: OcsfObject<'actor'>
    src_endpoint: OcsfObject<'network_endpoint'>
    status_id?: 1 | 2
    http_request?: { user_agent: string }
  }
}

export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const service = saidAt(record, 'serviceName')
  const action = saidAt(record, 'actionName')
  if (service === undefined || action === undefined) return 'no entry of an audit log'
  const type = actionOf(service, action)
  return type === undefined ? `${service} ${action}` : { ocsf: [describe(toldBy(record, service, action, atMs), type)] }
}

function toldBy(record: JsonObject, service: string, action: string, atMs: number): Told {
  const params = objectAt(record, 'requestParams')
  const by = objectAt(record, 'userIdentity')
  const user = ocsfUser(saidAt(by, 'email', 'subjectName') ?? saidAt(params, 'user', 'userName'))
  const session = saidAt(record, 'sessionId')
  const agent = saidAt(record, 'userAgent')
  const status = Number(saidAt(objectAt(record, 'response'), 'statusCode') ?? NaN)
  const common: Told['common'] = {
    uid: nativeOf(record),
    message: `${service} ${action}`,
    actor: session === undefined ? { user } : { user, session: { uid: session } },
    src_endpoint: ocsfEndpoint(addressOf(saidAt(record, 'sourceIPAddress'))),
  }
  if (Number.isFinite(status)) common.status_id = status < 400 ? 1 : 2
  if (agent !== undefined) common.http_request = { user_agent: agent }
  return { record, atMs, service, action, param: (...names) => saidAt(params, ...names), user, common }
}

const idOf = (uid: string | undefined): { uid?: string } => (uid === undefined ? {} : { uid })

/** Whom it was done to. */
const whom = ({ param }: Told): OcsfObject<'user'> =>
  ocsfUser(
    param(
      'targetUserName',
      'principal',
      'targetUserId',
      'targetServicePrincipalName',
      'user',
      'userName',
      'email',
      'user_id',
    ),
  )

function describe(told: Told, type: Action): OcsfEvent {
  const { atMs, service, action, param, user } = told
  const common = { ...told.common, ...(type.activity === 'other' ? { activity_name: action } : {}) }
  const hosted = { ...common, profiles: ['host' as const] }
  switch (type.of) {
    case 'authentication': {
      const { actor, ...plain } = common
      const refused = type.activity === 'other' ? { status_id: 2 as const } : {}
      const held = actor.session === undefined ? {} : { session: actor.session }
      return ocsfEvent('authentication', type.activity, atMs, product, {
        ...plain,
        ...refused,
        ...held,
        user,
        service: { name: 'Databricks' },
      })
    }
    case 'account_change': {
      const isOwn = /^(?:changePassword|mfa|acceptTos)/.test(action)
      return ocsfEvent('account_change', type.activity, atMs, product, { ...hosted, user: isOwn ? user : whom(told) })
    }
    case 'user_access': {
      const privileges = [param('role', 'privilege', 'permission', 'changes', 'acl') ?? action]
      const resource = resourceOf(told)
      const resources = resource === undefined ? {} : { resources: [{ name: resource }] }
      return ocsfEvent('user_access', type.activity, atMs, product, {
        ...hosted,
        ...resources,
        user: whom(told),
        privileges,
      })
    }
    case 'group_management': {
      const group = {
        name: param('targetGroupName', 'groupName') ?? 'unknown',
        ...idOf(param('targetGroupId', 'groupId')),
      }
      const isMember = type.activity.endsWith('_user')
      return ocsfEvent('group_management', type.activity, atMs, product, {
        ...hosted,
        ...(isMember ? { user: whom(told) } : {}),
        group,
      })
    }
    case 'entity_management':
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...hosted, entity: entityOf(told) })
    case 'datastore_activity':
      return onData(told, type.activity)
    case 'web_resources_activity': {
      const name = resourceOf(told) ?? param('queryId', 'query_id', 'commandId', 'notebookId') ?? `${service} results`
      return ocsfEvent('web_resources_activity', type.activity, atMs, product, { ...hosted, web_resources: [{ name }] })
    }
    case 'file_hosting': {
      const path = param('path', 'mountPoint', 'src', 'volume_full_name', 'url') ?? 'unknown'
      const file = { name: path.split('/').findLast((part) => part !== '') ?? path, path, type_id: 0 } as const
      return ocsfEvent('file_hosting', type.activity, atMs, product, { ...common, file })
    }
    case 'api_activity': {
      const resource = resourceOf(told)
      const resources = resource === undefined ? {} : { resources: [{ name: resource, type: service }] }
      const api = { operation: action, service: { name: service } }
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...resources, api })
    }
  }
}

/** What the parameters call the thing that was acted on. */
const resourceOf = ({ param }: Told): string | undefined => {
  const scope = param('scope')
  if (scope !== undefined) return [scope, param('key')].filter((part) => part !== undefined).join('/')
  return param(
    'full_name_arg',
    'table_full_name',
    'securable_full_name',
    'path',
    'name',
    'clusterId',
    'cluster_id',
    'jobId',
    'share',
  )
}

function entityOf({ param, action }: Told): OcsfObject<'managed_entity'> {
  if (/DbToken|OAuth/.test(action))
    return { uid: param('tokenId', 'tokenHash', 'client_id') ?? 'unknown', type: 'token' }
  if (/IpAccessList/.test(action)) return { name: param('name', 'listId') ?? 'unknown', type: 'address list' }
  if (/SecretForServicePrincipal/.test(action)) return { uid: param('secretId') ?? 'unknown', type: 'secret' }
  return { name: param('workspaceConfKeys', 'setting', 'setting_name', 'settingKeyName') ?? action, type: 'setting' }
}

function onData(told: Told, activity: Extract<Action, { of: 'datastore_activity' }>['activity']): OcsfEvent {
  const { atMs, param, common, action } = told
  const table = param('table_full_name', 'full_name_arg', 'name')
  const catalog = table?.split('.')[0] ?? param('catalog', 'warehouseId') ?? 'unknown'
  // A credential for a table is asked for to read it, or to write it as well.
  const did = /WRITE/.test(param('operation') ?? '') ? 'write' : activity
  const text = param('commandText', 'queryText', 'statementText')
  return ocsfEvent('datastore_activity', did, atMs, product, {
    ...common,
    database: { name: catalog, type_id: 1 },
    ...(table === undefined ? {} : { table: { name: table, ...idOf(param('table_id')) } }),
    ...(text === undefined ? {} : { query_info: { name: action, query_string: text } }),
  })
}
