import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createLent, lentMs } from './lent.ts'

const values = [{ credential: 'credential:fp:k1.EXAMPLE', value: 'EXAMPLE-lent-value' }] as const

test('a lent value is there for its run, and gone with its incident', () => {
  const lent = createLent({ monotonicMs: () => 0 })
  lent.lend('inc_one', values)
  assert.equal(lent.valueOf('credential:fp:k1.EXAMPLE'), 'EXAMPLE-lent-value')
  lent.forget('inc_other')
  assert.ok(lent.valueOf('credential:fp:k1.EXAMPLE') !== undefined)
  lent.forget('inc_one')
  assert.equal(lent.valueOf('credential:fp:k1.EXAMPLE'), undefined)
})

test('a lent value is forgotten after its time, though the incident stays open', () => {
  let nowMs = 0
  const lent = createLent({ monotonicMs: () => nowMs })
  lent.lend('inc_one', values)
  nowMs = lentMs - 1
  assert.ok(lent.valueOf('credential:fp:k1.EXAMPLE') !== undefined)
  nowMs = lentMs
  assert.equal(lent.valueOf('credential:fp:k1.EXAMPLE'), undefined)
})
