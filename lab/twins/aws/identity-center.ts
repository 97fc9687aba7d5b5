import type { Json } from 'cordon/kit'

import type { JsonAnswer, JsonAsk } from './json-services.ts'
import type { AwsState, Role, Session } from './state.ts'

type Assignment = { set: string; type: 'USER' | 'GROUP'; principal: string }
export type CenterUser = { id: string; name: string; email: string }

/** Where people of the whole organisation sign in: one instance, its users and groups, and what one account lets them. */
export class IdentityCenter {
  readonly instance = 'arn:aws:sso:::instance/ssoins-example'
  readonly store = 'd-9067example'
  readonly users = new Map<string, CenterUser>()
  /** Members by group. */
  readonly groups = new Map<string, { name: string; members: Set<string> }>()
  /** Role of each permission set in the account, by the set's ARN. */
  readonly sets = new Map<string, { name: string; role: Role }>()
  assignments: Assignment[] = []
  /** What a signed-in `aws sso login` holds. */
  readonly tokens = new Map<string, string>()

  addUser(name: string): CenterUser {
    const id = `906760ab-1111-2222-3333-${String(this.users.size + 1).padStart(12, '0')}`
    const user = { id, name, email: `${name}@example.com` }
    this.users.set(id, user)
    return user
  }
  addGroup(name: string, members: readonly CenterUser[]): string {
    const id = `906760ab-4444-5555-6666-${String(this.groups.size + 1).padStart(12, '0')}`
    this.groups.set(id, { name, members: new Set(members.map((one) => one.id)) })
    return id
  }
  addSet(state: AwsState, name: string, nowMs: number, policies: Record<string, Json>): string {
    const arn = `arn:aws:sso:::permissionSet/ssoins-example/ps-${this.sets.size + 1}`
    const path = `aws-reserved/sso.amazonaws.com/AWSReservedSSO_${name}_0123456789abcdef`
    this.sets.set(arn, { name, role: state.addRole(path, nowMs, {}, policies) })
    return arn
  }
  signIn(user: CenterUser): string {
    const token = `portal-token-of-${user.name}-${this.tokens.size}`
    this.tokens.set(token, user.id)
    return token
  }
  /** The portal: a session of the role, to whom it is assigned now; undefined: refused. */
  enter(state: AwsState, token: string, roleName: string, nowMs: number): Session | undefined {
    const user = this.users.get(this.tokens.get(token) ?? '')
    const found = [...this.sets].find(([, { role }]) => role.name === roleName)
    if (user === undefined || found === undefined) return undefined
    const [set, { role }] = found
    const isAssigned = this.assignments.some(
      (one) =>
        one.set === set && (one.principal === user.id || this.groups.get(one.principal)?.members.has(user.id) === true),
    )
    if (!isAssigned) return undefined
    const session = state.addSession(role, user.name, nowMs, 8 * 3_600, undefined)
    session.centerUser = user.id
    return session
  }
}

const word = (body: JsonAsk['body'], name: string): string => (typeof body[name] === 'string' ? body[name] : '')
const assignmentOf = (body: JsonAsk['body']): Assignment => ({
  set: word(body, 'PermissionSetArn'),
  type: word(body, 'PrincipalType') === 'GROUP' ? 'GROUP' : 'USER',
  principal: word(body, 'PrincipalId'),
})
const isSame = (a: Assignment, b: Assignment): boolean => a.set === b.set && a.principal === b.principal

export const sso: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  ListInstances: ({ state: { center, account } }) => ({
    Instances: [
      { InstanceArn: center.instance, IdentityStoreId: center.store, OwnerAccountId: account, Status: 'ACTIVE' },
    ],
  }),
  ListPermissionSetsProvisionedToAccount: ({ state: { center } }) => ({ PermissionSets: [...center.sets.keys()] }),
  DescribePermissionSet({ state: { center }, body }) {
    const set = word(body, 'PermissionSetArn')
    const found = center.sets.get(set)
    return found === undefined
      ? { refused: 'ResourceNotFoundException' }
      : { PermissionSet: { PermissionSetArn: set, Name: found.name, SessionDuration: 'PT8H' } }
  },
  ListAccountAssignments: ({ state: { center, account }, body }) => ({
    AccountAssignments: center.assignments
      .filter(({ set }) => set === body['PermissionSetArn'] && account === body['AccountId'])
      .map(({ set, type, principal }) => ({
        AccountId: account,
        PermissionSetArn: set,
        PrincipalType: type,
        PrincipalId: principal,
      })),
  }),
  DeleteAccountAssignment({ state: { center }, body }) {
    const gone = assignmentOf(body)
    if (!center.assignments.some((one) => isSame(one, gone))) return { refused: 'ResourceNotFoundException' }
    center.assignments = center.assignments.filter((one) => !isSame(one, gone))
    return { AccountAssignmentDeletionStatus: { Status: 'IN_PROGRESS', RequestId: 'one' } }
  },
  CreateAccountAssignment({ state: { center }, body }) {
    const wanted = assignmentOf(body)
    if (!center.assignments.some((one) => isSame(one, wanted))) center.assignments.push(wanted)
    return { AccountAssignmentCreationStatus: { Status: 'IN_PROGRESS', RequestId: 'one' } }
  },
}

export const identitystore: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  ListUsers: ({ state: { center } }) => ({
    Users: [...center.users.values()].map(({ id, name, email }) => ({
      UserId: id,
      UserName: name,
      DisplayName: name,
      IdentityStoreId: center.store,
      Emails: [{ Value: email, Type: 'work', Primary: true }],
    })),
  }),
  ListGroups: ({ state: { center } }) => ({
    Groups: [...center.groups].map(([GroupId, { name }]) => ({
      GroupId,
      DisplayName: name,
      IdentityStoreId: center.store,
    })),
  }),
  ListGroupMemberships: ({ state: { center }, body }) => ({
    GroupMemberships: [...(center.groups.get(word(body, 'GroupId'))?.members ?? [])].map((UserId) => ({
      IdentityStoreId: center.store,
      MembershipId: `m-${UserId}`,
      GroupId: word(body, 'GroupId'),
      MemberId: { UserId },
    })),
  }),
}
