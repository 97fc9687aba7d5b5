import { canonicalJson, signV4, textAt, type AwsKeys, type Clock, type Http, type Json } from '#kit'
import { VendorError, type AuthByName, type CredentialUse, type PullContext, type Role } from '#sources/contract'

import { keysOf, query, type Access } from './client.ts'
import { regionsOf, services, type AwsConfig } from './config.ts'

/** What the source's own key signs, by service and region: with roles that is `sts:AssumeRole` alone. */
export function auth(config: AwsConfig): AuthByName {
  const regions = regionsOf(config)
  return Object.fromEntries(
    services.flatMap((service) =>
      regions.map((region) => [
        `${service}/${region}`,
        {
          kind: 'signed' as const,
          sign: (request, secrets, nowMs) => signV4(request, keysOf(secrets), { service, region }, nowMs),
        } satisfies AuthByName[string],
      ]),
    ),
  )
}

/** STS gives no less. */
const sessionSeconds = 900
const renewBeforeMs = 120_000

/** Sessions of the looking role, no longer than the Http they were made with. */
const held = new WeakMap<Http, Map<string, { keys: Promise<AwsKeys>; endsAtMs: number }>>()

/** Who looks: the role, assumed once for many calls, or the source's own user. */
export async function lookAs(context: PullContext<AwsConfig>, roleArn = context.config.seeRoleArn): Promise<Access> {
  const { config, http, clock, signal } = context
  const base: Access = { config, http, clock, signal }
  if (roleArn === undefined) return base
  const ofHttp = held.get(http) ?? new Map<string, { keys: Promise<AwsKeys>; endsAtMs: number }>()
  held.set(http, ofHttp)
  const known = ofHttp.get(roleArn)
  const session =
    known !== undefined && known.endsAtMs > clock.nowMs()
      ? known
      : {
          keys: assume(base, roleArn, { name: 'cordon-look' }),
          endsAtMs: clock.nowMs() + sessionSeconds * 1000 - renewBeforeMs,
        }
  const forget = (): void => {
    if (ofHttp.get(roleArn) === session) ofHttp.delete(roleArn)
  }
  if (session !== known) {
    ofHttp.set(roleArn, session)
    session.keys.catch(forget)
  }
  // Somebody who ends the role's sessions ends this one, too: the next run makes another.
  return { ...base, keys: await session.keys, forget }
}

export type ActingParts = { config: AwsConfig; http: Http; clock: Clock; signal: AbortSignal; key: string }

/**
 * Who acts: a session made for this one action and named after it, which a session policy narrows to the statements that
 * the action needs. What leaks of it can do no more, and the trail shows which action a call belongs to.
 */
export async function actAs(
  { config, http, clock, signal, key }: ActingParts,
  roleArn: string,
  statements: readonly Json[],
): Promise<Access> {
  const base: Access = { config, http, clock, signal }
  const policy = canonicalJson({ Version: '2012-10-17', Statement: statements })
  return { ...base, keys: await assume(base, roleArn, { name: sessionName(key), policy }) }
}

