import assert from 'node:assert/strict'
import { test } from 'node:test'

import { evaluateRole, rightAtServer, rightOf } from './rights.ts'

// Cases from Okta's own pages: "OAuth 2.0 scopes for Okta admin management", "Standard administrator roles and permissions",
// "Custom admin roles" (https://developer.okta.com/docs/api/oauth2/, https://help.okta.com/oie/en-us/content/topics/security/administrators-admin-comparison.htm).
const scopes: [scope: string, issuer: string | null, opens: [type: string, api: string] | undefined][] = [
  ['okta.users.read', null, ['CAN_READ', 'okta.users']],
  ['okta.users.manage', null, ['CAN_ADMIN', 'okta.users']],
  ['okta.users.credentials.resetPassword', null, ['CAN_WRITE', 'okta.users']],
  ['okta.logs.read', null, ['CAN_READ', 'okta.logs']],
  ['okta.apps.manage', null, ['CAN_ADMIN', 'okta.apps']],
  ['okta.users.read.self', null, undefined],
  ['okta.myAccount.email.manage.self', null, undefined],
  ['openid', null, undefined],
  ['offline_access', 'https://acme.okta.com/oauth2/aus1', undefined],
  ['claims:read', 'https://acme.okta.com/oauth2/aus1', ['CAN_READ', 'authorization-server/aus1']],
  ['claims:write', 'https://acme.okta.com/oauth2/aus1', ['CAN_WRITE', 'authorization-server/aus1']],
  ['claims:admin', 'https://acme.okta.com/oauth2/aus1/', ['CAN_ADMIN', 'authorization-server/aus1']],
  ['claims', 'https://acme.okta.com/oauth2/aus1', ['CAN_READ', 'authorization-server/aus1']],
]

test('what a scope opens, as Okta documents it', () => {
  for (const [scope, issuer, opens] of scopes) {
    const found = rightOf(scope, issuer)
    assert.deepEqual(found === undefined ? undefined : [found.type, found.api], opens, `${scope} at ${issuer}`)
  }
  assert.deepEqual(['openid', 'claims:write'].map(rightAtServer), [undefined, 'CAN_WRITE'])
})

const role = (type: string, more: { targets?: number; permissions?: string[] } = {}) =>
  evaluateRole({ type, targets: 0, permissions: [], ...more })
const opened = (type: string, api: string) => role(type).rights.find((right) => right.api === api)?.type

test('what an administrator role opens: whole, within targets, custom, unknown', () => {
  assert.deepEqual(role('SUPER_ADMIN'), {
    rights: [{ type: 'CAN_ADMIN', api: 'org', note: 'administrator' }],
    conditional: false,
  })
  assert.deepEqual(
    (['users', 'apps', 'org'] as const).map((api) => opened('ORG_ADMIN', api === 'org' ? api : `okta.${api}`)),
    ['CAN_ADMIN', 'CAN_READ', undefined],
  )
  assert.deepEqual(
    [opened('HELP_DESK_ADMIN', 'okta.users'), opened('HELP_DESK_ADMIN', 'okta.apps')],
    ['CAN_WRITE', undefined],
  )
  assert.deepEqual([opened('APP_ADMIN', 'okta.apps'), opened('APP_ADMIN', 'okta.users')], ['CAN_ADMIN', 'CAN_READ'])
  const types = new Set(role('READ_ONLY_ADMIN').rights.map(({ type }) => type))
  assert.deepEqual([...types], ['CAN_READ'])
  assert.equal(role('USER_ADMIN').conditional, false)
  assert.equal(role('USER_ADMIN', { targets: 2 }).conditional, true, 'over some groups: which users, Okta decides')
  assert.deepEqual(role('CUSTOM', { permissions: ['okta.users.read', 'okta.groups.manage'] }), {
    rights: [
      { type: 'CAN_READ', api: 'okta.users', note: 'okta.users.read' },
      { type: 'CAN_ADMIN', api: 'okta.groups', note: 'okta.groups.manage' },
    ],
    conditional: true,
  })
  const unknown = role('SOMETHING_NEW')
  assert.deepEqual([unknown.rights[0]?.api, unknown.conditional], ['org', true], 'everything, as an upper bound')
})
