import assert from 'node:assert/strict'
import { test } from 'node:test'

import { edgesOfPermissions, edgesOfRole, effectiveRole, roleOf, rulesOrganisation } from './rights.ts'

const nobody = {
  isOwner: false,
  isMember: true,
  base: 'none',
  direct: [],
  teams: [],
  isPublic: false,
  isArchived: false,
} as const

test('the greatest of what owners, base permission, own right and teams give', () => {
  assert.equal(effectiveRole(nobody), 'none')
  assert.equal(effectiveRole({ ...nobody, base: 'read', teams: ['write'] }), 'write')
  assert.equal(effectiveRole({ ...nobody, direct: ['maintain'], teams: ['read', 'triage'] }), 'maintain')
  assert.equal(effectiveRole({ ...nobody, isOwner: true }), 'admin')
  assert.equal(effectiveRole({ ...nobody, isMember: false, base: 'write' }), 'none')
  assert.equal(effectiveRole({ ...nobody, isMember: false, isPublic: true }), 'read')
})

test('an archived repository is read-only to all but its admins', () => {
  assert.equal(effectiveRole({ ...nobody, direct: ['write'], isArchived: true }), 'read')
  assert.equal(effectiveRole({ ...nobody, direct: ['admin'], isArchived: true }), 'admin')
  assert.deepEqual(edgesOfRole('write', true).onActions, [])
})

test('a custom role is read by its flags, and an unknown word is the greatest', () => {
  assert.equal(roleOf({ role_name: 'security', permissions: { pull: true, push: true, admin: false } }), 'write')
  assert.equal(roleOf({ role_name: 'security', permissions: {} }), 'none')
  assert.equal(roleOf({ role_name: 'security' }), 'admin')
})

test('who may push reads the secrets of workflows, and an app only with `workflows` as well', () => {
  assert.deepEqual(edgesOfRole('write', false).onActions, ['CAN_READ'])
  assert.deepEqual(edgesOfRole('triage', false).onActions, [])
  assert.deepEqual(edgesOfPermissions({ contents: 'write' }).onActions, [])
  assert.deepEqual(edgesOfPermissions({ contents: 'write', workflows: 'write' }).onActions, ['CAN_READ'])
  assert.ok(edgesOfPermissions({ administration: 'write' }).onRepository.includes('CAN_GRANT'))
  assert.equal(rulesOrganisation({ members: 'write' }), true)
  assert.equal(rulesOrganisation({ members: 'read' }), false)
})
