import { meets, principalsOf, statementsOf } from './allowed.ts'
import type { Caller } from './caller.ts'
import type { AwsState, Role, User } from './state.ts'
import { refusal, type Answer } from './xml.ts'

type Ask = { state: AwsState; params: URLSearchParams; caller: Caller; nowMs: number }
const time = (ms: number): string => new Date(ms).toISOString().replace('.000', '')
/** Access keys of one user. */
const keysMax = 2
const absent = refusal(404, 'NoSuchEntity')

const userXml = ({ name, id, arn, createdMs }: User): Answer => ({
  Path: '/',
  UserName: name,
  UserId: id,
  Arn: arn,
  CreateDate: time(createdMs),
})
const roleXml = ({ name, id, arn, createdMs, trust }: Role): Answer => ({
  Path: '/',
  RoleName: name,
  RoleId: id,
  Arn: arn,
  CreateDate: time(createdMs),
  AssumeRolePolicyDocument: encodeURIComponent(trust),
})
const inlineXml = (one: User | Role) =>
  [...one.inline.shown()].map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeURIComponent(document),
  }))

const userOf = ({ state, params, caller }: Ask): User | undefined => {
  const name = params.get('UserName')
  return name === null ? [...state.users.values()].find(({ id }) => id === caller.of.id) : state.users.get(name)
}
const roleOf = ({ state, params }: Ask): Role | undefined =>
  own(state).find(({ name }) => name === params.get('RoleName'))
const withUser =
  (act: (user: User, ask: Ask) => Answer) =>
  (ask: Ask): Answer => {
    const user = userOf(ask)
    return user === undefined ? absent : act(user, ask)
  }
const withRole =
  (act: (role: Role, ask: Ask) => Answer) =>
  (ask: Ask): Answer => {
    const role = roleOf(ask)
    return role === undefined ? absent : act(role, ask)
  }
const policyName = ({ params }: Ask): string => params.get('PolicyName') ?? ''
function readInline(one: User | Role, ask: Ask): Answer {
  const document = one.inline.shown().get(policyName(ask))
  return document === undefined ? absent : { PolicyName: policyName(ask), PolicyDocument: encodeURIComponent(document) }
}
function putInline(one: User | Role, ask: Ask): Answer {
  one.inline.set(new Map([...one.inline.shown(), [policyName(ask), ask.params.get('PolicyDocument') ?? '']]), ask.nowMs)
  return {}
}
function deleteInline(one: User | Role, ask: Ask): Answer {
  if (!one.inline.shown().has(policyName(ask))) return absent
  one.inline.set(new Map([...one.inline.shown()].filter(([name]) => name !== policyName(ask))), ask.nowMs)
  return {}
}
const own = (state: AwsState): Role[] =>
  [...state.roles.values()].filter(({ arn }) => arn.includes(`::${state.account}:`))

