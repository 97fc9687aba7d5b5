import type { OcsfActivity } from '#model'

import type { TrailEvent } from './trail-event.ts'

/** Class and activity of an event; `api_activity` for all that has no class of its own. */
export type LogClass =
  | { class: 'authentication'; activity: OcsfActivity<'authentication'> }
  | { class: 'account_change'; activity: OcsfActivity<'account_change'> }
  | { class: 'group_management'; activity: OcsfActivity<'group_management'> }
  | { class: 'entity_management'; activity: OcsfActivity<'entity_management'> }
  | { class: 'datastore_activity'; activity: OcsfActivity<'datastore_activity'> }
  | { class: 'api_activity'; activity: OcsfActivity<'api_activity'> }

const authentication = (activity: OcsfActivity<'authentication'>): LogClass => ({ class: 'authentication', activity })
const account = (activity: OcsfActivity<'account_change'>): LogClass => ({ class: 'account_change', activity })
const group = (activity: OcsfActivity<'group_management'>): LogClass => ({ class: 'group_management', activity })
const entity = (activity: OcsfActivity<'entity_management'>): LogClass => ({ class: 'entity_management', activity })
const data = (activity: OcsfActivity<'datastore_activity'>): LogClass => ({ class: 'datastore_activity', activity })

const listed: Readonly<Record<string, LogClass>> = {
  'signin ConsoleLogin': authentication('logon'),
  'signin SwitchRole': authentication('account_switch'),
  'signin ExitRole': authentication('logoff'),
  'sts AssumeRole': authentication('authentication_ticket'),
  'sts AssumeRoleWithSAML': authentication('authentication_ticket'),
  'sts AssumeRoleWithWebIdentity': authentication('authentication_ticket'),
  'sts AssumeRoot': authentication('authentication_ticket'),
  'sts GetSessionToken': authentication('authentication_ticket'),
  'sts GetFederationToken': authentication('authentication_ticket'),
  'signin GetSigninToken': authentication('authentication_ticket'),
  'iam CreateUser': account('create'),
  'iam DeleteUser': account('delete'),
  'iam UpdateUser': account('other'),
  'iam CreateAccessKey': account('other'),
  'iam DeleteAccessKey': account('other'),
  'iam UpdateAccessKey': account('other'),
  'iam CreateLoginProfile': account('enable'),
  'iam UpdateLoginProfile': account('password_reset'),
  'iam DeleteLoginProfile': account('disable'),
  'iam ChangePassword': account('password_change'),
  'signin PasswordUpdated': account('password_change'),
  'signin PasswordRecoveryCompleted': account('password_reset'),
  'iam AttachUserPolicy': account('attach_policy'),
  'iam PutUserPolicy': account('attach_policy'),
  'iam DetachUserPolicy': account('detach_policy'),
  'iam DeleteUserPolicy': account('detach_policy'),
  'iam PutUserPermissionsBoundary': account('attach_policy'),
  'iam DeleteUserPermissionsBoundary': account('detach_policy'),
  'iam EnableMFADevice': account('mfa_factor_enable'),
  'iam DeactivateMFADevice': account('mfa_factor_disable'),
  'iam AddUserToGroup': group('add_user'),
  'iam RemoveUserFromGroup': group('remove_user'),
  'iam CreateGroup': group('create'),
  'iam DeleteGroup': group('delete'),
  'iam AttachGroupPolicy': group('assign_privileges'),
  'iam PutGroupPolicy': group('assign_privileges'),
  'iam DetachGroupPolicy': group('revoke_privileges'),
  'iam DeleteGroupPolicy': group('revoke_privileges'),
  'iam CreateRole': entity('create'),
  'iam DeleteRole': entity('delete'),
  'iam UpdateRole': entity('update'),
  'iam UpdateAssumeRolePolicy': entity('update'),
  'iam AttachRolePolicy': entity('update'),
  'iam PutRolePolicy': entity('update'),
  'iam DetachRolePolicy': entity('update'),
  'iam DeleteRolePolicy': entity('update'),
  'iam CreatePolicy': entity('create'),
  'iam CreatePolicyVersion': entity('update'),
  'iam SetDefaultPolicyVersion': entity('update'),
  'iam DeletePolicy': entity('delete'),
  'iam CreateInstanceProfile': entity('create'),
  'iam AddRoleToInstanceProfile': entity('update'),
  'organizations CreatePolicy': entity('create'),
  'organizations UpdatePolicy': entity('update'),
  'organizations DeletePolicy': entity('delete'),
  'organizations AttachPolicy': entity('enable'),
  'organizations DetachPolicy': entity('disable'),
  'secretsmanager GetSecretValue': data('read'),
  'secretsmanager BatchGetSecretValue': data('read'),
  'secretsmanager PutSecretValue': data('update'),
  'secretsmanager CreateSecret': data('create'),
  'secretsmanager DeleteSecret': data('delete'),
  'secretsmanager ListSecrets': data('list'),
  's3 GetObject': data('read'),
  's3 PutObject': data('write'),
  's3 CopyObject': data('write'),
  's3 DeleteObject': data('delete'),
  's3 DeleteObjects': data('delete'),
  's3 ListObjects': data('list'),
  'dynamodb GetItem': data('read'),
  'dynamodb Query': data('query'),
  'dynamodb Scan': data('query'),
  'dynamodb PutItem': data('write'),
  'dynamodb UpdateItem': data('update'),
  'dynamodb DeleteItem': data('delete'),
  'kms Decrypt': data('decrypt'),
  'kms Encrypt': data('encrypt'),
}

