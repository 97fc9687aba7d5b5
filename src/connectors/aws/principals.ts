import { membersAt, textAt, type Xml } from '#kit'
import { query, type Access } from './client.ts'
import { readPolicy, type Policy } from './rights/policy.ts'

/** A user, group or role of GetAccountAuthorizationDetails, its policies read. */
export type Principal = {
  noun: 'user' | 'group' | 'role'
  id: string
  name: string
  arn: string
  createdAt: string | undefined
  groups: string[]
  inline: { name: string; policy: Policy }[]
  /** ARNs. */
  attached: string[]
  boundary: string | undefined
  trust: Policy | undefined
  lastUsedAt: string | undefined
  instanceProfiles: string[]
}
export type Account = { principals: Principal[]; managed: Map<string, Policy>; next: string | null; unreadable: number }

export const detailRows = 1_000
/** Pages of an account read whole; a larger one is refused by name, not cut short. */
const wholePagesMax = 50

/** One page: AWS mixes users, groups, roles and managed policies. */
export async function readDetails(access: Access, marker: string | null): Promise<Account> {
  const result = await query(access, 'iam', 'GetAccountAuthorizationDetails', {
    MaxItems: detailRows,
    Marker: marker ?? undefined,
  })
  const account: Account = { principals: [], managed: new Map(), next: null, unreadable: 0 }
  const read = (text: string | undefined): Policy => {
    const policy = readPolicy(text ?? '')
    if (policy === undefined) account.unreadable++
    return policy ?? []
  }
  const principal = (noun: Principal['noun'], prefix: string, xml: Xml): Principal => ({
    noun,
    id: textAt(xml, `${prefix}Id`) ?? '',
    name: textAt(xml, `${prefix}Name`) ?? '',
    arn: textAt(xml, 'Arn') ?? '',
    createdAt: textAt(xml, 'CreateDate'),
    groups: membersAt(xml, 'GroupList').map(({ text }) => text),
    inline: membersAt(xml, `${prefix}PolicyList`).map((one) => ({
      name: textAt(one, 'PolicyName') ?? '',
      policy: read(textAt(one, 'PolicyDocument')),
    })),
    attached: membersAt(xml, 'AttachedManagedPolicies').map((one) => textAt(one, 'PolicyArn') ?? ''),
    boundary: textAt(xml, 'PermissionsBoundary', 'PermissionsBoundaryArn'),
    trust: noun === 'role' ? read(textAt(xml, 'AssumeRolePolicyDocument')) : undefined,
    lastUsedAt: textAt(xml, 'RoleLastUsed', 'LastUsedDate'),
    instanceProfiles: membersAt(xml, 'InstanceProfileList').map((one) => textAt(one, 'InstanceProfileName') ?? ''),
  })
  account.principals.push(
    ...membersAt(result, 'UserDetailList').map((xml) => principal('user', 'User', xml)),
    ...membersAt(result, 'GroupDetailList').map((xml) => principal('group', 'Group', xml)),
    ...membersAt(result, 'RoleDetailList').map((xml) => principal('role', 'Role', xml)),
  )
  for (const xml of membersAt(result, 'Policies')) {
    const current = membersAt(xml, 'PolicyVersionList').find((one) => textAt(one, 'IsDefaultVersion') === 'true')
    account.managed.set(textAt(xml, 'Arn') ?? '', read(textAt(current, 'Document')))
  }
  account.next = textAt(result, 'IsTruncated') === 'true' ? (textAt(result, 'Marker') ?? null) : null
  return account
}

/** The whole account at once: rights are a question about all of it. */
export async function readAccount(access: Access): Promise<Account> {
  const whole: Account = { principals: [], managed: new Map(), next: null, unreadable: 0 }
  let marker: string | null = null
  for (let page = 0; page < wholePagesMax; page++) {
    const part: Account = await readDetails(access, marker)
    whole.principals.push(...part.principals)
    for (const [arn, policy] of part.managed) whole.managed.set(arn, policy)
    whole.unreadable += part.unreadable
    marker = part.next
    if (marker === null) return whole
  }
  return { ...whole, next: marker }
}
