import { parseJson, type Json, type JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfActivity, type OcsfEvent, type OcsfObject, type Stated } from '#model'
import { objectAt, objectsIn, ocsfUser, saidAt, timeMs as timeIn, wholeNumber, type FormatAt } from '#sources/contract'

import { viewOf } from './sigma.ts'

export const product = { name: 'Snowflake', vendor_name: 'Snowflake' }
const objectsMax = 1_000

/** `2024-10-08 14:38:46.061000000`, or with a zone as `-0700` behind a blank; without one it is UTC. */
export function timeMs(row: JsonObject): number | undefined {
  const text = saidAt(row, 'EVENT_TIMESTAMP', 'QUERY_START_TIME', 'START_TIME', 'CREATED_ON')
  const seconds = Number(text)
  if (text !== undefined && Number.isFinite(seconds)) return Math.round(seconds < 1e11 ? seconds * 1000 : seconds)
  return timeIn(text?.replace(/ (?=[+-]\d{2}:?\d{2}$)/, ''))
}

export function nativeOf(row: JsonObject): string | undefined {
  const view = viewOf(row)
  if (view === 'login_history') return saidAt(row, 'EVENT_ID')
  const query = saidAt(row, 'QUERY_ID')
  return query === undefined ? undefined : `${view}/${query}`
}

type Told = {
  row: JsonObject
  atMs: number
  of: (...columns: string[]) => string | undefined
  common: { uid: string | undefined }
}

export function read(row: JsonObject, { atMs }: FormatAt): Stated | string {
  const told: Told = {
    row,
    atMs,
    of: (...columns) => saidAt(row, ...columns),
    common: { uid: nativeOf(row) },
  }
  switch (viewOf(row)) {
    case 'login_history':
      return { ocsf: [login(told)] }
    case 'query_history':
      return { ocsf: [query(told)] }
    case 'access_history':
      return { ocsf: accesses(told) }
    case 'grants':
      return { ocsf: [grant(told)] }
    case 'data_transfer_history':
      return { ocsf: [transfer(told)] }
    case 'sessions':
      return { ocsf: [session(told)] }
    case undefined:
      return 'a row of no known view'
  }
}

/** `0.0.0.0` and the internal address of Snowflake's own services say nothing. */
const clientOf = (address: string | undefined): OcsfObject<'network_endpoint'> =>
  ocsfEndpoint(address === '0.0.0.0' ? undefined : address)

const userOf = ({ of }: Told): OcsfObject<'user'> => ocsfUser(of('USER_NAME'))

function login(told: Told): OcsfEvent {
  const { of, atMs, common } = told
  const client = of('REPORTED_CLIENT_TYPE')
  const version = of('REPORTED_CLIENT_VERSION')
  return ocsfEvent('authentication', 'logon', atMs, product, {
    ...common,
    message: of('ERROR_MESSAGE') ?? of('EVENT_TYPE'),
    status_id: of('IS_SUCCESS') === 'YES' ? 1 : 2,
    user: userOf(told),
    src_endpoint: clientOf(of('CLIENT_IP')),
    service: { name: 'Snowflake' },
    is_mfa: of('SECOND_AUTHENTICATION_FACTOR') !== undefined,
    ...(client === undefined
      ? {}
      : { http_request: { user_agent: version === undefined ? client : `${client} ${version}` } }),
    ...factorOf(of('FIRST_AUTHENTICATION_FACTOR')),
  })
}

const factorOf = (factor: string | undefined): { unmapped?: { first_factor: string } } =>
  factor === undefined ? {} : { unmapped: { first_factor: factor } }

type Store = OcsfActivity<'datastore_activity'>
/** By the type that Snowflake gives a query. */
const acts: readonly (readonly [RegExp, Store])[] = [
  [/^(?:SELECT|WITH|GET_FILES|UNLOAD|CALL|EXECUTE)/, 'query'],
  [/^(?:SHOW|DESCRIBE|LIST_FILES|EXPLAIN)/, 'list'],
  [/^(?:INSERT|COPY|MERGE|PUT_FILES|MULTI_TABLE_INSERT)/, 'write'],
  [/^(?:UPDATE|ALTER|RENAME|COMMENT|UNDROP|RESTORE|RECLUSTER)/, 'update'],
  [/^(?:CREATE)/, 'create'],
  [/^(?:DELETE|DROP|TRUNCATE|REMOVE_FILES)/, 'delete'],
  [/^(?:USE|BEGIN|COMMIT|ROLLBACK|SET|UNSET)/, 'connect'],
]
const accounts: Readonly<Record<string, 'create' | 'delete' | 'other'>> = {
  CREATE_USER: 'create',
  DROP_USER: 'delete',
  ALTER_USER: 'other',
}

