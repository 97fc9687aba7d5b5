import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'

import type { AuditMeaning } from './audit-actions.ts'
import type { Act } from './audit-row.ts'

export const product = { vendor_name: 'GitHub', name: 'GitHub' }
const status = { success: 1, failure: 2 } as const
/** Turning a guard off is worth a look by itself. */
const severity = { informational: 1, medium: 3 } as const

/** The row as OCSF; which class it is, `audit-actions.ts` says. */
export function describe(act: Act, meaning: AuditMeaning): OcsfEvent {
  const { row, atMs, actor, credential, user, repo } = act
  const subject = userOf(user ?? actor, user === null ? row.actor : row.user)
  const doer: OcsfObject<'user'> = {
    ...userOf(actor, row.actor),
    ...(credential === null ? {} : { programmatic_credentials: [credentialOf(act)] }),
    ...(row.external_identity_nameid === null ? {} : { uid_alt: row.external_identity_nameid }),
  }
  const resource =
    repo === null ? undefined : { uid: repo, name: row.repo ?? row.repository ?? repo, type: 'repository' }
  const common = {
    uid: row['_document_id'] ?? undefined,
    message: row.action,
    ...(meaning.activity === 'other' ? { activity_name: row.action } : {}),
    src_endpoint: ocsfEndpoint(row.actor_ip),
    status_id: meaning.class === 'authentication' && meaning.isFailure === true ? status.failure : status.success,
    actor: { user: doer },
    http_request: row.user_agent === null ? undefined : { user_agent: row.user_agent },
  }
  switch (meaning.class) {
    case 'user_access':
      return ocsfEvent('user_access', meaning.activity, atMs, product, {
        ...common,
        user: subject,
        privileges: [row.permission ?? row.action],
        resources: resource === undefined ? undefined : [resource],
      })
    case 'group_management':
      return ocsfEvent('group_management', meaning.activity, atMs, product, {
        ...common,
        group: { name: row.team ?? row.data?.team ?? row.name ?? 'unknown', type: 'team' },
        user: user === null ? undefined : subject,
        privileges: row.permission === null ? undefined : [row.permission],
        resource,
      })
    case 'account_change':
      return ocsfEvent('account_change', meaning.activity, atMs, product, { ...common, user: subject })
    case 'authentication':
      return ocsfEvent('authentication', meaning.activity, atMs, product, {
        ...common,
        user: subject,
        service: { name: 'GitHub' },
      })
    case 'entity_management':
      return ocsfEvent('entity_management', meaning.activity, atMs, product, {
        ...common,
        severity_id: meaning.activity === 'disable' ? severity.medium : severity.informational,
        entity: {
          name: row.key ?? row.title ?? row.name ?? row.repo ?? row.org ?? row.action,
          type: nounOf(row.action),
        },
      })
    case 'api_activity':
      return ocsfEvent('api_activity', meaning.activity, atMs, product, {
        ...common,
        api: { operation: row.action, service: { name: 'GitHub' } },
        resources: resource === undefined ? undefined : [resource],
      })
  }
}

const nounOf = (action: string): string => action.split('.', 1)[0] ?? action

const userOf = (entity: string | null, login: string | null): OcsfObject<'user'> => ({
  uid: entity ?? 'unknown',
  ...(login === null ? {} : { name: login }),
})

const credentialOf = ({ credential, row }: Act): OcsfObject<'programmatic_credential'> => ({
  uid: credential ?? 'unknown',
  ...(row.programmatic_access_type === null ? {} : { type: row.programmatic_access_type }),
})
