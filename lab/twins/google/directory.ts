import type { admin_directory_v1 as Google } from '@googleapis/admin'

import { invalid, notFound, pageOf, type Answer } from './answer.ts'
import { superRole, type TwinUser, type World } from './world.ts'

export type Call = {
  parameters: Record<string, string>
  query: URLSearchParams
  body: Record<string, unknown>
  /** In whose name it is asked. */
  by: TwinUser
}
type Handler = (call: Call) => Answer
const iso = (ms: number): string => new Date(ms).toISOString()
const nothing: Answer = { status: 204 }

/** The operations of the Directory API, by their name in Google's client library; shapes are Google's own types. */
export function createDirectory(world: World): Record<string, Handler> {
  const admin = (by: TwinUser, name: string, user: TwinUser, more: Record<string, string> = {}): void =>
    world.tell('admin', name, by, { USER_EMAIL: user.primaryEmail, ...more })
  const onUser =
    (work: (user: TwinUser, call: Call) => Answer): Handler =>
    (call) => {
      const user = world.userByKey(call.parameters['userKey'] ?? '')
      return user === undefined ? notFound('userKey') : work(user, call)
    }
  const paged = <T>(
    { query }: Call,
    all: readonly T[],
    most: number,
    answer: (rows: T[], next: { nextPageToken?: string }) => unknown,
  ): Answer => {
    const page = pageOf(all, query, { name: 'maxResults', usual: 100, most })
    if (page === undefined) return invalid('pageToken')
    return { status: 200, body: answer(page.rows, page.next === undefined ? {} : { nextPageToken: page.next }) }
  }
  const userOf = (user: TwinUser): Google.Schema$User => ({
    kind: 'admin#directory#user',
    id: user.id,
    etag: `"${user.id}"`,
    primaryEmail: user.primaryEmail,
    name: {
      fullName: user.fullName,
      givenName: user.fullName.split(' ')[0] ?? '',
      familyName: user.fullName.split(' ').at(-1) ?? '',
    },
    isAdmin: user.isAdmin,
    isDelegatedAdmin: [...world.assignments.values()].some(
      ({ assignedTo, roleId }) => assignedTo === user.id && roleId !== superRole,
    ),
    suspended: user.suspended,
    archived: false,
    ...(user.suspended ? { suspensionReason: 'ADMIN' } : {}),
    creationTime: iso(user.createdAtMs),
    lastLoginTime: iso(user.lastLoginMs),
    customerId: world.customer.id,
    orgUnitPath: '/',
    isMailboxSetup: true,
    isEnrolledIn2Sv: user.isEnrolledIn2Sv,
    isEnforcedIn2Sv: false,
    ...(user.recoveryEmail === '' ? {} : { recoveryEmail: user.recoveryEmail }),
    ...(user.recoveryPhone === '' ? {} : { recoveryPhone: user.recoveryPhone }),
  })
  const sortedUsers = (): TwinUser[] =>
    [...world.users.values()].sort((a, b) => (a.primaryEmail < b.primaryEmail ? -1 : 1))
  const tokenOf = (user: TwinUser, client: string): Google.Schema$Token | undefined => {
    const grant = world.grants.get(world.grantKey(user.id, client))
    return grant === undefined
      ? undefined
      : {
          kind: 'admin#directory#token',
          clientId: client,
          displayText: world.apps.get(client)?.name ?? client,
          anonymous: false,
          nativeApp: grant.nativeApp,
          userKey: user.id,
          scopes: grant.scopes,
        }
  }
  const aspOf = (user: TwinUser, code: number): Google.Schema$Asp | undefined => {
    const found = user.appPasswords.get(code)
    return found === undefined
      ? undefined
      : {
          kind: 'admin#directory#asp',
          codeId: code,
          name: found.name,
          creationTime: String(found.createdAtMs),
          lastTimeUsed: String(found.lastUsedMs),
          userKey: user.id,
        }
  }

  return {
    'customers.get': () => ({
      status: 200,
      body: {
        kind: 'admin#directory#customer',
        id: world.customer.id,
        customerDomain: world.customer.customerDomain,
      } satisfies Google.Schema$Customer,
    }),
    'domains.list': () => ({
      status: 200,
      body: {
        kind: 'admin#directory#domains',
        domains: [
          {
            kind: 'admin#directory#domain',
            domainName: world.customer.customerDomain,
            isPrimary: true,
            verified: true,
            creationTime: '1577836800000',
          },
        ],
      } satisfies Google.Schema$Domains2,
    }),
    'orgunits.list': () => ({
      status: 200,
      body: {
        kind: 'admin#directory#orgUnits',
        organizationUnits: [
          {
            kind: 'admin#directory#orgUnit',
            orgUnitId: 'id:03ph8a2z',
            orgUnitPath: '/Contractors',
            name: 'Contractors',
            parentOrgUnitPath: '/',
          },
        ],
      } satisfies Google.Schema$OrgUnits,
    }),
    'users.list': (call) =>
      call.query.get('customer') === null && call.query.get('domain') === null
        ? invalid('customer or domain')
        : paged(call, sortedUsers(), 500, (rows, next): Google.Schema$Users => ({
            kind: 'admin#directory#users',
            users: rows.map(userOf),
            ...next,
          })),
    'users.get': onUser((user) => ({ status: 200, body: userOf(user) })),
    'users.patch': onUser((user, { body, by }) => {
      if (user.isAdmin && !by.isAdmin) return { ...notFound('user'), status: 403 }
      const { suspended, password, recoveryEmail, recoveryPhone } = body
      if (typeof suspended === 'boolean' && suspended !== user.suspended) {
        user.suspended = suspended
        admin(by, suspended ? 'SUSPEND_USER' : 'UNSUSPEND_USER', user)
      }
      if (typeof password === 'string') {
        user.passwordHash = world.hash(password)
        user.sessions.clear()
        admin(by, 'CHANGE_PASSWORD', user)
      }
      if (typeof recoveryEmail === 'string') user.recoveryEmail = recoveryEmail
      if (typeof recoveryPhone === 'string') user.recoveryPhone = recoveryPhone
      if (recoveryEmail !== undefined)
        admin(by, recoveryEmail === '' ? 'REMOVE_RECOVERY_EMAIL' : 'CHANGE_RECOVERY_EMAIL', user)
      return { status: 200, body: userOf(user) }
    }),
    'users.makeAdmin': onUser((user, { body, by }) => {
      if (typeof body['status'] !== 'boolean') return invalid('status')
      user.isAdmin = body['status']
      admin(by, user.isAdmin ? 'GRANT_ADMIN_PRIVILEGE' : 'REVOKE_ADMIN_PRIVILEGE', user)
      return nothing
    }),
    'users.signOut': onUser((user, { by }) => {
      user.sessions.clear()
      admin(by, 'RESET_SIGNIN_COOKIES', user)
      return nothing
    }),
    'tokens.list': onUser((user) => {
      const clients = [...world.grants.keys()].flatMap((key) =>
        key.startsWith(`${user.id} `) ? [key.slice(user.id.length + 1)] : [],
      )
      const items = clients.flatMap((client) => tokenOf(user, client) ?? [])
      // Google leaves the list out where there is nothing in it.
      return {
        status: 200,
        body: {
          kind: 'admin#directory#tokenList',
          ...(items.length === 0 ? {} : { items }),
        } satisfies Google.Schema$Tokens,
      }
    }),
    'tokens.get': onUser((user, { parameters }) => {
      const token = tokenOf(user, parameters['clientId'] ?? '')
      return token === undefined ? notFound('clientId') : { status: 200, body: token }
    }),
    'tokens.delete': onUser((user, { parameters, by }) => {
      const client = parameters['clientId'] ?? ''
      if (!world.endGrant(user.id, client)) return notFound('clientId')
      admin(by, 'REVOKE_3LO_TOKEN', user, { APP_ID: client })
      world.tell('token', 'revoke', user, { client_id: client, app_name: world.apps.get(client)?.name ?? client })
      return nothing
    }),
    'asps.list': onUser((user) => {
      const items = [...user.appPasswords.keys()].flatMap((code) => aspOf(user, code) ?? [])
      return { status: 200, body: { kind: 'admin#directory#aspList', items } satisfies Google.Schema$Asps }
    }),
    'asps.get': onUser((user, { parameters }) => {
      const asp = aspOf(user, Number(parameters['codeId']))
      return asp === undefined ? notFound('codeId') : { status: 200, body: asp }
    }),
    'asps.delete': onUser((user, { parameters, by }) => {
      if (!user.appPasswords.delete(Number(parameters['codeId']))) return notFound('codeId')
      admin(by, 'REVOKE_ASP', user, { ASP_ID: parameters['codeId'] ?? '' })
      return nothing
    }),
    'verificationCodes.list': onUser((user) => ({
      status: 200,
      body: {
        kind: 'admin#directory#verificationCodesList',
        items: user.backupCodes.map((verificationCode) => ({
          kind: 'admin#directory#verificationCode',
          userId: user.id,
          verificationCode,
        })),
      } satisfies Google.Schema$VerificationCodes,
    })),
    'verificationCodes.invalidate': onUser((user, { by }) => {
      user.backupCodes = []
      admin(by, 'DELETE_2SV_SCRATCH_CODES', user)
      return nothing
    }),
    'twoStepVerification.turnOff': onUser((user, { by }) => {
      if (!user.isEnrolledIn2Sv) return invalid('user is not enrolled')
      user.isEnrolledIn2Sv = false
      admin(by, 'TURN_OFF_2_STEP_VERIFICATION', user)
      return nothing
    }),
    ...createGroups(world, paged),
    ...createRoles(world, paged),
  }
}

