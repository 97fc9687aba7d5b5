import type { OcsfActivity, OcsfClass } from '#model'

/** What a type of the audit log is in OCSF. */
export type AuditType = { [Class in OcsfClass]: { class: Class; activity: OcsfActivity<Class> } }[
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'api_activity']

const types = new Map<string, AuditType>()

/** Types by activity, separated by spaces. */
function known<Class extends AuditType['class']>(
  name: Class,
  table: Partial<Record<OcsfActivity<Class>, string>>,
): void {
  for (const [activity, words] of Object.entries<string | undefined>(table)) {
    for (const type of (words ?? '').split(/\s+/).filter(Boolean)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each table's keys are its own class's activities
      types.set(type, { class: name, activity } as AuditType)
    }
  }
}

/** What is made, changed and ended the same way: noun, and the words that the log has for it. */
const things: Record<string, string> = {
  api_key: 'created updated deleted',
  certificate: 'created updated deleted',
  certificates: 'activated deactivated',
  'checkpoint.permission': 'created deleted',
  external_key: 'registered removed',
  invite: 'sent accepted deleted',
  ip_allowlist: 'created updated deleted',
  'ip_allowlist.config': 'activated deactivated',
  organization: 'updated',
  project: 'created updated archived deleted',
  rate_limit: 'updated deleted',
  resource: 'deleted',
  tunnel: 'created updated deleted',
  workload_identity_provider: 'created updated deleted',
  workload_identity_provider_mapping: 'created updated deleted',
  role: 'created updated deleted',
  scim: 'enabled disabled',
  'tenant.admin_api_key': 'created updated deleted',
  'tenant.project_api_key': 'created',
  'tenant.chatgpt_access_token': 'revoked',
  'tenant.service_account.token': 'revoked',
  'tenant.metadata': 'updated',
  'tenant.microsoft_entra_mapping': 'upserted deleted',
  'tenant.workload_identity.provider': 'created updated archived',
  'tenant.workload_identity.mapping': 'created updated archived',
  'tenant.workload_identity.binding': 'created',
  'tenant.workload_identity.principal': 'provisioned',
  'tenant.sso': 'migrated',
  'tenant.domains': 'migrated',
  'tenant.migration': 'completed',
  'tenant.migration_rollout.status': 'updated',
  'tenant.migration_rollout.tier': 'updated',
  'tenant.sso_connection': 'created updated deleted',
  'tenant.sso_connection.setup': 'started',
  'tenant.policy': 'created updated deleted attached detached',
  'tenant.principal_authentication_policy': 'resolved',
  'tenant.scim.setup': 'started',
  'tenant.scim.deletion': 'requested',
  'tenant.scim.directory': 'created',
  'tenant.product_access_policy': 'updated',
  'tenant.third_party_app_policy': 'updated',
  'tenant.session_policy': 'created updated deleted',
  'tenant.resource_share_grant': 'created updated accepted declined revoked deleted',
  'tenant.billing.overage_limit': 'updated',
  'tenant.billing.alerts': 'updated',
  'tenant.billing.info': 'updated',
  'tenant.usage_limit.workspace': 'updated',
  'tenant.usage_limit.group': 'updated',
  'tenant.usage_limit.user': 'updated',
  'tenant.usage_limit.increase_request': 'updated resolved',
  'tenant.role.metadata': 'updated',
  'tenant.custom_role': 'created updated deleted',
  'tenant.ads_account.onboarding': 'redemption',
  'tenant.api_organization_invite': 'upserted deleted',
  'tenant.chatgpt_workspace_invite': 'upserted',
  'tenant.workspace_invite_email_settings': 'updated',
}
const acts: Record<string, OcsfActivity<'entity_management'>> = {
  created: 'create',
  registered: 'create',
  sent: 'create',
  upserted: 'create',
  updated: 'update',
  deleted: 'delete',
  removed: 'delete',
  revoked: 'delete',
  archived: 'deactivate',
  activated: 'activate',
  deactivated: 'deactivate',
  enabled: 'enable',
  disabled: 'disable',
}
for (const [noun, words] of Object.entries(things)) {
  for (const word of words.split(' ')) {
    types.set(`${noun}.${word}`, { class: 'entity_management', activity: acts[word] ?? 'other' })
  }
}
known('authentication', {
  logon: 'login.succeeded login.failed',
  logoff: 'logout.succeeded logout.failed tenant.session_revocation.started',
  authentication_ticket: 'tenant.workload_identity.access_token.issued',
})
known('account_change', {
  create: 'user.added service_account.created tenant.user.added',
  delete:
    'user.deleted service_account.deleted tenant.user.removed tenant.service_account.deleted tenant.membership.revoked',
  other: `service_account.updated tenant.user.updated tenant.user.invited tenant.service_account.updated
    tenant.membership.accepted tenant.membership.declined`,
})
known('user_access', {
  assign_privileges: `user.updated role.assignment.created role.bound_to_resource tenant.role_assignment.created
    tenant.resource_role_assignment.created tenant.resource_access.updated`,
  revoke_privileges: `role.assignment.deleted role.unbound_from_resource tenant.role_assignment.deleted
    tenant.resource_role_assignment.deleted tenant.resource_access.deleted`,
})
known('group_management', {
  create: 'group.created tenant.group.created',
  delete: 'group.deleted tenant.group.deleted',
  add_user: 'tenant.group.member.added',
  remove_user: 'tenant.group.member.removed',
  other: 'group.updated tenant.group.updated',
})
known('api_activity', { read: 'tenant.user.looked_up' })

/** Undefined for what Cordon does not know: the base event, counted as a debt. */
export const auditTypeOf = (type: string): AuditType | undefined => types.get(type)
export const knownAuditTypes = (): string[] => [...types.keys()]

export const isRefused = (type: string): boolean => type.endsWith('.failed')