/** By source and name of the event: no text is made to find a record's class. */
const classes = new Map<string, Map<string, LogClass>>()
for (const [key, kind] of Object.entries(listed)) {
  const [service = '', name = ''] = key.split(' ')
  const source = `${service}.amazonaws.com`
  classes.set(source, (classes.get(source) ?? new Map<string, LogClass>()).set(name, kind))
}

/** First words of an operation's name, as AWS uses them nearly everywhere. */
const verbs: readonly [RegExp, OcsfActivity<'api_activity'>][] = [
  [/^(Create|Run|Register|Put|Import|Allocate|Add|Request|Start|Generate|Issue)/, 'create'],
  [
    /^(Get|List|Describe|BatchGet|Lookup|Head|Search|Scan|Query|Select|View|Check|Test|Simulate|Validate|Download|Export|Discover)/,
    'read',
  ],
  [
    /^(Update|Modify|Set|Attach|Detach|Enable|Disable|Change|Associate|Disassociate|Authorize|Revoke|Tag|Untag|Reset|Replace|Send|Restore|Stop|Reboot|Copy)/,
    'update',
  ],
  [/^(Delete|Remove|Terminate|Deregister|Release|Purge|Cancel|BatchDelete)/, 'delete'],
]

/** Names of operations are AWS's own, some thousands; what else a record calls itself is not kept. */
const namesMax = 8_192
const verbByName = new Map<string, OcsfActivity<'api_activity'> | undefined>()
function verbOf(eventName: string): OcsfActivity<'api_activity'> | undefined {
  if (verbByName.has(eventName)) return verbByName.get(eventName)
  const verb = verbs.find(([pattern]) => pattern.test(eventName))?.[1]
  if (verbByName.size < namesMax) verbByName.set(eventName, verb)
  return verb
}

export function classOf({
  eventName,
  eventSource,
  readOnly,
}: Pick<TrailEvent, 'eventName' | 'eventSource' | 'readOnly'>): LogClass {
  const known = classes.get(eventSource)?.get(eventName)
  if (known !== undefined) return known
  const activity = verbOf(eventName) ?? (readOnly === true ? 'read' : 'other')
  return { class: 'api_activity', activity }
}
