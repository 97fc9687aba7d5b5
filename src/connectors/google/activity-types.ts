import type { OcsfActivity, OcsfClass } from '#model'

type Class =
  | 'authentication'
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management'
  | 'detection_finding'
  | 'file_hosting'
  | 'email_activity'
  | 'api_activity'
/** What an event of the audit logs is in OCSF. */
export type ActivityType = { [Name in Class]: { class: Name; activity: OcsfActivity<Name> } }[Class]

/** Names by activity, separated by spaces. */
type Names<Name extends OcsfClass> = Partial<Record<OcsfActivity<Name>, string>>
type Table = { [Name in Class]?: Names<Name> }

const userAccounts: Table = {
  account_change: {
    mfa_factor_enable: '2sv_enroll passkey_enrolled titanium_enroll',
    mfa_factor_disable: '2sv_disable passkey_removed titanium_unenroll',
    password_change: 'password_edit',
    other: 'recovery_email_edit recovery_phone_edit recovery_secret_qa_edit email_forwarding_out_of_domain',
  },
}

/** By application of the Reports API; from Google's appendix of activity events. */
const tables: Record<string, Table> = {
  login: {
    authentication: {
      logon: 'login_success login_failure',
      logoff: 'logout',
      preauth: 'login_challenge login_verification',
      other: 'risky_sensitive_action_allowed risky_sensitive_action_blocked blocked_sender',
    },
    detection_finding: {
      create: `suspicious_login suspicious_login_less_secure_app suspicious_programmatic_login gov_attack_warning
        user_signed_out_due_to_suspicious_session_cookie account_disabled_password_leak account_disabled_generic
        account_disabled_spamming account_disabled_spamming_through_relay account_disabled_hijacked
        account_disabled_suspicious`,
    },
    ...userAccounts,
  },
  user_accounts: userAccounts,
  saml: { authentication: { logon: 'login_success login_failure' } },
  token: {
    user_access: { assign_privileges: 'authorize', revoke_privileges: 'revoke', other: 'request deny' },
    api_activity: { other: 'activity' },
  },
  drive: {
    file_hosting: {
      upload: 'upload create',
      download: 'download',
      update:
        'edit add_to_folder remove_from_folder add_subscription_user apply_security_update label_added label_removed label_field_changed',
      delete: 'delete trash empty_trash',
      rename: 'rename',
      copy: 'copy source_copy',
      move: 'move shared_drive_remove_item',
      restore: 'untrash',
      preview: 'preview',
      share: `change_user_access change_document_visibility change_document_access_scope change_owner
        shared_drive_membership_change team_drive_membership_change email_as_attachment publish_change
        change_user_access_hierarchy_reconciled change_document_visibility_hierarchy_reconciled
        change_document_access_scope_hierarchy_reconciled change_owner_hierarchy_reconciled
        change_acl_editors sheets_import_range_access_change`,
      open: 'view print',
      sync: 'sync_item_content',
      access_check: 'request_access access_item_content access_url deny_access_request expire_access_request',
      other: 'shared_drive_settings_change team_drive_settings_change connected_sheets_query approval_requested',
    },
  },
  groups: {
    group_management: {
      create: 'create_group',
      delete: 'delete_group',
      add_user: 'add_user join accept_invitation approve_join_request invite_user unban_user',
      remove_user: 'remove_user leave ban_user_with_moderation reject_invitation revoke_invitation',
      assign_privileges: 'change_acl_permission add_info_setting change_role',
      other: `change_basic_setting change_identity_setting change_info_setting change_new_members_restrictions_setting
        change_post_replies_setting change_spam_moderation_setting change_topic_setting remove_info_setting
        moderate_message always_post_from_user request_to_join change_email_subscription_type`,
    },
  },
  groups_enterprise: {
    group_management: {
      create: 'create_group',
      delete: 'delete_group',
      add_user: 'add_member accept_invitation approve_join_request join',
      remove_user: 'remove_member ban_user_with_moderation reject_invitation revoke_invitation leave',
      assign_privileges: 'add_member_role add_service_account_permission add_security_setting',
      revoke_privileges: 'remove_member_role remove_service_account_permission remove_security_setting',
      other: `update_member update_group change_security_setting add_info_setting change_info_setting remove_info_setting
        add_dynamic_group_query modify_dynamic_group_query add_membership_expiry update_membership_expiry
        remove_membership_expiry add_identity_setting change_identity_setting invite_member request_to_join
        change_email_subscription_type membership_expiration_update`,
    },
  },
  rules: { detection_finding: { create: 'rule_match rule_trigger content_matched action_complete access_blocked' } },
  mobile: {
    entity_management: {
      enroll: 'DEVICE_REGISTER_UNREGISTER_EVENT',
      update: `DEVICE_SYNC_EVENT DEVICE_SETTINGS_UPDATED_EVENT DEVICE_OWNERSHIP_CHANGE_EVENT OS_UPDATED_EVENT
        DEVICE_COMPLIANCE_CHANGED_EVENT ADVANCED_POLICY_SYNC_EVENT APPLICATION_EVENT APPLICATION_REPORT_EVENT`,
      other: 'DEVICE_ACTION_EVENT',
    },
    detection_finding: { create: 'DEVICE_COMPROMISED_EVENT SUSPICIOUS_ACTIVITY_EVENT FAILED_PASSWORD_ATTEMPTS_EVENT' },
  },
  admin: {
    account_change: {
      create: 'CREATE_USER UNDELETE_USER',
      enable: 'UNSUSPEND_USER UNARCHIVE_USER',
      disable: 'SUSPEND_USER ARCHIVE_USER',
      delete: 'DELETE_USER',
      password_reset: 'CHANGE_PASSWORD CHANGE_PASSWORD_ON_NEXT_LOGIN',
      mfa_factor_enable: 'GENERATE_2SV_SCRATCH_CODES SECURITY_KEY_REGISTERED_FOR_USER',
      mfa_factor_disable: `TURN_OFF_2_STEP_VERIFICATION UNENROLL_USER_FROM_STRONG_AUTH UNENROLL_USER_FROM_TITANIUM
        DELETE_2SV_SCRATCH_CODES REVOKE_SECURITY_KEY PASSKEY_REVOKED`,
      unlock: 'UNBLOCK_USER_SESSION',
      other: `RENAME_USER RESET_SIGNIN_COOKIES CHANGE_RECOVERY_EMAIL CHANGE_RECOVERY_PHONE REMOVE_RECOVERY_EMAIL
        REMOVE_RECOVERY_PHONE ADD_RECOVERY_EMAIL ADD_RECOVERY_PHONE MOVE_USER_TO_ORG_UNIT ADD_NICKNAME REMOVE_NICKNAME
        CHANGE_FIRST_NAME CHANGE_LAST_NAME ACCEPT_USER_INVITATION MAIL_ROUTING_DESTINATION_ADDED
        USER_PUT_IN_TWO_STEP_VERIFICATION_GRACE_PERIOD USER_ENROLLED_IN_TWO_STEP_VERIFICATION`,
    },
    user_access: {
      assign_privileges:
        'GRANT_ADMIN_PRIVILEGE GRANT_DELEGATED_ADMIN_PRIVILEGES ASSIGN_ROLE AUTHORIZE_API_CLIENT_ACCESS',
      revoke_privileges: `REVOKE_ADMIN_PRIVILEGE UNASSIGN_ROLE REMOVE_API_CLIENT_ACCESS REVOKE_3LO_TOKEN
        REVOKE_3LO_DEVICE_TOKENS REVOKE_ASP`,
    },
    group_management: {
      create: 'CREATE_GROUP',
      delete: 'DELETE_GROUP',
      add_user: 'ADD_GROUP_MEMBER',
      remove_user: 'REMOVE_GROUP_MEMBER',
      other: `UPDATE_GROUP_MEMBER CHANGE_GROUP_SETTING CHANGE_GROUP_NAME CHANGE_GROUP_EMAIL CHANGE_GROUP_DESCRIPTION
        UPDATE_GROUP_MEMBER_DELIVERY_SETTINGS GROUP_LIST_DOWNLOAD GROUP_MEMBERS_DOWNLOAD WHITELISTED_GROUPS_UPDATED`,
    },
    api_activity: {
      read: `EMAIL_LOG_SEARCH DOWNLOAD_USERLIST_CSV DOWNLOAD_REPORT DOWNLOAD_PENDING_INVITES_LIST
        REQUEST_ACCOUNT_INFO REQUEST_MAILBOX_DUMP VIEW_DNS_LOGIN_DETAILS SECURITY_INVESTIGATION_QUERY
        CUSTOMER_TAKEOUT_CREATED CUSTOMER_TAKEOUT_SUCCEEDED CUSTOMER_TAKEOUT_FAILED`,
      other: 'USER_LICENSE_ASSIGNMENT USER_LICENSE_REVOKE USER_LICENSE_REASSIGNMENT BULK_UPLOAD',
    },
  },
}

