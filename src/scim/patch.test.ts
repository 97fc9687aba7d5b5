import assert from 'node:assert/strict'
import { test } from 'node:test'

import { patch } from './patch.ts'
import type { ResourceType } from './schemas.ts'

const work = { type: 'work', value: 'ada@example.com', primary: true }
const home = { type: 'home', value: 'ada@home.example' }
const ada = { userName: 'ada', active: true, name: { givenName: 'Ada' }, emails: [work] }
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const after = (operations: unknown[], before: Parameters<typeof patch>[0] = ada, type: ResourceType = 'User') =>
  patch(before, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }, type)
const body = (...operations: unknown[]) => after(operations).body

test('a leaver, as Okta and as Entra ID write it', () => {
  assert.equal(body({ op: 'replace', value: { active: false } })['active'], false)
  assert.equal(body({ op: 'Replace', path: 'active', value: 'False' })['active'], false)
  assert.equal(body({ op: 'Add', path: 'active', value: false })['active'], false)
  assert.equal(ada.active, true, 'what was given is not changed')
})

test('what Entra ID writes without being in the RFC', () => {
  assert.deepEqual(body({ op: 'Replace', value: { 'name.familyName': 'Byron', displayName: 'Ada' } })['name'], {
    givenName: 'Ada',
    familyName: 'Byron',
  })
  const department = { op: 'Add', path: `${enterprise}:department`, value: 'Engines' }
  assert.deepEqual(body(department)[enterprise], { department: 'Engines' })
  assert.deepEqual(body({ op: 'Add', path: `${enterprise}:manager`, value: 'scm_b' })[enterprise], {
    manager: { value: 'scm_b' },
  })
  assert.deepEqual(body({ op: 'Replace', value: { [enterprise]: { department: 'X' } } })[enterprise], {
    department: 'X',
  })
  assert.deepEqual(body({ op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@example.com' })['emails'], [
    { ...work, value: 'new@example.com' },
  ])
  const made = after([{ op: 'Add', path: 'emails[type eq "home"].value', value: home.value }])
  assert.deepEqual(made.body['emails'], [work, home], 'a value that is not there yet is made')
  const numbers = { op: 'Add', path: 'phoneNumbers[type eq "work"].value', value: '+1 555 0100' }
  assert.deepEqual(body(numbers), { ...ada }, 'what is not kept is dropped, and no error')
})

test('the operations of RFC 7644, 3.5.2', () => {
  assert.deepEqual(body({ op: 'add', path: 'emails', value: [home] })['emails'], [work, home])
  assert.deepEqual(body({ op: 'add', path: 'emails', value: [{ ...home, primary: true }] })['emails'], [
    { ...work, primary: false },
    { ...home, primary: true },
  ])
  assert.deepEqual(body({ op: 'replace', path: 'emails', value: [home] })['emails'], [home])
  assert.equal(body({ op: 'remove', path: 'emails[type eq "work"]' })['emails'], undefined)
  assert.equal(body({ op: 'remove', path: 'name.givenName' })['name'], undefined)
  assert.equal(body({ op: 'remove', path: 'emails' })['emails'], undefined)
  assert.deepEqual(body({ op: 'add', path: 'name', value: { familyName: 'B' } })['name'], {
    givenName: 'Ada',
    familyName: 'B',
  })
  assert.deepEqual(body({ op: 'replace', path: 'name', value: { familyName: 'B' } })['name'], { familyName: 'B' })
  assert.equal(
    body({ op: 'add', path: `${enterprise}:department`, value: 'x' }, { op: 'remove', path: enterprise })[enterprise],
    undefined,
  )
})

test('members are added and removed by each sender’s way of saying so', () => {
  const members = (...operations: unknown[]) => after(operations, { displayName: 'g' }, 'Group').members
  assert.deepEqual(members({ op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'a' }] }), [
    { op: 'add', ids: ['a'] },
  ])
  assert.deepEqual(members({ op: 'Remove', path: 'members', value: [{ value: 'a' }] }), [{ op: 'remove', ids: ['a'] }])
  assert.deepEqual(members({ op: 'remove', path: 'members[value eq "a"]' }), [{ op: 'remove', ids: ['a'] }])
  assert.deepEqual(members({ op: 'remove', path: 'members[value eq "a" or value eq "b"]' }), [
    { op: 'remove', ids: ['a', 'b'] },
  ])
  assert.deepEqual(members({ op: 'remove', path: 'members' }), [{ op: 'clear' }])
  assert.deepEqual(members({ op: 'replace', path: 'members', value: [] }), [{ op: 'clear' }, { op: 'add', ids: [] }])
  assert.deepEqual(members({ op: 'replace', value: { displayName: 'h', members: [{ value: 'b' }] } }), [
    { op: 'clear' },
    { op: 'add', ids: ['b'] },
  ])
})

test('what cannot be done is refused in SCIM’s own words', () => {
  const cases: [unknown, string][] = [
    [{ op: 'remove' }, 'ERR_SCIM_TARGET'],
    [{ op: 'move', path: 'title' }, 'ERR_SCIM_SYNTAX'],
    ['x', 'ERR_SCIM_SYNTAX'],
    [{ op: 'add', path: 'title', value: { a: 1 } }, 'ERR_SCIM_VALUE'],
    [{ op: 'add', path: 'active', value: 'maybe' }, 'ERR_SCIM_VALUE'],
    [{ op: 'replace', path: 'groups', value: [] }, 'ERR_SCIM_MUTABILITY'],
    [{ op: 'remove', path: 'userName' }, 'ERR_SCIM_VALUE'],
    [{ op: 'replace', path: 'emails[type eq' }, 'ERR_SCIM_PATH'],
    [{ op: 'replace', path: 'emails[type zz "a"].value', value: 'x' }, 'ERR_SCIM_FILTER'],
    [{ op: 'replace', path: 'title[a eq "b"]', value: 'x' }, 'ERR_SCIM_PATH'],
    [{ op: 'replace', value: 'x' }, 'ERR_SCIM_VALUE'],
  ]
  for (const [operation, code] of cases) assert.throws(() => body(operation), { code }, JSON.stringify(operation))
  assert.throws(() => patch(ada, {}, 'User'), { code: 'ERR_SCIM_SYNTAX' })
  assert.throws(() => body(...Array.from({ length: 1001 }, () => ({ op: 'add', path: 'title', value: 'x' }))), {
    code: 'ERR_SCIM_VALUE',
  })
})
