import type { OcsfActivity, OcsfClass, TouchVerb } from '#model'

/**
 * What an action of the audit log is in OCSF, and how it touches what it names: `verb` on the file, channel or workspace
 * behind it; without one it touches nothing that a verdict asks about.
 */
export type AuditType = {
  [Class in OcsfClass]: { class: Class; activity: OcsfActivity<Class>; verb: TouchVerb | undefined }
}[
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'file_hosting'
  | 'application_lifecycle'
  | 'detection_finding'
  | 'api_activity']

type Names<Activity extends string> = Partial<Record<Activity, string>>

/** Actions by activity, separated by spaces; what they mean is on Slack's page "Audit Logs API methods & actions". */
const authentication: Names<OcsfActivity<'authentication'>> = {
  logon: 'user_login user_login_failed cli_login',
  logoff: `user_logout user_logout_compromised user_session_invalidated user_session_reset_by_admin
    bulk_session_reset_by_admin user_logout_non_compliant_mobile_app_version cli_logout`,
}
const account: Names<OcsfActivity<'account_change'>> = {
  create: 'user_created guest_created',
  enable: 'user_reactivated guest_reactivated',
  disable: 'user_deactivated guest_deactivated guest_expired',
  other: `user_email_updated user_username_updated user_session_settings_changed guest_expiration_set
    guest_expiration_cleared custom_tos_accepted user_force_upgrade_non_compliant_mobile_app_version`,
}
const access: Names<OcsfActivity<'user_access'>> = {
  assign_privileges: `role_change_to_admin role_change_to_owner owner_transferred service_owner_transferred
    permissions_assigned role_assigned`,
  revoke_privileges: 'role_change_to_user role_change_to_guest permissions_removed role_removed',
}
const group: Names<OcsfActivity<'group_management'>> = {
  add_user: `user_channel_join guest_channel_join user_joined_workspace guest_joined_workspace dm_user_added
    user_added_to_usergroup`,
  remove_user: 'user_channel_leave guest_channel_leave user_removed_from_usergroup',
}
const entity: Names<OcsfActivity<'entity_management'>> = {
  create: `public_channel_created private_channel_created workspace_created organization_created domain_created
    idp_configuration_added workflow_created barrier_created channel_email_address_created legal_hold_policy_created
    approved_orgs_added ekm_key_added connect_dm_invite_generated external_shared_channel_invite_sent
    external_shared_channel_invite_created`,
  read: 'public_channel_preview',
  update: `public_channel_converted_to_private private_channel_converted_to_public group_converted_to_channel
    mpim_converted_to_private channel_workspaces_updated channel_renamed channel_moved channel_retention_changed
    channel_posting_permissions_updated channel_posting_pref_changed_from_org_level organization_renamed
    organization_domain_changed idp_prod_configuration_updated idp_test_configuration_updated barrier_updated
    legal_hold_policy_updated ekm_logging_config_set flexible_access_control_set workflow_published workflow_unpublished
    external_shared_channel_access_upgraded domain_verified`,
  delete: `public_channel_deleted private_channel_deleted workspace_deleted organization_deleted domain_deleted
    idp_configuration_deleted workflow_deleted barrier_deleted channel_email_address_deleted legal_hold_policy_released
    legal_hold_policy_entities_deleted approved_orgs_removed ekm_key_removed connect_dm_invite_revoked
    external_shared_channel_invite_revoked external_shared_channel_invite_declined
    external_shared_channel_invite_expired external_shared_channel_invite_auto_revoked`,
  enable: `external_shared_channel_connected external_shared_channel_reconnected external_shared_channel_invite_accepted
    external_shared_channel_invite_approved connect_dm_invite_accepted public_channel_unarchive
    private_channel_unarchive intune_enabled ekm_enrolled corporate_exports_enabled`,
  disable: `external_shared_channel_disconnected external_shared_channel_disconnect_and_archived public_channel_archive
    private_channel_archive intune_disabled ekm_unenrolled`,
}
const file: Names<OcsfActivity<'file_hosting'>> = {
  upload: 'file_uploaded',
  download: 'file_downloaded file_downloaded_blocked',
  delete: 'file_deleted',
  share: 'file_shared file_public_link_created',
  unshare: 'file_public_link_revoked',
}
const app: Names<OcsfActivity<'application_lifecycle'>> = {
  install: 'app_installed org_app_installed org_app_workspace_added',
  remove: 'app_uninstalled org_app_uninstalled org_app_workspace_removed',
  enable: 'app_approved org_app_future_workspace_install_enabled',
  disable: 'app_restricted app_removed_from_whitelist org_app_future_workspace_install_disabled',
  update: `app_scopes_expanded app_resources_granted app_resources_added bot_token_upgraded bot_token_downgraded
    org_app_upgraded_to_org_install cli_app_deploy`,
  other: 'app_token_preserved workflow_app_token_preserved',
}
const finding: Names<OcsfActivity<'detection_finding'>> = {
  create: 'anomaly file_malicious_content_detected message_flagged',
}
const exports = ['manual_export', 'manual_user_export', 'scheduled_export', 'channels_export']
const api: Names<OcsfActivity<'api_activity'>> = {
  read: `corporate_exports_approved workflow_responses_csv_download ${exports
    .flatMap((one) => ['started', 'completed', 'downloaded'].map((end) => `${one}_${end}`))
    .join(' ')}`,
  update: 'message_restored message_moderated thread_replies_disabled thread_replies_enabled',
  delete: `message_tombstoned native_dlp_violation_deleted ${exports.map((one) => `${one}_deleted`).join(' ')}`,
}