function query(told: Told): OcsfEvent {
  const { of, atMs, common } = told
  const type = of('QUERY_TYPE') ?? 'UNKNOWN'
  const text = of('QUERY_TEXT') ?? ''
  const status = of('EXECUTION_STATUS')
  const all = {
    ...common,
    message: type,
    actor: { user: userOf(told), ...sessionOf(of('SESSION_ID')) },
    ...(status === undefined ? {} : { status_id: status === 'SUCCESS' ? (1 as const) : (2 as const) }),
  }
  const on = /\b(?:USER|ROLE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"?([\w$.@-]+)"?/i.exec(text)?.[1] ?? 'unknown'
  const account = accounts[type]
  if (account !== undefined) {
    const other = account === 'other' ? { activity_name: type } : {}
    const named = { ...all, ...other, profiles: ['host' as const], user: { name: on } }
    return ocsfEvent('account_change', account, atMs, product, named)
  }
  if (type === 'GRANT' || type === 'REVOKE') {
    const privileges = [/^\s*(?:GRANT|REVOKE)\s+([\w ,]{1,200}?)\s+(?:ON|TO|FROM)\b/i.exec(text)?.[1] ?? type]
    const activity = type === 'GRANT' ? 'assign_privileges' : 'revoke_privileges'
    const named = { ...all, profiles: ['host' as const], user: { name: granteeIn(text) }, privileges }
    return ocsfEvent('user_access', activity, atMs, product, named)
  }
  const act = acts.find(([is]) => is.test(type))?.[1] ?? 'other'
  const database = of('DATABASE_NAME')
  return ocsfEvent('datastore_activity', act, atMs, product, {
    ...all,
    ...(act === 'other' ? { activity_name: type } : {}),
    src_endpoint: ocsfEndpoint(undefined),
    database: { name: database ?? 'unknown', type_id: 1 },
    ...(text === '' ? {} : { query_info: { name: type, query_string: text, ...idOf(of('QUERY_ID')) } }),
  })
}

const idOf = (uid: string | undefined): { uid?: string } => (uid === undefined ? {} : { uid })
const sessionOf = (uid: string | undefined): { session?: { uid: string } } =>
  uid === undefined ? {} : { session: { uid } }
const granteeIn = (text: string): string =>
  /\b(?:TO|FROM)\s+(?:USER\s+|ROLE\s+)?"?([\w$.@-]+)"?\s*;?\s*(?:WITH\b.*)?$/is.exec(text)?.[1] ?? 'unknown'

/** Lists come as JSON, or as its text where rows were written as CSV. */
function listAt(row: JsonObject, column: string): JsonObject[] {
  const held = row[column]
  let list: Json | undefined = held
  if (typeof held === 'string') {
    try {
      list = parseJson(held)
    } catch {
      return []
    }
  }
  return objectsIn(list).slice(0, objectsMax)
}

/** One event for each table read and written; a query over none is one that read nothing. */
function accesses(told: Told): OcsfEvent[] {
  const { row, atMs, common, of } = told
  const base = listAt(row, 'BASE_OBJECTS_ACCESSED')
  const readFrom = base.length > 0 ? base : listAt(row, 'DIRECT_OBJECTS_ACCESSED')
  const event = (activity: 'read' | 'write' | 'query', object: JsonObject | undefined): OcsfEvent => {
    const name = saidAt(object, 'objectName') ?? 'unknown'
    return ocsfEvent('datastore_activity', activity, atMs, product, {
      ...common,
      message: `${activity} ${saidAt(object, 'objectDomain') ?? ''}`.trim(),
      actor: { user: userOf(told) },
      src_endpoint: ocsfEndpoint(undefined),
      database: { name: name.split('.')[0] ?? name, type_id: 1 },
      ...(object === undefined ? {} : { table: { name, ...idOf(saidAt(object, 'objectId')) } }),
      ...(of('QUERY_ID') === undefined ? {} : { unmapped: { query_id: of('QUERY_ID') } }),
    })
  }
  const all = [
    ...readFrom.map((object) => event('read', object)),
    ...listAt(row, 'OBJECTS_MODIFIED').map((object) => event('write', object)),
  ]
  return all.length === 0 ? [event('query', undefined)] : all
}

function grant({ of, atMs, common }: Told): OcsfEvent {
  const ended = of('DELETED_ON') !== undefined
  const by = of('GRANTED_BY')
  const resource = [of('TABLE_CATALOG'), of('TABLE_SCHEMA'), of('NAME')].filter((part) => part !== undefined).join('.')
  return ocsfEvent('user_access', ended ? 'revoke_privileges' : 'assign_privileges', atMs, product, {
    ...common,
    profiles: ['host'],
    actor: { user: ocsfUser(by) },
    user: { name: of('GRANTEE_NAME') ?? 'unknown' },
    privileges: [of('PRIVILEGE', 'ROLE') ?? 'unknown'],
    ...(resource === '' ? {} : { resources: [{ name: resource, type: of('GRANTED_ON') ?? 'unknown' }] }),
  })
}

function transfer({ of, atMs, common }: Told): OcsfEvent {
  return ocsfEvent('network_activity', 'traffic', atMs, product, {
    ...common,
    message: of('TRANSFER_TYPE'),
    src_endpoint: { name: `${of('SOURCE_CLOUD') ?? 'unknown'} ${of('SOURCE_REGION') ?? ''}`.trim() },
    dst_endpoint: { name: `${of('TARGET_CLOUD') ?? 'unknown'} ${of('TARGET_REGION') ?? ''}`.trim() },
    traffic: { bytes_out: wholeNumber(of('BYTES_TRANSFERRED')) ?? 0 },
  })
}

function session(told: Told): OcsfEvent {
  const { of, atMs, common, row } = told
  const agent = saidAt(objectAt(row, 'CLIENT_ENVIRONMENT'), 'APPLICATION') ?? of('CLIENT_APPLICATION_ID')
  return ocsfEvent('authentication', 'logon', atMs, product, {
    ...common,
    status_id: 1,
    user: userOf(told),
    service: { name: 'Snowflake' },
    src_endpoint: ocsfEndpoint(undefined),
    ...sessionOf(of('SESSION_ID')),
    ...(agent === undefined ? {} : { http_request: { user_agent: agent } }),
  })
}
