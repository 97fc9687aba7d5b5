import { json, rowsAt, wordAt, type Access } from './client.ts'
import { readPolicy, type Policy } from './rights/policy.ts'

export const policyKind = 'SERVICE_CONTROL_POLICY'
export type PolicyKind = typeof policyKind | 'RESOURCE_CONTROL_POLICY'
/** The root, five levels of units, the account. */
const levelsMax = 8

export type Level = { target: string; policies: { id: string; name: string; policy: Policy }[] }

/** What the account inherits, nearest first. The management account stands under none at all. */
export async function readLevels(access: Access, account: string, kind: PolicyKind): Promise<Level[]> {
  const levels: Level[] = []
  let target: string | undefined = account
  while (target !== undefined && levels.length < levelsMax) {
    const policies = []
    for (const row of await listAll(access, 'ListPoliciesForTarget', { TargetId: target, Filter: kind }, 'Policies')) {
      const id = wordAt(row, 'Id')
      policies.push({ id, name: wordAt(row, 'Name'), policy: readPolicy((await readContent(access, id)) ?? '') ?? [] })
    }
    levels.push({ target, policies })
    target = target.startsWith('r-') ? undefined : await parentOf(access, target)
  }
  return levels
}

async function parentOf(access: Access, target: string): Promise<string | undefined> {
  const [parent] = await listAll(access, 'ListParents', { ChildId: target }, 'Parents')
  return wordAt(parent, 'Id') || undefined
}

export async function readContent(access: Access, id: string): Promise<string | undefined> {
  const answer = await json(
    access,
    'organizations',
    'DescribePolicy',
    { PolicyId: id },
    { absent: ['PolicyNotFoundException'] },
  )
  const policy = answer?.['Policy']
  return typeof policy === 'object' && policy !== null && !Array.isArray(policy) ? wordAt(policy, 'Content') : undefined
}

const pagesMax = 100

export async function listAll(access: Access, operation: string, body: Record<string, string>, name: string) {
  const rows = []
  let token: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const answer = await json(access, 'organizations', operation, {
      ...body,
      ...(token === undefined ? {} : { NextToken: token }),
    })
    rows.push(...rowsAt(answer, name))
    token = wordAt(answer, 'NextToken') || undefined
    if (token === undefined) break
  }
  return rows
}