type Paged = <T>(
  call: Call,
  all: readonly T[],
  most: number,
  answer: (rows: T[], next: { nextPageToken?: string }) => unknown,
) => Answer

function createGroups(world: World, paged: Paged): Record<string, Handler> {
  type Group = NonNullable<ReturnType<World['groupByKey']>>
  const onGroup =
    (work: (group: Group, call: Call) => Answer): Handler =>
    (call) => {
      const group = world.groupByKey(call.parameters['groupKey'] ?? '')
      return group === undefined ? notFound('groupKey') : work(group, call)
    }
  const groupOf = ({ id, email, name, members }: Group): Google.Schema$Group => ({
    kind: 'admin#directory#group',
    id,
    email,
    name,
    directMembersCount: String(members.size),
    adminCreated: true,
  })
  const memberOf = (id: string, role: string): Google.Schema$Member => ({
    kind: 'admin#directory#member',
    id,
    email: world.users.get(id)?.primaryEmail ?? world.groups.get(id)?.email ?? '',
    role,
    type: world.groups.has(id) ? 'GROUP' : 'USER',
    status: 'ACTIVE',
  })
  const keyOf = (key: string): string | undefined => world.userByKey(key)?.id ?? world.groupByKey(key)?.id
  return {
    'groups.list': (call) =>
      paged(call, [...world.groups.values()], 200, (rows, next): Google.Schema$Groups => ({
        kind: 'admin#directory#groups',
        groups: rows.map(groupOf),
        ...next,
      })),
    'groups.get': onGroup((group) => ({ status: 200, body: groupOf(group) })),
    'members.list': onGroup((group, call) =>
      paged(call, [...group.members], 200, (rows, next): Google.Schema$Members => ({
        kind: 'admin#directory#members',
        members: rows.map(([id, { role }]) => memberOf(id, role)),
        ...next,
      })),
    ),
    'members.get': onGroup((group, { parameters }) => {
      const id = keyOf(parameters['memberKey'] ?? '')
      const member = id === undefined ? undefined : group.members.get(id)
      return member === undefined || id === undefined
        ? notFound('memberKey')
        : { status: 200, body: memberOf(id, member.role) }
    }),
    'members.insert': onGroup((group, { body, by }) => {
      const key = body['id'] ?? body['email']
      const id = typeof key === 'string' ? keyOf(key) : undefined
      if (id === undefined) return notFound('memberKey')
      if (group.members.has(id)) return { ...invalid('Member already exists.'), status: 409 }
      const role = typeof body['role'] === 'string' ? body['role'] : 'MEMBER'
      group.members.set(id, { role })
      const member = memberOf(id, role)
      world.tell('admin', 'ADD_GROUP_MEMBER', by, { USER_EMAIL: member.email ?? '', GROUP_EMAIL: group.email })
      return { status: 200, body: member }
    }),
    'members.delete': onGroup((group, { parameters, by }) => {
      const id = keyOf(parameters['memberKey'] ?? '')
      if (id === undefined || !group.members.delete(id)) return notFound('memberKey')
      world.tell('admin', 'REMOVE_GROUP_MEMBER', by, {
        USER_EMAIL: memberOf(id, '').email ?? '',
        GROUP_EMAIL: group.email,
      })
      return nothing
    }),
  }
}

