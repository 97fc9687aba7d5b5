import type { OcsfActivity, OcsfClass } from '#model'

/** What an activity of the audit log is in OCSF. */
export type Activity = { [Class in OcsfClass]: { class: Class; activity: OcsfActivity<Class> } }[
  | 'account_change'
  | 'user_access'
  | 'group_management'
  | 'entity_management']

type Table<Class extends OcsfClass> = Partial<Record<OcsfActivity<Class>, string>>

/** Activities by what they are, one a line. Microsoft's page "Microsoft Entra audit log categories and activities". */
const account: Table<'account_change'> = {
  create: `add user
    create user
    invite external user
    bulk create users - finished (bulk)
    create guest user`,
  enable: `enable account
    restore user`,
  disable: 'disable account',
  delete: `delete user
    hard delete user`,
  password_change: `change user password
    change password (self-service)`,
  password_reset: `reset user password
    reset password (self-service)
    reset password (by admin)
    set force change user password`,
  mfa_factor_enable: `user registered security info
    admin registered security info
    user registered all required security info
    enable strong authentication
    add passkey (device-bound)
    create temporary access pass method for user`,
  mfa_factor_disable: `user deleted security info
    admin deleted security info
    disable strong authentication`,
  unlock: 'unlock user account (self-service)',
  other: `update user
    update external secrets
    user changed default security info
    admin updated security info
    user updated security info
    convert federated user to managed
    set license properties
    change user license
    update stsrefreshtokenvalidfrom timestamp
    redeem external user invite
    viral user creation`,
}
const access: Table<'user_access'> = {
  assign_privileges: `add member to role
    add scoped member to role
    add eligible member to role
    add member to role in pim completed (permanent)
    add member to role in pim completed (timebound)
    add eligible member to role in pim completed (permanent)
    add eligible member to role in pim completed (timebound)
    add member to role completed (pim activation)
    add member to role outside of pim (permanent)
    add app role assignment to service principal
    add app role assignment grant to user
    add app role assignment to group
    add delegated permission grant
    add oauth2permissiongrant
    consent to application
    add owner to application
    add owner to service principal
    add owner to group
    add owner to policy
    user has elevated their access to user access administrator for their azure resources`,
  revoke_privileges: `remove member from role
    remove scoped member from role
    remove eligible member from role
    remove member from role in pim completed (permanent)
    remove member from role in pim completed (timebound)
    remove eligible member from role in pim completed (permanent)
    remove eligible member from role in pim completed (timebound)
    remove member from role (pim activation expired)
    remove app role assignment from service principal
    remove app role assignment from user
    remove app role assignment from group
    remove delegated permission grant
    remove oauth2permissiongrant
    revoke consent
    remove owner from application
    remove owner from service principal
    remove owner from group`,
  other: `add member to role requested (pim activation)
    add member to role approval requested (pim activation)
    add member to role in pim requested (permanent)
    add member to role in pim requested (timebound)
    add eligible member to role in pim requested (permanent)
    add eligible member to role in pim requested (timebound)
    update role setting in pim
    update delegated permission grant`,
}
const group: Table<'group_management'> = {
  create: 'add group',
  delete: `delete group
    hard delete group`,
  add_user: 'add member to group',
  remove_user: 'remove member from group',
  other: `update group
    restore group
    set group license
    set group to be managed by user`,
}

const named = new Map<string, Activity>()
function name<Class extends Activity['class']>(of: Class, table: Table<Class>): void {
  for (const [activity, lines] of Object.entries<string | undefined>(table)) {
    for (const line of (lines ?? '').split('\n')) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each table's keys are its own class's activities
      named.set(line.trim(), { class: of, activity } as Activity)
    }
  }
}
name('account_change', account)
name('user_access', access)
name('group_management', group)

/** The rest is worded alike: the act, then what it was done to. */
const acts: Record<string, OcsfActivity<'entity_management'>> = {
  add: 'create',
  added: 'create',
  create: 'create',
  register: 'create',
  update: 'update',
  set: 'update',
  change: 'update',
  verify: 'update',
  restore: 'update',
  authentication: 'update',
  delete: 'delete',
  remove: 'delete',
  hard: 'delete',
  unregister: 'delete',
  enable: 'enable',
  disable: 'disable',
}

/** As Microsoft writes an activity, in one form: some names carry a dash of print, or a space at the end. */
export const activityKey = (text: string): string => text.trim().toLowerCase().replaceAll(/[–—]/g, '-')

/** Undefined for what Cordon does not know: the base event, counted as a debt. */
export function activityOf(text: string): Activity | undefined {
  const key = activityKey(text)
  const known = named.get(key)
  if (known !== undefined) return known
  const act = acts[key.split(' ')[0] ?? '']
  return act === undefined ? undefined : { class: 'entity_management', activity: act }
}
export const namedActivities = (): string[] => [...named.keys()]

/** What an audit category is about, in the words of Graph's permissions. */
const areas: Record<string, string> = {
  UserManagement: 'User',
  GroupManagement: 'Group',
  ApplicationManagement: 'Application',
  RoleManagement: 'RoleManagement',
  Policy: 'Policy',
  AuthorizationPolicy: 'Policy',
  Device: 'Device',
  DirectoryManagement: 'Domain',
  Authentication: 'UserAuthenticationMethod',
}
export const areaOf = (category: string | null | undefined): string => areas[category ?? ''] ?? 'Directory'
