import assert from 'node:assert/strict'
import { test } from 'node:test'

import { actionNeeds, compareScopes } from './scopes.ts'

const needs = actionNeeds([
  { verb: 'vendor.user.suspend', scopes: ['users.manage'] },
  { verb: 'vendor.session.end', scopes: ['users.manage', 'sessions.manage'] },
])

test('a missing permission is named with every action that needs it, an excess one by itself', () => {
  assert.deepEqual(compareScopes('contain', ['sessions.manage', 'apps.manage'], needs), {
    missing: [
      'the credential to contain lacks `users.manage`, needed for `vendor.user.suspend`, for `vendor.session.end`',
    ],
    excess: ['the credential to contain also has `apps.manage`, which Cordon does not need'],
  })
})

test('a wider permission covers a narrower one where the vendor says so', () => {
  const implies = (held: string, needed: string): boolean => held === '*' || held === needed
  assert.deepEqual(compareScopes('contain', ['*'], needs, implies), { missing: [], excess: [] })
})
