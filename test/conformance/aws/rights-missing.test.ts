import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isJsonObject, isObject, type Json, type JsonObject } from '#kit'
import { awsActions, awsConnector } from '#connectors/aws'
import { actionNeeds, compareScopes, pullStream, streamNeeds } from '#sources'
import { readSnapshot, type CredentialUse, type Page } from '#sources/contract'

import { account, foundCompany, openCordon, type Company } from './company.ts'

const inventory = awsConnector.streams.find(({ name }) => name === 'inventory') ?? assert.fail()
const statement = (Effect: 'Allow' | 'Deny', Action: string[]): Json => ({ Effect, Action, Resource: '*' })
const text = (...statements: Json[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** A role of its own policies again. */
const give = (of: Company['see'], ...statements: Json[]): void =>
  of.inline.set(new Map([['own', text(...statements)]]), 0)

/** A company in which each kind of thing is there once, and a user with all that a user can have. */
async function foundFull() {
  const company = await foundCompany()
  const { state, ci, clock } = company
  ci.passwordMs = clock.nowMs()
  ci.mfa.push({ serial: `arn:aws:iam::${account}:u2f/user/ci/key`, enabledMs: clock.nowMs() })
  state.addEncryptionKey('1234')
  state.addQueue('jobs')
  return company
}

/** One run, by hand: what it says of itself, and its rows by kind. */
async function look(company: Company) {
  const pages: Page[] = []
  for await (const page of pullStream(inventory)?.(openCordon(company).pullContext(), null) ?? []) pages.push(page)
  const rows = pages
    .flatMap(({ events }) => events.flatMap(({ raw }) => readSnapshot(raw)?.rows['rows'] ?? []))
    .flatMap((list) => (Array.isArray(list) ? list : [list]))
    .flatMap((row): JsonObject[] => (isJsonObject(row) ? [row] : []))
  return {
    blind: (pages.at(-1)?.blind ?? []).map(({ says }) => says).join('\n'),
    untold: [...new Set(pages.at(-1)?.blind?.flatMap(({ untold = [] }) => untold))],
    kinds: new Set(rows.map(({ of }) => (typeof of === 'string' ? of : ''))),
    rows,
  }
}

/** Kinds of rows that are gone with a right; what is read thing by thing leaves the things, and says `unread`. */
const goneWith: Record<string, string[]> = {
  'iam:GetAccountAuthorizationDetails': ['account', 'group', 'member', 'right', 'role', 'trust', 'user'],
  'iam:ListUsers': ['key', 'login', 'mfa'],
  'iam:ListAccessKeys': ['key'],
  'iam:GetAccessKeyLastUsed': [],
  'iam:GetLoginProfile': ['login'],
  'iam:ListMFADevices': ['mfa'],
  'secretsmanager:ListSecrets': ['secret'],
  'lambda:ListFunctions': [],
  's3:ListAllMyBuckets': ['bucket'],
  'kms:ListKeys': ['kmsKey'],
  'sqs:ListQueues': ['queue'],
}
const unreadWith = [
  's3:GetBucketPolicy',
  'secretsmanager:GetResourcePolicy',
  'kms:GetKeyPolicy',
  'sqs:GetQueueAttributes',
]

test('whichever single right is missing, it is named, and all the rest of the account is read', async (t) => {
  const company = await foundFull()
  t.after(company.close)
  const all = [...(inventory.scopes ?? []), 'sts:*', 'organizations:*']
  give(company.see, statement('Allow', all))
  const whole = await look(company)
  assert.equal(whole.blind, '')
  for (const [right, gone] of Object.entries(goneWith)) {
    give(company.see, statement('Allow', all), statement('Deny', [right]))
    const { blind, kinds } = await look(company)
    assert.match(blind, new RegExp(`may not call \`${right}\``), right)
    const lost = [...whole.kinds].filter((kind) => !kinds.has(kind)).toSorted()
    assert.deepEqual(lost, gone.filter((kind) => whole.kinds.has(kind)).toSorted(), right)
  }
  for (const right of unreadWith) {
    give(company.see, statement('Allow', all), statement('Deny', [right]))
    const { blind, kinds } = await look(company)
    assert.equal(blind, '', right)
    assert.ok(kinds.has('unread'), right)
  }
})

test('what could not be asked of a user is not told as none', async (t) => {
  const company = await foundFull()
  t.after(company.close)
  const all = statement('Allow', [...(inventory.scopes ?? []), 'sts:*'])
  give(company.see, all, statement('Deny', ['iam:ListMFADevices', 'iam:GetAccessKeyLastUsed']))
  const { rows, untold } = await look(company)
  const login = rows.find((row) => row['of'] === 'login')
  assert.deepEqual([login?.['factors'], login?.['isStrong']], [undefined, undefined])
  assert.ok(rows.filter((row) => row['of'] === 'key').every((row) => row['tellsUse'] === false))
  assert.deepEqual(untold.toSorted(), ['factors', 'key-use'])
})

async function compared(company: Company, use: CredentialUse) {
  const held = (await awsConnector.scopes?.(openCordon(company).pullContext(), use)) ?? assert.fail()
  const needs = use === 'see' ? streamNeeds(awsConnector, company.config) : actionNeeds(awsActions)
  return compareScopes(use, held, needs)
}

test('the least role that Cordon prints is exactly enough, to look and to act', async (t) => {
  const company = await foundFull()
  t.after(company.close)
  for (const use of ['see', 'contain'] as const) {
    const printed = awsConnector.role?.(company.config, use)?.json
    const policy = isObject(printed) ? printed['policy'] : undefined
    company[use].inline.set(new Map([['own', JSON.stringify(policy)]]), 0)
  }
  assert.deepEqual(
    (await look({ ...company, config: { ...company.config, organizationRoleArn: undefined } })).blind,
    '',
  )
  assert.deepEqual(await compared(company, 'see'), { missing: [], excess: [] })
  assert.deepEqual(await compared(company, 'contain'), { missing: [], excess: [] })
  assert.deepEqual((await awsConnector.check(openCordon(company).pullContext())).missing, [])
})

test('the check names what either role lacks, by its own policies, a boundary or the organisation, and what it has too much', async (t) => {
  const company = await foundFull()
  t.after(company.close)
  const least = (use: CredentialUse): Json =>
    statement(
      'Allow',
      (awsConnector.role?.(company.config, use)?.scopes ?? []).map(({ name }) => name),
    )
  give(company.see, least('see'), statement('Allow', ['s3:GetObject', 'ec2:*']), statement('Deny', ['kms:List*']))
  const looks = await compared(company, 'see')
  assert.deepEqual(looks.missing, ['the credential to look lacks `kms:ListKeys`, needed to read `inventory`'])
  assert.match(looks.excess.join('\n'), /also has `s3:GetObject`.*\n.*also has `ec2:\*`/)
  give(company.contain, least('contain'), statement('Deny', ['iam:UpdateAccessKey']))
  const acts = await compared(company, 'contain')
  assert.deepEqual(acts.missing, [
    'the credential to contain lacks `iam:UpdateAccessKey`, needed for `aws.key.deactivate`',
  ])
  company.contain.inline.set(
    new Map([['own', text({ Effect: 'Allow', NotAction: ['iam:PutRolePolicy'], Resource: '*' })]]),
    0,
  )
  const wide = await compared(company, 'contain')
  assert.match(wide.missing.join(), /lacks `iam:PutRolePolicy`, needed for `aws.sessions.revoke`/)
  assert.match(wide.excess.join(), /everything but iam:PutRolePolicy/)
})
