import { isJsonObject, type JsonObject } from '#kit'
import { VendorError, type PullContext } from '#sources/contract'

import { lookAs } from './auth.ts'
import { json, rowsAt, wordAt, wordsAt, type Access } from './client.ts'
import type { AwsConfig } from './config.ts'

const pagesMax = 1_000
/** Groups that are assigned to one account. */
const groupsMax = 2_000

type Center = { access: Access; region: string; instance: string; store: string }
export type Assignment = { set: string; type: string; principal: string }

/** Where users of the whole organisation sign in; undefined when this source is not set up to read it. */
export async function openCenter(
  config: AwsConfig,
  accessTo: (roleArn: string) => Promise<Access>,
): Promise<Center | undefined> {
  const { identityCenter: given } = config
  if (given === undefined) return undefined
  const access = await accessTo(given.roleArn)
  const answers = await pagesOf(access, given.region, 'sso', 'ListInstances', {})
  const [one] = answers.flatMap((answer) => rowsAt(answer, 'Instances'))
  if (one === undefined)
    throw new VendorError('ERR_VENDOR_ABSENT', `there is no instance of Identity Center in \`${given.region}\``, {
      hint: 'set `identityCenter.region` to the region it was enabled in, and `roleArn` to a role of the account that administers it',
    })
  return { access, region: given.region, instance: wordAt(one, 'InstanceArn'), store: wordAt(one, 'IdentityStoreId') }
}

/** Every answer of a list. */
async function pagesOf(
  access: Access,
  region: string,
  service: 'sso' | 'identitystore',
  operation: string,
  body: JsonObject,
): Promise<JsonObject[]> {
  const answers: JsonObject[] = []
  let token = ''
  for (let page = 0; page < pagesMax; page++) {
    const asked = { ...body, MaxResults: 100, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await json(access, service, operation, asked, { region })
    if (answer !== undefined) answers.push(answer)
    token = wordAt(answer, 'NextToken')
    if (token === '') return answers
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `the list of \`${service}:${operation}\` has no end`)
}

/** Who may act in this account by way of which permission set. */
export async function listAssignments({ access, region, instance }: Center, account: string): Promise<Assignment[]> {
  const body = { InstanceArn: instance, AccountId: account }
  const sets = await pagesOf(access, region, 'sso', 'ListPermissionSetsProvisionedToAccount', body)
  const found: Assignment[] = []
  for (const set of sets.flatMap((answer) => wordsAt(answer, 'PermissionSets'))) {
    const asked = { ...body, PermissionSetArn: set }
    const answers = await pagesOf(access, region, 'sso', 'ListAccountAssignments', asked)
    const rows = answers.flatMap((answer) => rowsAt(answer, 'AccountAssignments'))
    found.push(
      ...rows.map((row) => ({ set, type: wordAt(row, 'PrincipalType'), principal: wordAt(row, 'PrincipalId') })),
    )
  }
  return found
}

/** All of Identity Center that bears on one account. */
export async function readCenter(context: PullContext<AwsConfig>) {
  const center = await openCenter(context.config, (roleArn) => lookAs(context, roleArn))
  if (center === undefined) return { users: [], groups: [], members: [], sets: [], assignments: [] }
  const { region, store } = center
  const inStore = async (operation: string, body: JsonObject, name: string): Promise<JsonObject[]> => {
    const asked = { IdentityStoreId: store, ...body }
    const answers = await pagesOf(await renewed(context, center), region, 'identitystore', operation, asked)
    return answers.flatMap((answer) => rowsAt(answer, name))
  }
  const assignments = await listAssignments(center, context.config.account)
  const assigned = new Set(assignments.flatMap(({ type, principal }) => (type === 'GROUP' ? [principal] : [])))
  if (assigned.size > groupsMax)
    throw new VendorError('ERR_VENDOR_SHAPE', `more than ${groupsMax} groups are assigned to one account`)
  const groups = (await inStore('ListGroups', {}, 'Groups')).filter((row) => assigned.has(wordAt(row, 'GroupId')))
  const members = []
  for (const group of assigned)
    for (const row of await inStore('ListGroupMemberships', { GroupId: group }, 'GroupMemberships')) {
      const member = row['MemberId']
      members.push({ group, user: isJsonObject(member) ? wordAt(member, 'UserId') : '' })
    }
  const bearing = new Set([...members.map(({ user }) => user), ...assignments.map(({ principal }) => principal)])
  const users = (await inStore('ListUsers', {}, 'Users')).filter((row) => bearing.has(wordAt(row, 'UserId')))
  const sets = []
  for (const set of new Set(assignments.map((one) => one.set))) sets.push(await describeSet(context, center, set))
  return { users: users.map(userOf), groups: groups.map(groupOf), members, sets, assignments }
}

/** A role is assumed for a quarter of an hour, and a large directory takes longer. */
const renewed = async (context: PullContext<AwsConfig>, { access }: Center): Promise<Access> => {
  const { identityCenter } = context.config
  return identityCenter === undefined ? access : lookAs(context, identityCenter.roleArn)
}

async function describeSet(context: PullContext<AwsConfig>, center: Center, set: string) {
  const body = { InstanceArn: center.instance, PermissionSetArn: set }
  const { region } = center
  const answer = await json(await renewed(context, center), 'sso', 'DescribePermissionSet', body, { region })
  const row = isJsonObject(answer?.['PermissionSet']) ? answer['PermissionSet'] : {}
  return { set, name: wordAt(row, 'Name'), duration: wordAt(row, 'SessionDuration') || 'PT1H' }
}

function userOf(row: JsonObject) {
  const mails = rowsAt(row, 'Emails')
  const mail = mails.find((one) => one['Primary'] === true) ?? mails[0]
  return {
    id: wordAt(row, 'UserId'),
    name: wordAt(row, 'UserName'),
    display: wordAt(row, 'DisplayName'),
    email: wordAt(mail, 'Value') || null,
    status: wordAt(row, 'UserStatus') || null,
  }
}
const groupOf = (row: JsonObject) => ({ id: wordAt(row, 'GroupId'), name: wordAt(row, 'DisplayName') })
