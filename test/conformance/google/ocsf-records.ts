import { isObject, type Json } from '#kit'

import type { RawRecords } from '../ocsf-records.ts'

const atMs = Date.UTC(2026, 2, 24, 12)

/** One activity of Google's Reports API with one event. */
const activity = (
  application: string,
  name: string,
  parameters: Record<string, Json> = {},
  more: Record<string, Json> = {},
): Json => ({
  kind: 'admin#reports#activity',
  id: {
    time: '2026-03-24T12:00:00.000Z',
    uniqueQualifier: '-42',
    applicationName: application,
    customerId: 'C01example',
  },
  actor: { callerType: 'USER', email: 'ada@example.com', profileId: '100000000000000000001', ...more },
  ipAddress: '192.0.2.7',
  events: [
    {
      type: 'SOME_TYPE',
      name,
      parameters: Object.entries(parameters).map(([key, value]) => ({
        name: key,
        ...(Array.isArray(value)
          ? { multiValue: value }
          : isObject(value)
            ? {
                messageValue: { parameter: Object.entries(value).map(([inner, one]) => ({ name: inner, value: one })) },
              }
            : typeof value === 'boolean'
              ? { boolValue: value }
              : { value }),
      })),
    },
  ],
  resolved: { 'bo@example.com': '100000000000000000002', 'all@example.com': 'group/01abcdefg' },
})
const bo = { USER_EMAIL: 'bo@example.com' }
const inGroup = { ...bo, GROUP_EMAIL: 'all@example.com' }
const someApp = { client_id: '1.apps.googleusercontent.com', app_name: 'Notes AI' }
const consent = { ...someApp, scope: ['https://mail.google.com/', 'https://www.googleapis.com/auth/drive.readonly'] }
const appCall = { ...someApp, api_name: 'gmail', method_name: 'gmail.users.messages.list', product_bucket: 'GMAIL' }
const file = { doc_id: 'd1', doc_type: 'document', owner: 'ada@example.com', visibility: 'people_with_link' }
const delegated = {
  API_CLIENT_NAME: '123456789',
  API_SCOPES: 'https://mail.google.com/, https://www.googleapis.com/auth/admin.directory.user',
}
const oauthApp = { OAUTH2_APP_ID: '1.apps.googleusercontent.com', OAUTH2_APP_NAME: 'Notes AI', NEW_VALUE: 'BLOCKED' }
const byClient = { applicationInfo: { oauthClientId: '123456789', applicationName: 'sync', impersonation: true } }

const message = { rfc2822_message_id: '<m@example.com>', flattened_destinations: 'smtp-outbound::x@example.net' }
/** Every type that Google has, and one of tomorrow. */
const mailEvents = Array.from({ length: 37 }, (_, type): [string, Record<string, Json>] => [
  'delivery',
  { event_info: { mail_event_type: String(type) }, message_info: message },
])

