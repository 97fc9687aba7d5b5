import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createUnknownTypes } from './unknown-types.ts'

test('types that nobody knows are counted by source; of many, and of long ones, only so much is kept', () => {
  const unknown = createUnknownTypes()
  for (const type of ['a', 'b', 'a']) unknown.note('one', type)
  for (let n = 0; n < 30; n++) unknown.note('two', `${n}`.padEnd(500, 'x'))
  assert.deepEqual(
    unknown.list().filter(({ source }) => source === 'one'),
    [
      { source: 'one', type: 'a', count: 2 },
      { source: 'one', type: 'b', count: 1 },
    ],
  )
  const two = unknown.list().filter(({ source }) => source === 'two')
  assert.equal(two.length, 21)
  assert.equal(two.find(({ type }) => type === 'others')?.count, 10)
  assert.ok(two.every(({ type }) => type.length <= 120))
})