export const iam: Readonly<Record<string, (ask: Ask) => Answer>> = {
  GetAccountAuthorizationDetails: ({ state }) => ({
    IsTruncated: 'false',
    UserDetailList: [...state.users.values()].map((user) => ({
      ...userXml(user),
      GroupList: [],
      AttachedManagedPolicies: [...user.attached.shown()].map((PolicyArn) => ({ PolicyArn })),
      UserPolicyList: inlineXml(user),
    })),
    GroupDetailList: [],
    RoleDetailList: own(state).map((role) => ({
      ...roleXml(role),
      AttachedManagedPolicies: [],
      InstanceProfileList: [],
      RolePolicyList: inlineXml(role),
    })),
    Policies: [...state.managed].map(([Arn, document]) => ({
      Arn,
      PolicyVersionList: [{ IsDefaultVersion: 'true', Document: encodeURIComponent(document) }],
    })),
  }),
  ListUsers: ({ state }) => ({ IsTruncated: 'false', Users: [...state.users.values()].map(userXml) }),
  ListRoles: ({ state }) => ({ IsTruncated: 'false', Roles: own(state).map(roleXml) }),
  GetUser: withUser((user) => ({ User: userXml(user) })),
  GetRole: withRole((role) => ({ Role: roleXml(role) })),
  CreateUser: ({ state, params, nowMs }) => ({ User: userXml(state.addUser(params.get('UserName') ?? '', nowMs)) }),
  CreateAccessKey: withUser((user, { state, nowMs }) => {
    if (user.keys.length >= keysMax) return refusal(409, 'LimitExceeded')
    const key = state.addKey(user, nowMs)
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: key.id,
        Status: 'Active',
        SecretAccessKey: key.secret,
        CreateDate: time(nowMs),
      },
    }
  }),
  DeleteAccessKey: withUser((user, { params }) => {
    const at = user.keys.findIndex(({ id }) => id === params.get('AccessKeyId'))
    if (at < 0) return absent
    user.keys.splice(at, 1)
    return {}
  }),
  ListAccessKeys: withUser((user) => ({
    IsTruncated: 'false',
    AccessKeyMetadata: user.keys.map(({ id, status, createdMs }) => ({
      UserName: user.name,
      AccessKeyId: id,
      Status: status.shown(),
      CreateDate: time(createdMs),
    })),
  })),
  GetAccessKeyLastUsed: ({ state, params }) => {
    const owned = state.ownerOf(params.get('AccessKeyId') ?? '')
    if (owned === undefined) return refusal(403, 'AccessDenied')
    const { lastUsedMs } = owned.key
    if (lastUsedMs === null)
      return { UserName: owned.user.name, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } }
    const used = { ServiceName: 's3', Region: 'us-east-1', LastUsedDate: time(lastUsedMs) }
    return { UserName: owned.user.name, AccessKeyLastUsed: used }
  },
  UpdateAccessKey: withUser((user, { params, nowMs }) => {
    const key = user.keys.find(({ id }) => id === params.get('AccessKeyId'))
    if (key === undefined) return absent
    key.status.set(params.get('Status') === 'Active' ? 'Active' : 'Inactive', nowMs)
    return {}
  }),
  GetUserPolicy: withUser(readInline),
  PutUserPolicy: withUser(putInline),
  DeleteUserPolicy: withUser(deleteInline),
  AttachUserPolicy: withUser((user, { state, params, nowMs }) => {
    const arn = params.get('PolicyArn') ?? ''
    if (!state.managed.has(arn)) return absent
    user.attached.set(new Set([...user.attached.shown(), arn]), nowMs)
    return {}
  }),
  DetachUserPolicy: withUser((user, { params, nowMs }) => {
    const arn = params.get('PolicyArn') ?? ''
    if (!user.attached.shown().has(arn)) return absent
    user.attached.set(new Set([...user.attached.shown()].filter((one) => one !== arn)), nowMs)
    return {}
  }),
  UpdateAssumeRolePolicy: withRole((role, { state, params }) => {
    const trust = params.get('PolicyDocument') ?? ''
    // White space does not count.
    if (trust.replace(/\s/g, '').length > state.trustCharsMax) return refusal(409, 'LimitExceeded')
    if (statementsOf(trust).some((one) => principalsOf(one).some((name) => isGone(state, name))))
      return refusal(400, 'MalformedPolicyDocument')
    role.trust = trust
    return {}
  }),
  GetRolePolicy: withRole(readInline),
  // Identity Center alone changes its roles.
  PutRolePolicy: withRole((role, ask) =>
    role.arn.includes(':role/aws-reserved/') ? refusal(400, 'UnmodifiableEntity') : putInline(role, ask),
  ),
  DeleteRolePolicy: withRole(deleteInline),
  CreateLoginProfile: withUser((user, { nowMs }) => {
    user.passwordMs = nowMs
    return { LoginProfile: { UserName: user.name, CreateDate: time(nowMs) } }
  }),
  GetLoginProfile: withUser((user) =>
    user.passwordMs === undefined
      ? absent
      : { LoginProfile: { UserName: user.name, CreateDate: time(user.passwordMs) } },
  ),
  DeleteLoginProfile: withUser((user) => {
    if (user.passwordMs === undefined) return absent
    user.passwordMs = undefined
    return {}
  }),
  ListMFADevices: withUser(({ name, mfa }) => ({
    IsTruncated: 'false',
    MFADevices: mfa.map(({ serial, enabledMs }) => ({
      UserName: name,
      SerialNumber: serial,
      EnableDate: time(enabledMs),
    })),
  })),
}

export const sts: Readonly<Record<string, (ask: Ask) => Answer>> = {
  GetCallerIdentity: ({ state, caller }) => ({ Arn: caller.of.arn, UserId: caller.of.id, Account: state.account }),
  AssumeRole(ask) {
    const { state, params, caller, nowMs } = ask
    const role = state.roles.get(params.get('RoleArn') ?? '')
    if (role === undefined || !trusts(role, caller, params, nowMs)) return refusal(403, 'AccessDenied')
    const name = params.get('RoleSessionName') ?? ''
    const session = state.addSession(
      role,
      name,
      nowMs,
      Number(params.get('DurationSeconds') ?? 3600),
      params.get('Policy') ?? undefined,
    )
    const arn = `${role.arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${name}`
    return { Credentials: credentials(session), AssumedRoleUser: { AssumedRoleId: `${role.id}:${name}`, Arn: arn } }
  },
  GetSessionToken({ state, caller, params, nowMs }) {
    return {
      Credentials: credentials(
        state.addSession(caller.of, '', nowMs, Number(params.get('DurationSeconds') ?? 43_200), undefined),
      ),
    }
  },
}
const credentials = ({ id, secret, token, endsMs }: ReturnType<AwsState['addSession']>): Answer => ({
  AccessKeyId: id,
  SecretAccessKey: secret,
  SessionToken: token,
  Expiration: time(endsMs),
})

/** A deleted user or role: the policy keeps its unique id, and is not taken again with it. */
const isGone = ({ users, roles }: AwsState, name: string): boolean =>
  /^A(ID|RO)A/.test(name) && ![...users.values(), ...roles.values()].some(({ id }) => id === name)

function trusts({ trust }: Role, { of }: Caller, params: URLSearchParams, nowMs: number): boolean {
  const context = {
    'sts:ExternalId': params.get('ExternalId') ?? undefined,
    'sts:RoleSessionName': params.get('RoleSessionName') ?? undefined,
    'aws:CurrentTime': time(nowMs),
    'aws:PrincipalArn': of.arn,
  }
  const hits = (effect: string): boolean =>
    statementsOf(trust).some(
      (one) =>
        one['Effect'] === effect &&
        principalsOf(one).some((name) => name === '*' || name === of.arn) &&
        meets(one['Condition'], context),
    )
  return !hits('Deny') && hits('Allow')
}
