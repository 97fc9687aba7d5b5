import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityFact, type EntityId } from '#model'

import { accountOf, joinAccounts } from './join.ts'
import { personFrom, type Person } from './person.ts'

const nowMs = Date.UTC(2026, 2, 24)
const person = (key: string, facts: EntityFact['attributes']): Person => {
  const found = personFrom(entityId('person', 'hr', key), { worker: 'contractor', ...facts }, false)
  assert.ok(found)
  return found
}
const account = (native: string, facts: EntityFact['attributes'], authority = 'vendor') => {
  const found = accountOf(entityId('identity', authority, native), { kind: 'human', ...facts })
  assert.ok(found)
  return found
}
const joined = (people: Person[], ...accounts: ReturnType<typeof account>[]) => {
  const { of, ambiguous } = joinAccounts(people, accounts, nowMs)
  const pairs = [...of].flatMap(([who, theirs]) => theirs.map((one) => `${who} ${one.account.account} ${one.way}`))
  return { pairs, ambiguous: ambiguous.map((one) => one.account) }
}
const at = (native: string, authority = 'vendor'): EntityId => entityId('identity', authority, native)

test('a whole address joins, in any case; a namesake, a part of it or an unverified one does not', () => {
  const ada = person('1', { email: 'Ada.Byron@Example.com', name: 'Ada Byron' })
  const { pairs, ambiguous } = joined(
    [ada],
    account('u1', { email: 'ada.byron@EXAMPLE.com' }),
    account('u2', { email: 'ada.byron@example.org', name: 'Ada Byron' }),
    account('u3', { login: 'ada.byron' }),
    account('u4', { email: 'ada.byron@example.com', emailVerified: false }),
    account('u5', { login: 'ada.byron@example.com' }),
  )
  assert.deepEqual(pairs, [`${ada.person} ${at('u1')} mail`, `${ada.person} ${at('u5')} mail`])
  assert.deepEqual(ambiguous, [])
})

test('the employer’s number and the names a register gives join where no address is shown', () => {
  const ada = person('BW-1', { 'account@git': 'Ada' })
  const bo = person('2', { employeeNumber: 'E-77' })
  const { pairs } = joined(
    [ada, bo],
    account('user/501', { name: 'ada' }, 'git'),
    account('user/502', { name: 'ada' }, 'other'),
    account('u7', { employeeNumber: 'E-77' }),
    account('u8', { employeeNumber: 'BW-1' }),
  )
  const expected = [
    `${ada.person} ${at('u8')} number`,
    `${ada.person} ${at('user/501', 'git')} register`,
    `${bo.person} ${at('u7')} number`,
  ]
  assert.deepEqual(pairs.sort(), expected.sort())
})

test('what leads to two people is nobody’s', () => {
  const ada = person('1', { email: 'ada@example.com' })
  const bo = person('2', { email: 'bo@example.com', employeeNumber: '77' })
  const both = joined([ada, bo], account('u1', { email: 'ada@example.com', employeeNumber: '77' }))
  assert.deepEqual(both, { pairs: [], ambiguous: [at('u1')] }, 'its address says one, its number another')
  const twoMails = joined([ada, bo], account('u1', { email: 'ada@example.com', login: 'bo@example.com' }))
  assert.deepEqual(twoMails, { pairs: [], ambiguous: [at('u1')] })
  const named = person('3', { 'account@git': 'cy' })
  const reused = joined([named], account('a', { login: 'cy' }, 'git'), account('b', { login: 'CY' }, 'git'))
  assert.deepEqual(reused, { pairs: [], ambiguous: [at('a', 'git'), at('b', 'git')] }, 'a login given anew')
})

test('of two with one address the one who is still here has the account; of two who are gone, nobody', () => {
  const ended = person('1', { email: 'ada@example.com', endAtMs: nowMs - 1 })
  const here = person('2', { email: 'ada@example.com', endAtMs: null })
  const one = account('u1', { email: 'ada@example.com' })
  assert.deepEqual(joined([ended, here], one).pairs, [`${here.person} ${at('u1')} mail`])
  const alsoEnded = person('3', { email: 'ada@example.com', status: 'ended' })
  assert.deepEqual(joined([ended, alsoEnded], one), { pairs: [], ambiguous: [at('u1')] })
})
