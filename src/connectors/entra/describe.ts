import { ocsfEndpoint, ocsfEvent, type OcsfEvent, type OcsfObject } from '#model'

import type { Activity } from './activities.ts'
import { changed, principalOf } from './audit-changes.ts'
import type { Audit, SignIn, Target } from './rows.ts'
import { product } from './statements.ts'

/** OCSF: 0 not told, 1 success, 2 failure, 99 other. */
const outcomes: Record<string, 0 | 1 | 2 | 99> = { success: 1, failure: 2 }
const severities: Record<string, 1 | 2 | 3 | 4> = { low: 2, medium: 3, high: 4 }

/** One row of the audit log in OCSF; an activity that is not known is the base event. */
export function describeAudit(audit: Audit, activity: Activity | undefined, atMs: number): OcsfEvent {
  const name = audit.activityDisplayName.trim()
  const shared = {
    uid: audit.id,
    message: name,
    status_id: outcomes[audit.result ?? ''] ?? (audit.result === null || audit.result === undefined ? 0 : 99),
    status: audit.result ?? undefined,
    status_detail: told(audit.resultReason),
  }
  if (activity === undefined) return ocsfEvent('base_event', 'other', atMs, product, { ...shared, activity_name: name })
  const common = {
    ...shared,
    actor: actorOf(audit),
    src_endpoint: ocsfEndpoint(audit.initiatedBy?.user?.ipAddress),
    ...(activity.activity === 'other' ? { activity_name: name } : {}),
  }
  const [first] = audit.targetResources ?? []
  switch (activity.class) {
    case 'account_change':
      return ocsfEvent('account_change', activity.activity, atMs, product, { ...common, user: userOf(first) })
    case 'user_access': {
      const given = principalOf(audit)
      const user = given === undefined ? userOf(first) : { uid: given.id, ...named(given.name), type_id: 0 as const }
      const privileges = [
        changed(first, 'Role.DisplayName') ??
          changed(first, 'AppRole.Value') ??
          changed(first, 'DelegatedPermissionGrant.Scope')?.trim() ??
          name,
      ]
      const resources = (audit.targetResources ?? []).flatMap((target) => resourceOf(target))
      return ocsfEvent('user_access', activity.activity, atMs, product, { ...common, user, privileges, resources })
    }
    case 'group_management': {
      const [found] = (audit.targetResources ?? []).filter(({ type }) => type === 'Group')
      const group = {
        uid: found?.id ?? changed(first, 'Group.ObjectID') ?? 'unknown',
        ...named(found?.displayName ?? changed(first, 'Group.DisplayName')),
      }
      const user = first?.type === 'User' ? userOf(first) : undefined
      return ocsfEvent('group_management', activity.activity, atMs, product, { ...common, group, user })
    }
    case 'entity_management': {
      const entity = {
        uid: first?.id ?? 'unknown',
        type: first?.type ?? 'unknown',
        ...named(first?.displayName),
      }
      return ocsfEvent('entity_management', activity.activity, atMs, product, { ...common, entity })
    }
  }
}

/** One sign-in, of a user or of an app. */
export function describeSignIn(row: SignIn, atMs: number): OcsfEvent {
  const code = row.status?.errorCode
  const kind = row.signInEventTypes?.[0]
  const user = signedIn(row)
  return ocsfEvent('authentication', row.isInteractive === false ? 'authentication_ticket' : 'logon', atMs, product, {
    uid: row.id,
    message: `sign-in (${kind ?? (row.isInteractive === false ? 'not interactive' : 'interactive')})`,
    severity_id: severities[row.riskLevelDuringSignIn ?? ''] ?? 1,
    status_id: code === null || code === undefined ? 0 : code === 0 ? 1 : 2,
    status_code: code === null || code === undefined ? undefined : String(code),
    status_detail: code === 0 ? undefined : told(row.status?.failureReason),
    actor: { user, ...(row.appId === null || row.appId === undefined ? {} : { app_uid: row.appId }) },
    user,
    service: { uid: told(row.resourceId) ?? 'unknown', ...named(row.resourceDisplayName) },
    session: told(row.sessionId) === undefined ? undefined : { uid: row.sessionId ?? '' },
    src_endpoint: ocsfEndpoint(row.ipAddress),
    http_request: told(row.userAgent) === undefined ? undefined : { user_agent: row.userAgent ?? '' },
  })
}

function signedIn(row: SignIn): OcsfObject<'user'> {
  if (told(row.servicePrincipalId) !== undefined) {
    return { uid: row.servicePrincipalId ?? '', ...named(row.servicePrincipalName), type_id: 4, type: 'Service' }
  }
  return {
    uid: told(row.userId) ?? 'unknown',
    ...named(row.userPrincipalName),
    ...(told(row.userDisplayName) === undefined ? {} : { display_name: row.userDisplayName ?? '' }),
    type_id: 1,
  }
}

function actorOf({ initiatedBy }: Audit) {
  const { user, app } = initiatedBy ?? {}
  if (user !== null && user !== undefined) {
    const known: OcsfObject<'user'> = { uid: told(user.id) ?? 'unknown', ...named(user.userPrincipalName), type_id: 1 }
    return { user: known }
  }
  const name = told(app?.displayName)
  return {
    user: { uid: told(app?.servicePrincipalId) ?? 'unknown', ...named(name), type_id: 0 as const },
    ...(name === undefined ? {} : { app_name: name }),
  }
}

const userOf = (target: Target | undefined): OcsfObject<'user'> => ({
  uid: told(target?.id) ?? 'unknown',
  ...named(target?.userPrincipalName ?? target?.displayName),
  type_id: target?.type === 'User' ? 1 : 0,
})
const resourceOf = ({ id, type, displayName }: Target) =>
  told(id) === undefined || type === 'User'
    ? []
    : [{ uid: id ?? '', ...(told(type) === undefined ? {} : { type: type ?? '' }), ...named(displayName) }]

const told = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined || text === '' ? undefined : text
const named = (name: string | null | undefined): { name?: string } =>
  told(name) === undefined ? {} : { name: name ?? '' }
