import type { OcsfActivity, OcsfClass } from '#model'

/** What a type of activity is in OCSF. */
export type ActivityType = { [Class in OcsfClass]: { class: Class; activity: OcsfActivity<Class> } }[
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'api_activity']

const named = new Map<string, ActivityType>()

/** Types by activity, separated by spaces. */
function known<Class extends ActivityType['class']>(
  name: Class,
  table: Partial<Record<OcsfActivity<Class>, string>>,
): void {
  for (const [activity, words] of Object.entries<string | undefined>(table)) {
    for (const type of (words ?? '').split(/\s+/).filter(Boolean)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each table's keys are its own class's activities
      named.set(type, { class: name, activity } as ActivityType)
    }
  }
}
known('authentication', {
  logon: `sso_login_succeeded sso_login_failed magic_link_login_succeeded magic_link_login_failed social_login_succeeded
    anonymous_mobile_login_attempted platform_app_attest_authentication lti_launch_success`,
  logoff: 'user_logged_out session_revoked',
  preauth: `sso_login_initiated magic_link_login_initiated sso_second_factor_magic_link phone_code_sent
    phone_code_verified lti_launch_initiated`,
  authentication_ticket: 'tunnel_token_minted environment_token_minted',
})
known('account_change', {
  create: 'scim_user_created platform_service_account_created',
  delete: 'org_user_deleted org_user_left scim_user_deleted account_deleted platform_service_account_archived',
  other: 'scim_user_updated claude_user_settings_updated platform_service_account_updated age_verified',
})
known('user_access', {
  assign_privileges: `claude_user_role_updated role_assignment_granted rbac_role_assigned primary_owner_transferred
    platform_workspace_member_added platform_workspace_member_updated platform_service_account_workspace_member_added
    platform_service_account_workspace_member_updated user_consent_recorded`,
  revoke_privileges: `role_assignment_revoked rbac_role_unassigned platform_workspace_member_removed
    platform_service_account_workspace_member_removed user_consent_revoked`,
})
known('group_management', {
  create: 'group_created',
  delete: 'group_deleted',
  add_user: 'group_member_added',
  remove_user: 'group_member_removed',
  other: 'group_updated',
})
known('api_activity', {
  read: 'compliance_api_accessed org_members_exported audit_log_export_accessed org_data_export_accessed session_share_accessed',
})

const changes: Record<string, OcsfActivity<'entity_management'>> = {
  created: 'create',
  generated: 'create',
  regenerated: 'create',
  sent: 'create',
  re_sent: 'create',
  uploaded: 'create',
  added: 'create',
  minted: 'create',
  updated: 'update',
  replaced: 'update',
  rotated: 'update',
  changed: 'update',
  toggled: 'update',
  deleted: 'delete',
  removed: 'delete',
  revoked: 'delete',
  archived: 'deactivate',
  deactivated: 'deactivate',
  activated: 'activate',
  enabled: 'enable',
  disabled: 'disable',
}
const reads: ReadonlySet<string> = new Set(['viewed', 'listed', 'downloaded', 'accessed', 'exported'])
const others =
  /_(accepted|rejected|initiated|started|completed|failed|approved|denied|dismissed|requested|resolved|provisioned|connected|disconnected|granted|published|verified|configured|shared|allowlisted|blocklisted|unblocked|decided|performed|cancelled|purchased|renewed|resumed|scheduled|upgraded|restored|transferred|blocked|cleared|set|reported|bulk_dismissed)$/
/** Nouns that Anthropic's own list begins with; a type of another noun is not known here. */
const nouns =
  /^(admin|api|audit|billing|claude|cli|cowork|design|desktop|domain|end_user|environment|extra_usage|ghe|group|integration|invoice|lti|managed|marketplace|mcp|org|organization|owned|payment|phone|platform|plugin|prepaid|primary_owner|rbac|role|scim|scoped|seat|service|session|signing|sso|subscription|tunnel|user|workspace)_/

/**
 * There are some five hundred types, and new ones each month: all end in what was done. Undefined for what Cordon does not
 * know: the base event, counted as a debt.
 */
export function activityTypeOf(type: string): ActivityType | undefined {
  const own = named.get(type)
  if (own !== undefined || !nouns.test(type)) return own
  const [, word = ''] = /_(re_sent|[a-z]+)$/.exec(type) ?? []
  if (reads.has(word)) return { class: 'api_activity', activity: 'read' }
  const activity = changes[word]
  if (activity !== undefined) return { class: 'entity_management', activity }
  return others.test(type) ? { class: 'entity_management', activity: 'other' } : undefined
}
export const namedTypes = (): string[] => [...named.keys()]

export const isRefused = (type: string): boolean => type.endsWith('_failed') || type.endsWith('_blocked')
