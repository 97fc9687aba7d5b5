import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { scimConnector } from './index.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const authority = '00oEXAMPLE'
function said(raw: Json) {
  const times = { eventAtMs: atMs, arrivedAtMs: atMs }
  const out = scimConnector.normalize({ stream: 'provisioning', raw, source: 's', authority, ...times })
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
  return out
}
const user = (more: Record<string, Json>, native = 'id'): Json => ({
  type: 'user.set',
  id: 'scm_a',
  version: 1,
  atMs,
  native,
  externalId: '00uADA',
  user: { userName: 'ada@example.com', active: true, ...more },
  left: [],
})

test('a person is an identity of the realm, and a leaver one that is not enabled', () => {
  const [here] = said(user({ name: 'Ada', userType: 'Contractor' })).facts
  assert.equal(here?.entity, 'identity:00oEXAMPLE:scim/scm_a')
  assert.deepEqual(
    [here?.attributes['enabled'], here?.attributes['external'], here?.attributes['login']],
    [true, true, 'ada@example.com'],
  )
  const [left] = said(user({ active: false }, 'externalId')).facts
  assert.equal(left?.entity, 'identity:00oEXAMPLE:00uADA', 'under the id by which another source lists them')
  assert.deepEqual([left?.attributes['enabled'], left?.attributes['leftAtMs']], [false, atMs])
})

test('members of a group get and lose its rights', () => {
  const member = (type: string): Json => ({ id: `scm_${type}`, type, externalId: null })
  const group: Json = {
    type: 'group.set',
    id: 'scm_g',
    version: 2,
    atMs,
    native: 'externalId',
    group: { displayName: 'Admins' },
    added: [member('User'), member('Group')],
    removed: [{ id: 'scm_x', type: 'User', externalId: '00uX' }],
    left: [],
  }
  assert.deepEqual(
    said(group).edges.map(({ src, type, dst, op }) => `${op} ${src} ${type} ${dst}`),
    [
      'open identity:00oEXAMPLE:scim/scm_User MEMBER_OF identity:00oEXAMPLE:scim-group/scm_g',
      'open identity:00oEXAMPLE:scim-group/scm_Group MEMBER_OF identity:00oEXAMPLE:scim-group/scm_g',
      'close identity:00oEXAMPLE:00uX MEMBER_OF identity:00oEXAMPLE:scim-group/scm_g',
    ],
  )
})

test('who is deleted is in no group any more', () => {
  const gone: Json = {
    type: 'user.gone',
    id: 'scm_a',
    version: 3,
    atMs,
    native: 'id',
    externalId: null,
    user: {},
    left: ['scm_g'],
  }
  assert.deepEqual(
    said(gone).edges.map(({ src, type, dst, op }) => `${op} ${src} ${type} ${dst}`),
    ['close identity:00oEXAMPLE:scim/scm_a MEMBER_OF identity:00oEXAMPLE:scim-group/scm_g'],
  )
})

test('what nobody here writes is kept, and debt', () => {
  assert.equal(said({ type: 'user.dreamt' }).unmapped, 'provisioning')
})
