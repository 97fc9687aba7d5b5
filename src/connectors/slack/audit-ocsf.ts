import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'
import { isTold } from '#sources/contract'

import { isRefused, type AuditType } from './audit-actions.ts'
import type { AuditRow } from './rows.ts'
import { product } from './statements.ts'

type Party = NonNullable<NonNullable<AuditRow['actor']>['user']>

/** One entry of the audit log in OCSF; without a type the base event, with Slack's own name for it. */
export function describe(row: AuditRow, type: AuditType | undefined, atMs: number, authority: string): OcsfEvent {
  const common = commonOf(row, authority)
  if (type === undefined) {
    const { actor: _, src_endpoint: __, http_request: ___, ...plain } = common
    return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: row.action })
  }
  const other = type.activity === 'other' ? { activity_name: row.action } : {}
  const target = row.entity?.user ?? row.actor?.user
  switch (type.class) {
    case 'authentication': {
      const place = row.context?.location
      const service = { name: place?.name ?? 'Slack', uid: place?.id ?? authority }
      const { session } = common.actor
      const fields = { ...common, ...other, user: userOf(target), service, session }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    case 'account_change':
      return ocsfEvent('account_change', type.activity, atMs, product, { ...common, ...other, user: userOf(target) })
    case 'user_access': {
      const role = row.entity?.role?.name ?? row.entity?.account_type_role?.name ?? row.action
      const fields = { ...common, ...other, user: userOf(target), privileges: [role] }
      return ocsfEvent('user_access', type.activity, atMs, product, fields)
    }
    case 'group_management': {
      const { channel, usergroup, workspace } = row.entity ?? {}
      const found = channel ?? usergroup ?? workspace ?? row.context?.location
      const group = { uid: found?.id ?? 'unknown', ...named(found?.name) }
      const fields = { ...common, ...other, group, user: userOf(target) }
      return ocsfEvent('group_management', type.activity, atMs, product, fields)
    }
    case 'entity_management':
      return ocsfEvent('entity_management', type.activity, atMs, product, {
        ...common,
        ...other,
        entity: entityOf(row, authority),
      })
    case 'file_hosting': {
      const held = row.entity?.file
      const file = {
        name: held?.name ?? held?.title ?? held?.id ?? 'unknown',
        type_id: 1 as const,
        uid: held?.id ?? 'unknown',
      }
      return ocsfEvent('file_hosting', type.activity, atMs, product, { ...common, ...other, file })
    }
    case 'application_lifecycle': {
      const held = row.entity?.app ?? row.context?.app
      const app = { uid: held?.id ?? 'unknown', ...named(held?.name) }
      const { src_endpoint: from, http_request: request, ...plain } = common
      // Who did it is of the profile `host` in this class, and for whence and with what it has no place of their own.
      const observables = [
        ...(from?.ip === undefined ? [] : [{ name: 'src_endpoint.ip', type_id: 2 as const, value: from.ip }]),
        ...(request === undefined
          ? []
          : [{ name: 'http_request.user_agent', type_id: 16 as const, value: request.user_agent }]),
      ]
      const seen = observables.length === 0 ? {} : { observables }
      const fields = { ...plain, ...other, ...seen, app, profiles: ['host' as const] }
      return ocsfEvent('application_lifecycle', type.activity, atMs, product, fields)
    }
    case 'detection_finding': {
      const { actor, src_endpoint, http_request, status_id: _, ...plain } = common
      const reason = row.details?.reason
      const types = typeof reason === 'string' ? [reason] : (reason ?? [])
      const finding_info = { uid: row.id ?? row.action, title: row.action, ...(types.length === 0 ? {} : { types }) }
      const evidences = [{ actor, src_endpoint, ...(http_request === undefined ? {} : { http_request }) }]
      return ocsfEvent('detection_finding', type.activity, atMs, product, {
        ...plain,
        ...other,
        severity_id: 3,
        finding_info,
        evidences,
      })
    }
    case 'api_activity': {
      const api = { operation: row.action, service: { name: 'Slack' } }
      return ocsfEvent('api_activity', type.activity, atMs, product, { ...common, ...other, api })
    }
  }
}

function commonOf(row: AuditRow, authority: string) {
  const { context } = row
  const session = sessionIdOf(row)
  return {
    ...(isTold(row.id) ? { uid: row.id } : {}),
    message: row.action,
    // The log tells what was done; the few that were not say so by name.
    status_id: isRefused(row.action) ? (2 as const) : (1 as const),
    actor: {
      user: userOf(row.actor?.user),
      ...(session === undefined ? {} : { session: { uid: session, issuer: authority } }),
      ...(isTold(context?.app?.id) ? { app_uid: context.app.id, ...appNamed(context.app.name) } : {}),
    },
    src_endpoint: ocsfEndpoint(context?.ip_address),
    http_request: isTold(context?.ua) ? { user_agent: context.ua } : undefined,
  }
}

/** `USLACKUSER`: Slack itself. */
function userOf(party: Party | null | undefined): OcsfObject<'user'> {
  const { id, name, email } = party ?? {}
  return {
    uid: id ?? 'unknown',
    ...(isTold(name) ? { name } : {}),
    ...(isTold(email) && /^[^\s@]+@[^\s@]+$/.test(email) ? { email_addr: email } : {}),
    type_id: isTold(id) ? (id === 'USLACKUSER' ? 3 : 1) : 0,
  }
}

function entityOf({ entity, context }: AuditRow, authority: string): OcsfObject<'managed_entity'> {
  const { type, channel, workspace, enterprise, workflow, workflow_v2: newer, barrier, usergroup, user } = entity ?? {}
  const found =
    channel ?? workflow ?? newer ?? barrier ?? usergroup ?? workspace ?? enterprise ?? user ?? context?.location
  return { uid: found?.id ?? authority, type: type ?? 'organisation', ...named(found?.name) }
}

export function sessionIdOf({ context }: AuditRow): string | undefined {
  const id = context?.session_id
  return id === null || id === undefined || id === '' || id === 0 ? undefined : String(id)
}

const named = (name: string | null | undefined): { name?: string } => (isTold(name) ? { name } : {})
const appNamed = (name: string | null | undefined): { app_name?: string } => (isTold(name) ? { app_name: name } : {})
