import { tellSharing, visibilityOf } from './files.ts'
import type { TwinFile, TwinUser, World } from './world.ts'

export class TwinRefused extends Error {}

/** What people do, and thieves: none of it by the API that Cordon uses. */
export function createPeople(world: World) {
  const { users, groups, grants, apps, clock } = world

  function hire(
    name: string,
    more: Partial<
      Pick<TwinUser, 'primaryEmail' | 'isAdmin' | 'isEnrolledIn2Sv' | 'suspended' | 'createdAtMs' | 'lastLoginMs'>
    > = {},
  ): TwinUser & { password: string } {
    const password = world.secret('pw-')
    const id = `1${String(world.next()).padStart(20, '0')}`
    const user: TwinUser = {
      id,
      primaryEmail: `${name.toLowerCase().replaceAll(' ', '.')}@${world.customer.customerDomain}`,
      fullName: name,
      suspended: false,
      isAdmin: false,
      isEnrolledIn2Sv: true,
      recoveryEmail: '',
      recoveryPhone: '',
      passwordHash: world.hash(password),
      createdAtMs: clock.nowMs(),
      lastLoginMs: 0,
      sessions: new Set(),
      backupCodes: [],
      appPasswords: new Map(),
      ...more,
    }
    users.set(id, user)
    return Object.assign(user, { password })
  }

  const active = (user: TwinUser): void => {
    if (user.suspended) throw new TwinRefused(`${user.id} is suspended`)
  }

  return {
    hire,
    group(name: string) {
      const id = `0${String(world.next()).padStart(14, 'g')}`
      const group = { id, email: `${name}@${world.customer.customerDomain}`, name, members: new Map() }
      groups.set(id, group)
      return group
    },
    publish(name: string) {
      const client = `${world.next()}00000-example.apps.googleusercontent.com`
      const app = { secret: world.secret('GOCSPX-'), name, isBlocked: false }
      apps.set(client, app)
      return { client, ...app }
    },
    /** A user lets an app in; what the app gets of it. */
    consent(user: TwinUser, client: string, scopes: string[], ip = '198.51.100.9') {
      active(user)
      const app = apps.get(client)
      if (app === undefined || app.isBlocked) throw new TwinRefused('admin_policy_enforced')
      const refresh = world.secret('1//')
      const key = world.grantKey(user.id, client)
      const grant = grants.get(key) ?? { scopes: [], refresh: new Set<string>(), nativeApp: false }
      grants.set(key, {
        ...grant,
        scopes: [...new Set([...grant.scopes, ...scopes])],
        refresh: grant.refresh.add(refresh),
      })
      world.tell(
        'token',
        'authorize',
        user,
        { client_id: client, app_name: app.name, client_type: 'WEB', scope: scopes },
        { ip },
      )
      return { refresh, access: world.mint({ client, user: user.id, scopes, isDelegated: false }) }
    },
    appPassword(user: TwinUser, name: string) {
      active(user)
      const value = world.secret('asp-')
      const code = world.next()
      user.appPasswords.set(code, { name, hash: world.hash(value), createdAtMs: clock.nowMs(), lastUsedMs: 0 })
      return { code, value }
    },
    signIn(email: string, password: string, ip = '198.51.100.9'): string {
      const user = world.userByKey(email)
      if (user === undefined || user.suspended || user.passwordHash !== world.hash(password)) {
        world.tell(
          'login',
          'login_failure',
          user,
          { login_type: 'google_password', login_failure_type: 'login_failure_invalid_password' },
          { ip },
        )
        throw new TwinRefused('wrong password')
      }
      const session = world.secret('sid-')
      user.sessions.add(session)
      user.lastLoginMs = clock.nowMs()
      world.tell('login', 'login_success', user, { login_type: 'google_password', is_suspicious: false }, { ip })
      return session
    },
    backupCodes(user: TwinUser, by: TwinUser): string[] {
      user.backupCodes = Array.from({ length: 10 }, () => world.secret('code-'))
      world.tell('admin', 'GENERATE_2SV_SCRATCH_CODES', by, { USER_EMAIL: user.primaryEmail })
      return [...user.backupCodes]
    },
    changeRecovery(user: TwinUser, email: string): void {
      user.recoveryEmail = email
      world.tell('user_accounts', 'recovery_email_edit', user, {}, { ip: '198.51.100.9' })
    },
    enrolFactor(user: TwinUser): void {
      user.isEnrolledIn2Sv = true
      world.tell('user_accounts', '2sv_enroll', user, {}, { ip: '198.51.100.9' })
    },
    /** In the Admin console, by whoever holds an administrator's session. */
    atConsole: (by: TwinUser) => ({
      createUser(name: string) {
        const user = hire(name, { isEnrolledIn2Sv: false })
        world.tell('admin', 'CREATE_USER', by, { USER_EMAIL: user.primaryEmail })
        return user
      },
      makeSuper(user: TwinUser): void {
        user.isAdmin = true
        world.tell('admin', 'GRANT_ADMIN_PRIVILEGE', by, { USER_EMAIL: user.primaryEmail })
      },
      addMember(groupId: string, user: TwinUser): void {
        const group = groups.get(groupId)
        group?.members.set(user.id, { role: 'OWNER' })
        world.tell('admin', 'ADD_GROUP_MEMBER', by, {
          USER_EMAIL: user.primaryEmail,
          GROUP_EMAIL: group?.email ?? '',
        })
      },
      setPassword(user: TwinUser, password: string): void {
        user.passwordHash = world.hash(password)
        world.tell('admin', 'CHANGE_PASSWORD', by, { USER_EMAIL: user.primaryEmail })
      },
    }),
    /** A file of a user, open to whoever has the link or to nobody but its owner; null closes it. */
    share(
      owner: TwinUser,
      { id, title = 'notes', type = 'document' }: { id: string; title?: string; type?: string },
      link: { role: 'reader' | 'commenter' | 'writer'; isFound?: boolean } | null,
    ): TwinFile {
      const file: TwinFile = world.files.get(id) ?? { id, owner: owner.id, title, type, permissions: new Map() }
      const was = visibilityOf(file)
      file.permissions.clear()
      if (link !== null) {
        const allowFileDiscovery = link.isFound === true
        const permission = allowFileDiscovery ? 'anyone' : 'anyoneWithLink'
        file.permissions.set(permission, { id: permission, type: 'anyone', role: link.role, allowFileDiscovery })
      }
      world.files.set(id, file)
      tellSharing(world, file, owner, { was })
      return file
    },
    forwardMail(user: TwinUser, address: string): void {
      world.tell(
        'user_accounts',
        'email_forwarding_out_of_domain',
        user,
        { email_forwarding_destination_address: address },
        { ip: '198.51.100.9' },
      )
    },
    /** In the Admin console alone: what no API can do. */
    blockApp(client: string, by: TwinUser, orgUnit = '/'): void {
      const app = apps.get(client)
      if (app !== undefined) app.isBlocked = orgUnit === '/'
      const parameters = {
        OAUTH2_APP_ID: client,
        OAUTH2_APP_NAME: app?.name ?? client,
        NEW_VALUE: 'BLOCKED',
        ORG_UNIT_NAME: orgUnit,
      }
      world.tell('admin', 'CHANGE_APP_ACCESS', by, parameters)
    },
    delegate(
      account: { client: string; serviceAccount: string; publicKey: string },
      scopes: readonly string[],
      by?: TwinUser,
    ): void {
      const { client, serviceAccount, publicKey } = account
      world.delegations.set(client, { scopes: new Set(scopes), publicKey, serviceAccount })
      if (by !== undefined)
        world.tell('admin', 'AUTHORIZE_API_CLIENT_ACCESS', by, {
          API_CLIENT_NAME: client,
          API_SCOPES: scopes.join(', '),
        })
    },
    endDelegation(client: string, by: TwinUser): void {
      world.delegations.delete(client)
      world.tell('admin', 'REMOVE_API_CLIENT_ACCESS', by, { API_CLIENT_NAME: client })
    },
  }
}
export type People = ReturnType<typeof createPeople>