/** Settings of the admin log have thousands of names, and their first word says what was done. */
const verbs: readonly (readonly [RegExp, OcsfActivity<'entity_management'>])[] = [
  [/^(CREATE|ADD|ASSIGN|UPLOAD|INSERT|GENERATE)_|_CREATED$/, 'create'],
  [/^(DELETE|REMOVE|UNASSIGN|REVOKE)_|_DELETED$/, 'delete'],
  [/^(ENABLE|ALLOW|ENFORCE|TRUST|ACTIVATE)_|_ENABLED$/, 'enable'],
  [/^(DISABLE|DISALLOW|BLOCK|UNTRUST|TURN_OFF|DEACTIVATE)_|_DISABLED$/, 'disable'],
  [/^MOVE_/, 'move'],
  [
    /^(CHANGE|UPDATE|EDIT|TOGGLE|RENAME|SET|REORDER|TRANSFER|ROTATE|SESSION)_|_(CHANGED|CHANGE|UPDATED|UPDATE)$/,
    'update',
  ],
]

const types = new Map<string, ActivityType>()
for (const [application, table] of Object.entries(tables)) {
  for (const [name, byActivity] of Object.entries(table)) {
    for (const [activity, words] of Object.entries(byActivity)) {
      for (const event of words.split(/\s+/).filter(Boolean)) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each table's keys are its own class's activities
        types.set(`${application} ${event}`, { class: name, activity } as ActivityType)
      }
    }
  }
}

/** Undefined for what Cordon does not know: the base event, counted as a debt. */
export function activityTypeOf(application: string, event: string): ActivityType | undefined {
  const known = types.get(`${application} ${event}`)
  if (known !== undefined || application !== 'admin') return known
  const activity = verbs.find(([pattern]) => pattern.test(event))?.[1]
  return activity === undefined ? undefined : { class: 'entity_management', activity }
}

/** How many event names are in the tables. */
export const activityTypes = (): readonly string[] => [...types.keys()]
