import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'
import { isTold } from '#sources/contract'

import type { AuditType } from './audit-types.ts'
import type { AuditRow } from './rows.ts'
import { product } from './statements.ts'

/** One entry in OCSF; without a type the base event, with the Hub's own name for it. */
export function describe(row: AuditRow, type: AuditType | undefined, atMs: number, authority: string): OcsfEvent {
  const { _id: uid, message, userAgent: agent } = row
  const plain = { uid, message: isTold(message) ? message : row.type }
  if (type === undefined) return ocsfEvent('base_event', 'other', atMs, product, { ...plain, activity_name: row.type })
  const actor = actorUser(row)
  const common = {
    ...plain,
    actor: { user: actor },
    src_endpoint: ocsfEndpoint(row.ip),
    http_request: isTold(agent) ? { user_agent: agent } : undefined,
    ...(type.activity === 'other' ? { activity_name: row.type } : {}),
  }
  switch (type.class) {
    case 'authentication': {
      const fields = { ...common, user: actor, service: { uid: authority, name: 'Hub' } }
      return ocsfEvent('authentication', type.activity, atMs, product, fields)
    }
    // Whom it was done to stands in fields without a published shape.
    case 'user_access': {
      const fields = { ...common, user: unknown, privileges: [row.type], resources: [{ uid: authority }] }
      return ocsfEvent('user_access', type.activity, atMs, product, fields)
    }
    case 'group_management':
      return ocsfEvent('group_management', type.activity, atMs, product, { ...common, group: unknown })
    case 'entity_management': {
      const entity = { uid: 'unknown', type: row.type.split('.')[0] ?? 'unknown' }
      return ocsfEvent('entity_management', type.activity, atMs, product, { ...common, entity })
    }
  }
}

const unknown = { name: 'unknown' }

function actorUser({ author, token, oauth }: AuditRow): OcsfObject<'user'> {
  const used = token?.id ?? oauth?.clientId
  const kind = isTold(token?.id) ? 'access token' : 'OAuth application'
  return {
    ...(isTold(author?._id) ? { uid: author._id } : { uid: 'unknown' }),
    ...(isTold(author?.user) ? { name: author.user } : {}),
    type_id: author?.type === 'system' ? 3 : 1,
    ...(isTold(used) ? { programmatic_credentials: [{ uid: used, type: kind }] } : {}),
  }
}