const verbs: Record<TouchVerb, string> = {
  login: 'user_login cli_login',
  read: `file_downloaded public_channel_preview user_channel_join guest_channel_join workflow_responses_csv_download
    ${exports.flatMap((one) => [`${one}_started`, `${one}_downloaded`]).join(' ')}`,
  write: 'file_uploaded message_restored message_moderated',
  delete: 'file_deleted message_tombstoned public_channel_deleted private_channel_deleted',
  share: `file_shared file_public_link_created external_shared_channel_connected external_shared_channel_reconnected
    external_shared_channel_invite_sent external_shared_channel_invite_created external_shared_channel_invite_accepted
    external_shared_channel_access_upgraded private_channel_converted_to_public`,
  admin: '',
}
const verbOf = new Map<string, TouchVerb>()
for (const verb of ['login', 'read', 'write', 'delete', 'share'] as const) {
  for (const name of verbs[verb].split(/\s+/)) if (name !== '') verbOf.set(name, verb)
}

/** Classes whose actions change who may do what: by an administrator, unless a verb says otherwise. */
const byAdmins: ReadonlySet<OcsfClass> = new Set(['account_change', 'user_access', 'application_lifecycle'])

const types = new Map<string, AuditType>()
function declare<Class extends AuditType['class']>(name: Class, byActivity: Names<OcsfActivity<Class>>): void {
  for (const [activity, text] of Object.entries<string | undefined>(byActivity)) {
    for (const action of (text ?? '').split(/\s+/)) {
      const verb = verbOf.get(action) ?? (byAdmins.has(name) ? 'admin' : undefined)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of a table typed by the activities of its class
      if (action !== '') types.set(action, { class: name, activity, verb } as AuditType)
    }
  }
}
declare('authentication', authentication)
declare('account_change', account)
declare('user_access', access)
declare('group_management', group)
declare('entity_management', entity)
declare('file_hosting', file)
declare('application_lifecycle', app)
declare('detection_finding', finding)
declare('api_activity', api)

export const knownActions = (): string[] => [...types.keys()]

/** `pref.…` are settings of a workspace or organisation, of which there are many and more come. */
export function auditTypeOf(action: string): AuditType | undefined {
  if (action.startsWith('pref.')) return { class: 'entity_management', activity: 'update', verb: 'admin' }
  return types.get(action)
}

/** Tried, and not done: nothing changed. */
export const isRefused = (action: string): boolean =>
  action === 'user_login_failed' || action === 'file_downloaded_blocked'