const logs: [
  application: string,
  events: [name: string, parameters?: Record<string, Json>, more?: Record<string, Json>][],
][] = [
  [
    'login',
    [
      ['login_success', { login_type: 'google_password', is_second_factor: true, is_suspicious: false }],
      ['login_failure', { login_failure_type: 'login_failure_invalid_password' }],
      ['logout'],
      ['login_challenge'],
      ['login_verification'],
      ['suspicious_login', { affected_email_address: 'bo@example.com' }],
      ['account_disabled_password_leak', { affected_email_address: 'bo@example.com' }],
      ['gov_attack_warning'],
      ['risky_sensitive_action_blocked'],
    ],
  ],
  ['token', [['authorize', consent], ['revoke', consent], ['activity', appCall], ['request', consent], ['deny']]],
  [
    'user_accounts',
    [
      ['2sv_enroll'],
      ['2sv_disable'],
      ['passkey_enrolled'],
      ['passkey_removed'],
      ['titanium_enroll'],
      ['titanium_unenroll'],
      ['password_edit'],
      ['recovery_email_edit'],
      ['recovery_phone_edit'],
      ['recovery_secret_qa_edit'],
      ['email_forwarding_out_of_domain', { email_forwarding_destination_address: 'x@example.net' }],
    ],
  ],
  [
    'saml',
    [
      ['login_success', { application_name: 'Payroll' }],
      ['login_failure', { saml_status_code: 'SUCCESS_URI' }],
    ],
  ],
  [
    'drive',
    [
      ['view', file],
      ['view', file, byClient],
      ['download', { ...file, shared_drive_id: '0AExample' }],
      ['edit', { ...file, owner: 'bo@example.com' }],
      ['create', file],
      ['delete', file],
      ['rename', file],
      ['copy', file],
      ['move', file],
      ['untrash', file],
      ['preview', file],
      ['sync_item_content', file],
      ['request_access', file],
      ['change_document_visibility', file],
      ['change_user_access', { ...file, target_user: 'x@example.net' }],
      ['shared_drive_settings_change', { shared_drive_id: '0AExample' }],
    ],
  ],
  ['groups', [['create_group', { group_email: 'all@example.com' }], ['add_user'], ['change_basic_setting']]],
  [
    'groups_enterprise',
    [
      ['add_member', { group_id: 'all@example.com', member_id: 'bo@example.com' }],
      ['remove_member', { group_id: 'all@example.com', member_id: 'bo@example.com' }],
      ['add_member_role', { group_id: 'all@example.com', member_id: 'bo@example.com' }],
      ['delete_group', { group_id: 'all@example.com' }],
    ],
  ],
  ['gmail', mailEvents],
  ['rules', [['rule_match', { rule_name: 'external share' }]]],
  [
    'mobile',
    [['DEVICE_REGISTER_UNREGISTER_EVENT', { DEVICE_ID: 'm1' }], ['DEVICE_COMPROMISED_EVENT'], ['DEVICE_ACTION_EVENT']],
  ],
  [
    'admin',
    [
      ['CREATE_USER', bo],
      ['SUSPEND_USER', bo],
      ['UNSUSPEND_USER', bo],
      ['DELETE_USER', bo],
      ['CHANGE_PASSWORD', bo],
      ['RESET_SIGNIN_COOKIES', bo],
      ['TURN_OFF_2_STEP_VERIFICATION', bo],
      ['GENERATE_2SV_SCRATCH_CODES', bo],
      ['DELETE_2SV_SCRATCH_CODES', bo],
      ['CHANGE_RECOVERY_EMAIL', bo],
      ['GRANT_ADMIN_PRIVILEGE', bo],
      ['ASSIGN_ROLE', { ...bo, ROLE_NAME: '_GROUPS_ADMIN_ROLE' }],
      ['UNASSIGN_ROLE', { ...bo, ROLE_NAME: '_GROUPS_ADMIN_ROLE' }],
      ['AUTHORIZE_API_CLIENT_ACCESS', delegated],
      ['REMOVE_API_CLIENT_ACCESS', delegated],
      ['REVOKE_3LO_TOKEN', { ...bo, APP_ID: '1.apps.googleusercontent.com' }],
      ['REVOKE_ASP', { ...bo, ASP_ID: '7' }],
      ['ADD_GROUP_MEMBER', inGroup],
      ['REMOVE_GROUP_MEMBER', inGroup],
      ['CREATE_GROUP', inGroup],
      ['CHANGE_GROUP_SETTING', inGroup],
      ['CHANGE_APP_ACCESS', oauthApp],
      ['ADD_TO_BLOCKED_OAUTH2_APPS', oauthApp],
      ['CREATE_ROLE', { ROLE_NAME: 'helper' }],
      ['CHANGE_APPLICATION_SETTING', { SETTING_NAME: 'x' }],
      ['ADD_TRUSTED_DOMAINS', { DOMAIN_NAME: 'example.net' }],
      ['DISALLOW_SERVICE_FOR_OAUTH2_ACCESS'],
      ['EMAIL_LOG_SEARCH'],
      ['UNHEARD_OF'],
    ],
  ],
]
const user = '100000000000000000001'
const inventory: Json[] = [
  { of: 'customer', id: 'C01example', customerDomain: 'example.com' },
  { of: 'domains', domainName: 'example.com', isPrimary: true, verified: true },
  { of: 'orgunits', orgUnitId: 'id:03ph8a2z', orgUnitPath: '/Contractors' },
  {
    of: 'users',
    id: user,
    primaryEmail: 'ada@example.com',
    aliases: ['a@example.com'],
    isAdmin: true,
    isEnrolledIn2Sv: true,
  },
  { of: 'groups', id: '01abcdefg', email: 'all@example.com', name: 'All' },
  { of: 'members', group: '01abcdefg', members: [{ id: user, role: 'OWNER', type: 'USER' }, { type: 'EXTERNAL' }] },
  { of: 'roles', roleId: '1', roleName: '_SEED_ADMIN_ROLE', isSuperAdminRole: true },
  {
    of: 'assignments',
    roleAssignmentId: '9',
    roleId: '1',
    assignedTo: user,
    isSuper: true,
    roleName: '_SEED_ADMIN_ROLE',
  },
  {
    of: 'tokens',
    user,
    clientId: '1.apps.googleusercontent.com',
    displayText: 'Notes AI',
    scopes: ['https://mail.google.com/'],
  },
  { of: 'asps', user, codeId: 7, name: 'printer', creationTime: '1774353600000', lastTimeUsed: '0' },
  { of: 'shared-drives', id: '0AExample', name: 'Interviews', restrictions: { domainUsersOnly: false } },
  { of: 'shared-drive-members', drive: '0AExample', id: '7', type: 'user', role: 'writer', holder: user },
]

/** One raw record of each kind the connector understands, and one it does not. */
export const googleRecords: RawRecords = [
  ...logs.map(([application, events]) => ({
    stream: `log-${application}`,
    raws: events.map(([name, parameters, more]) => activity(application, name, parameters, more)),
  })),
  {
    stream: 'directory',
    raws: [
      {
        snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: atMs },
        rows: { kind: 'users', rows: inventory },
      },
    ],
  },
]
