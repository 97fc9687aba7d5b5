import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'

import { isRefused, type AuditType } from './audit-types.ts'
import type { AuditDetail, AuditRow } from './rows.ts'
import { product } from './statements.ts'

/** One entry of the audit log in OCSF; without a type the base event, with the vendor's own name for it. */
export function describe(
  row: AuditRow,
  detail: AuditDetail,
  type: AuditType | undefined,
  atMs: number,
  authority: string,
): OcsfEvent {
  const common = commonOf(row, detail)
  if (type === undefined) {
    const { actor: _, src_endpoint: __, http_request: ___, ...plain } = common
    return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: row.type })
  }
  const other = type.activity === 'other' ? { activity_name: row.type } : {}
  const noun = row.type.slice(0, row.type.lastIndexOf('.'))
  const target = detail.id ?? 'unknown'
  switch (type.class) {
    case 'authentication': {
      const fields = {
        ...common,
        ...other,
        user: actorUser(row),
        service: { uid: authority, name: 'OpenAI API Platform' },
      }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    case 'account_change':
      return ocsfEvent('account_change', type.activity, atMs, product, {
        ...common,
        ...other,
        user: {
          uid: target,
          type_id: noun.includes('service_account') ? 99 : 1,
          ...(noun.includes('service_account') ? { type: 'service account' } : {}),
        },
      })
    case 'user_access': {
      const privileges = [detail.changes_requested?.role ?? roleOf(detail) ?? row.type]
      const resources = [detail.resource_id ?? row.project?.id ?? authority].map((uid) => ({ uid }))
      const user: OcsfObject<'user'> = { uid: detail.principal_id ?? target }
      return ocsfEvent('user_access', type.activity, atMs, product, {
        ...common,
        ...other,
        user,
        privileges,
        resources,
      })
    }
    case 'group_management': {
      const name = detail.data?.group_name
      const group = { uid: target, ...(name === null || name === undefined ? {} : { name }) }
      return ocsfEvent('group_management', type.activity, atMs, product, { ...common, ...other, group })
    }
    case 'entity_management': {
      const name = detail.name ?? detail.data?.name ?? detail.data?.title
      const entity = { uid: target, type: noun, ...(name === null || name === undefined ? {} : { name }) }
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...common, ...other, entity })
    }
    case 'api_activity': {
      const api = { operation: row.type, service: { name: 'OpenAI' } }
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...other, api })
    }
  }
}

function commonOf(row: AuditRow, detail: AuditDetail) {
  const { id, type, actor } = row
  const agent = actor?.session?.user_agent
  return {
    uid: id,
    message: type,
    status_id: isRefused(type) ? (2 as const) : (1 as const),
    severity_id: isRefused(type) ? (3 as const) : (1 as const),
    status_detail: detail.error_code ?? undefined,
    actor: { user: actorUser(row) },
    src_endpoint: ocsfEndpoint(actor?.session?.ip_address),
    http_request: agent === null || agent === undefined ? undefined : { user_agent: agent },
  }
}

/** A key acts as its owner; OCSF keeps which key it was beside it. */
function actorUser({ actor }: AuditRow): OcsfObject<'user'> {
  const account = actor?.api_key?.service_account?.id
  if (account !== null && account !== undefined)
    return { uid: account, type_id: 99, type: 'service account', ...keyOf(actor?.api_key?.id) }
  const user = actor?.session?.user ?? actor?.api_key?.user
  return {
    uid: user?.id ?? 'unknown',
    type_id: user?.id === null || user?.id === undefined ? 0 : 1,
    ...(user?.email === null || user?.email === undefined || !/^[^@\s]+@[^@\s]+$/.test(user.email)
      ? {}
      : { email_addr: user.email }),
    ...keyOf(actor?.api_key?.id),
  }
}
const keyOf = (id: string | null | undefined) =>
  id === null || id === undefined ? {} : { programmatic_credentials: [{ uid: id, type: 'API key' }] }

/** `role_assignment_<role>_<principal>`: the id of the role inside the id of what was given. */
export function roleOf({ id, principal_id: principal }: AuditDetail): string | undefined {
  const prefix = 'role_assignment_'
  if (id === null || id === undefined || principal === null || principal === undefined) return undefined
  const isWhole = id.startsWith(prefix) && id.endsWith(`_${principal}`)
  return isWhole ? id.slice(prefix.length, -principal.length - 1) : undefined
}
