import assert from 'node:assert/strict'
import { test } from 'node:test'

import { VendorError } from './answer.ts'
import { valuesById } from './secret-lines.ts'

const read = (text: string) => valuesById({ keys: text }, 'keys', { id: /^p_[a-z]+$/, form: 'p_…=…' })

test('each line is a value by its id; blank lines and an absent secret are none', () => {
  assert.deepEqual(
    [...read('p_a=EXAMPLE1\n\n  p_b = EXAMPLE=2 \n')],
    [
      ['p_a', 'EXAMPLE1'],
      ['p_b', 'EXAMPLE=2'],
    ],
  )
  assert.equal(valuesById({}, 'keys', { id: /^p_/, form: 'p_…=…' }).size, 0)
})

test('a wrong line is refused by its number, and nothing of it is told', () => {
  for (const [text, place] of [
    ['p_a=EXAMPLE1\nEXAMPLE2', 'line 2'],
    ['q_a=EXAMPLE2', 'line 1'],
    ['p_a=', 'line 1'],
    ['p_a=EXAMPLE1\np_a=EXAMPLE2', 'line 2'],
    ['\n'.repeat(500), undefined],
  ] as const) {
    assert.throws(
      () => read(text),
      (error) =>
        error instanceof VendorError && error.place === place && !`${error.message}${error.hint}`.includes('EXAMPLE'),
    )
  }
})