export const sessionName = (key: string): string => `cordon-${key.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 64)

async function assume(
  access: Access,
  roleArn: string,
  { name, policy }: { name: string; policy?: string },
): Promise<AwsKeys> {
  const result = await query(access, 'sts', 'AssumeRole', {
    RoleArn: roleArn,
    RoleSessionName: name,
    DurationSeconds: sessionSeconds,
    ExternalId: access.config.externalId,
    Policy: policy,
  })
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((field) =>
    textAt(result, 'Credentials', field),
  )
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'STS gave no credentials for the role')
  }
  return { accessKeyId, secretAccessKey, sessionToken }
}

const seeScopes = {
  'iam:GetAccountAuthorizationDetails': 'users, groups, roles and every policy',
  'iam:ListUsers': 'users page by page',
  'iam:ListAccessKeys': 'which keys there are and since when',
  'iam:GetAccessKeyLastUsed': 'when a key was last used',
  'iam:GetLoginProfile': 'who has a console password',
  'iam:ListMFADevices': 'who has a second factor',
  'cloudtrail:LookupEvents': 'who did what',
  'secretsmanager:ListSecrets': 'names of secrets, never their values',
  'lambda:ListFunctions': 'which functions run with which role',
  's3:ListAllMyBuckets': 'names of buckets',
  's3:GetBucketPolicy': 'whom buckets let in',
  's3:GetBucketPublicAccessBlock': 'whether everybody may be let in at all',
  'secretsmanager:GetResourcePolicy': 'whom secrets let in',
  'kms:ListKeys': 'which encryption keys there are',
  'kms:GetKeyPolicy': 'whom they let in',
  'lambda:GetPolicy': 'whom functions let in',
  'sqs:ListQueues': 'names of queues',
  'sqs:GetQueueAttributes': 'whom queues let in',
}
const containScopes = {
  'iam:GetUser': 'to look at a user before and after',
  'iam:ListUsers': 'to find a user by its unique id',
  'iam:GetRole': 'to look at a role before and after',
  'iam:ListRoles': 'to find a role by its unique id',
  'iam:ListAccessKeys': 'to look at keys',
  'iam:GetAccessKeyLastUsed': 'whose a key is',
  'iam:UpdateAccessKey': 'switch a key off, and on again',
  'iam:GetUserPolicy': 'to look',
  'iam:PutUserPolicy': 'deny a user everything; give a policy back',
  'iam:DeleteUserPolicy': 'take that back; take a policy that lies in a user',
  'iam:GetAccountAuthorizationDetails': 'whether one policy alone gives a right',
  'iam:DetachUserPolicy': 'take a policy from a user',
  'iam:AttachUserPolicy': 'give it back',
  'iam:GetRolePolicy': 'to look',
  'iam:PutRolePolicy': 'deny sessions older than a moment, and those of a lease from its end on',
  'iam:DeleteRolePolicy': 'take that back',
  'iam:UpdateAssumeRolePolicy':
    'let nobody assume a role whose trust was changed, and let them again; let somebody in for a time',
  'iam:GetLoginProfile': 'to look',
  'iam:DeleteLoginProfile': 'take a console password away',
}
/** On the standby users of `successors` alone. */
const successorScopes = {
  'iam:CreateAccessKey': 'make a successor of a standby user',
  'iam:DeleteAccessKey': 'delete one that was never written, or is undone',
}
/** On the secrets of `successors` and `places` alone. */
const placeScopes = {
  'secretsmanager:DescribeSecret': 'which version is current, never its value',
  'secretsmanager:PutSecretValue': 'write the successor',
  'secretsmanager:UpdateSecretVersionStage': 'put the version before back',
}
export const organizationScopes = {
  'organizations:ListPolicies': 'find the policy of Cordon',
  'organizations:DescribePolicy': 'read service control policies',
  'organizations:ListPoliciesForTarget': 'which of them hold for the account',
  'organizations:ListParents': 'what the account inherits',
  'organizations:CreatePolicy': 'make the policy of Cordon, and the journal of what it shall say',
  'organizations:UpdatePolicy': 'put principals on it, and take them off',
  'organizations:DeletePolicy': 'take older pages of the journal away',
  'organizations:AttachPolicy': 'attach it to the account',
}

export const identityCenterScopes = {
  'sso:ListInstances': 'where people sign in',
  'sso:ListPermissionSetsProvisionedToAccount': 'by which permission sets they act in the account',
  'sso:ListAccountAssignments': 'who may',
  'sso:DescribePermissionSet': 'how long a session lasts',
  'identitystore:ListUsers': 'who they are',
  'identitystore:ListGroups': 'which groups are assigned',
  'identitystore:ListGroupMemberships': 'who is in them',
}
export const assignmentScopes = {
  'sso:DeleteAccountAssignment': 'take an assignment back',
  'sso:CreateAccountAssignment': 'undo',
}

/** What other roles than these two are for, and what only successors need where this source has none. */
export const neededElsewhere = ({ successors }: AwsConfig): string[] =>
  [
    organizationScopes,
    identityCenterScopes,
    assignmentScopes,
    ...(successors.length === 0 ? [successorScopes] : []),
  ].flatMap((reasons) => Object.keys(reasons))

/** What stands in a statement of its own, with the things it is for. */
const narrowScopes = ({ successors, places }: AwsConfig): { reasons: Record<string, string>; on: string[] }[] =>
  [
    { reasons: successorScopes, on: successors.map(({ standby }) => standby) },
    { reasons: placeScopes, on: [...successors, ...places].flatMap(({ secret }) => secret ?? []) },
  ].filter(({ on }) => on.length > 0)

/** One statement each, ready to be put into IAM. The trust policy asks for the external id. */
export function role(config: AwsConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && config.containRoleArn === undefined) return undefined
  const isOrganized = use === 'contain' && config.organizationRoleArn !== undefined
  const narrow = use === 'contain' ? narrowScopes(config) : []
  const why: Record<string, string> = {
    ...(use === 'see' ? seeScopes : containScopes),
    ...Object.assign({}, ...narrow.map(({ reasons }) => reasons)),
    ...(isOrganized ? organizationScopes : {}),
    ...(config.identityCenter === undefined ? {} : identityCenterScopes),
    ...(config.identityCenter === undefined || use === 'see' ? {} : assignmentScopes),
  }
  const scopes = Object.entries(why).map(([name, reason]) => ({ name, why: reason }))
  const name = use === 'see' ? 'cordon-see' : 'cordon-contain'
  const actions = Object.keys(use === 'see' ? seeScopes : containScopes)
  const document: Json = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: actions, Resource: '*' },
      ...narrow.map(({ reasons, on }) => ({ Effect: 'Allow', Action: Object.keys(reasons), Resource: [...on] })),
    ],
  }
  const trust: Json = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::ACCOUNT-OF-CORDON:user/cordon' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': config.externalId ?? 'A-LONG-RANDOM-TEXT' } },
      },
    ],
  }
  return {
    scopes,
    text: [
      `make a role \`${name}\` in account ${config.account} with the policy below`,
      'let it be assumed by the user whose key this source has, and only with the external id',
      'that user needs no policy but `sts:AssumeRole` on these roles',
      ...(config.identityCenter === undefined
        ? []
        : [
            'in the account of Identity Center, make the role of `identityCenter.roleArn` with the `sso:` and `identitystore:` actions',
          ]),
      ...(isOrganized
        ? ['in the management account, make the role of `organizationRoleArn` with the `organizations:` actions']
        : []),
    ],
    json: { name, trust, policy: document },
    terraform: terraform(name, trust, document),
  }
}

const terraform = (name: string, trust: Json, policy: Json): string =>
  [
    `resource "aws_iam_role" "${name}" {`,
    `  name               = "${name}"`,
    `  assume_role_policy = <<JSON\n${JSON.stringify(trust, null, 2)}\nJSON`,
    '}',
    `resource "aws_iam_role_policy" "${name}" {`,
    `  role   = aws_iam_role.${name}.id`,
    `  policy = <<JSON\n${JSON.stringify(policy, null, 2)}\nJSON`,
    '}',
    '',
  ].join('\n')