function createRoles(world: World, paged: Paged): Record<string, Handler> {
  const assignmentOf = ([id, one]: [
    string,
    ReturnType<World['assignments']['get']>,
  ]): Google.Schema$RoleAssignment => ({
    kind: 'admin#directory#roleAssignment',
    roleAssignmentId: id,
    roleId: one?.roleId ?? '',
    assignedTo: one?.assignedTo ?? '',
    assigneeType: one?.isGroup === true ? 'group' : 'user',
    scopeType: one?.orgUnitId === null ? 'CUSTOMER' : 'ORG_UNIT',
    ...(one?.orgUnitId === null ? {} : { orgUnitId: one?.orgUnitId ?? '' }),
  })
  /** Super administrators have an assignment as well, made and ended with their flag. */
  const all = (): [string, NonNullable<ReturnType<World['assignments']['get']>>][] => [
    ...[...world.users.values()].flatMap(({ id, isAdmin }) =>
      isAdmin
        ? [
            [`super${id}`, { roleId: superRole, assignedTo: id, isGroup: false, orgUnitId: null }] as [
              string,
              { roleId: string; assignedTo: string; isGroup: boolean; orgUnitId: null },
            ],
          ]
        : [],
    ),
    ...world.assignments,
  ]
  const tell = (by: TwinUser, name: string, { roleId, assignedTo }: { roleId: string; assignedTo: string }): void =>
    world.tell('admin', name, by, {
      USER_EMAIL: world.users.get(assignedTo)?.primaryEmail ?? '',
      ROLE_NAME: world.roles.get(roleId)?.roleName ?? '',
    })
  return {
    'roles.list': (call) =>
      paged(call, [...world.roles.values()], 100, (rows, next): Google.Schema$Roles => ({
        kind: 'admin#directory#roles',
        items: rows,
        ...next,
      })),
    'roleAssignments.list': (call) =>
      paged(call, all(), 200, (rows, next): Google.Schema$RoleAssignments => ({
        kind: 'admin#directory#roleAssignments',
        items: rows.map(assignmentOf),
        ...next,
      })),
    'roleAssignments.insert': ({ body, by }) => {
      const { roleId, assignedTo, orgUnitId } = body
      if (typeof roleId !== 'string' || !world.roles.has(roleId) || typeof assignedTo !== 'string')
        return invalid('roleId')
      const id = String(900_000 + world.next())
      const isGroup = world.groups.has(assignedTo)
      const one = { roleId, assignedTo, isGroup, orgUnitId: typeof orgUnitId === 'string' ? orgUnitId : null }
      world.assignments.set(id, one)
      tell(by, 'ASSIGN_ROLE', one)
      return { status: 200, body: assignmentOf([id, one]) }
    },
    'roleAssignments.delete': ({ parameters, by }) => {
      const id = parameters['roleAssignmentId'] ?? ''
      const one = world.assignments.get(id)
      if (one === undefined) return notFound('roleAssignmentId')
      world.assignments.delete(id)
      tell(by, 'UNASSIGN_ROLE', one)
      return nothing
    },
  }
}
