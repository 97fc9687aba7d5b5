import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'
import { isTold } from '#sources/contract'

import { isRefused, type ActivityType } from './activity-types.ts'
import type { ActivityRow } from './rows.ts'
import { product } from './statements.ts'

/** One activity in OCSF; without a type the base event, with the vendor's own name for it. */
export function describe(row: ActivityRow, type: ActivityType | undefined, atMs: number, authority: string): OcsfEvent {
  const common = commonOf(row)
  if (type === undefined) {
    const { actor: _, src_endpoint: __, http_request: ___, ...plain } = common
    return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: row.type })
  }
  const other = type.activity === 'other' ? { activity_name: row.type } : {}
  switch (type.class) {
    case 'authentication': {
      const fields = { ...common, ...other, user: actorUser(row), service: { uid: authority, name: 'Claude' } }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    case 'account_change': {
      const account = row.service_account_id
      const user: OcsfObject<'user'> = isTold(account)
        ? { uid: account, type_id: 99, type: 'service account' }
        : { uid: row.deleted_user_id ?? row.user_id ?? row.actor?.user_id ?? 'unknown' }
      return ocsfEvent('account_change', type.activity, atMs, product, { ...common, ...other, user })
    }
    case 'user_access': {
      const user = { uid: row.user_id ?? row.service_account_id ?? row.target_id ?? 'unknown' }
      const privileges = [row.role ?? row.type]
      const resources = [{ uid: row.workspace_id ?? row.resource_id ?? authority }]
      const fields = { ...common, ...other, user, privileges, resources }
      return ocsfEvent('user_access', type.activity, atMs, product, fields)
    }
    case 'group_management': {
      const group = { uid: row.group_id ?? 'unknown', ...(isTold(row.group_name) ? { name: row.group_name } : {}) }
      return ocsfEvent('group_management', type.activity, atMs, product, { ...common, ...other, group })
    }
    case 'entity_management': {
      const { uid, name } = thingOf(row)
      const entity = { uid, type: row.type.replace(/_[a-z]+$/, ''), ...(isTold(name) ? { name } : {}) }
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...common, ...other, entity })
    }
    case 'api_activity': {
      const api = { operation: row.type, service: { name: 'Claude' } }
      const file = row.file_id
      const resources = isTold(file) ? { resources: [{ uid: file, type: 'file' }] } : {}
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...other, ...resources, api })
    }
  }
}

/** What an activity is about, by whichever id it has. */
export function thingOf(row: ActivityRow): { uid: string; name: string | null | undefined } {
  const ids = [
    row.api_key_id,
    row.admin_api_key_id,
    row.workspace_id,
    row.service_account_id,
    row.file_id,
    row.mcp_server_id,
    row.federation_rule_id,
    row.federation_issuer_id,
    row.invite_id,
    row.resource_id,
  ]
  return { uid: ids.find(isTold) ?? 'unknown', name: row.api_key_name ?? row.mcp_server_name }
}

function commonOf({ id, type, actor, ...row }: ActivityRow) {
  const agent = actor?.user_agent
  return {
    uid: id,
    message: type,
    status_id: isRefused(type) ? (2 as const) : (1 as const),
    severity_id: isRefused(type) ? (3 as const) : (1 as const),
    actor: { user: actorUser({ id, type, actor, ...row }) },
    src_endpoint: ocsfEndpoint(actor?.ip_address),
    http_request: isTold(agent) ? { user_agent: agent } : undefined,
  }
}

function actorUser({ actor }: Pick<ActivityRow, 'actor'> & Partial<ActivityRow>): OcsfObject<'user'> {
  const { user_id: user, service_account_id: account, email_address: email } = actor ?? {}
  const key = actor?.api_key_id ?? actor?.admin_api_key_id
  const credentials = isTold(key) ? { programmatic_credentials: [{ uid: key, type: 'API key' }] } : {}
  if (isTold(account)) return { uid: account, type_id: 99, type: 'service account', ...credentials }
  return {
    uid: user ?? key ?? actor?.subject ?? 'unknown',
    type_id: isTold(user) ? 1 : 0,
    ...(isTold(email) && /^[^@\s]+@[^@\s]+$/.test(email) ? { email_addr: email } : {}),
    ...credentials,
  }
}
