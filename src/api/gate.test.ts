import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createGate, isNamedHere } from './gate.ts'

test('only addresses, localhost and configured names are this Cordon', () => {
  const names = new Set(['cordon.brightwater.example'])
  for (const ours of ['127.0.0.1:7420', '[::1]:7420', 'localhost', 'LOCALHOST:1', 'cordon.brightwater.example:443']) {
    assert.ok(isNamedHere(ours, names), ours)
  }
  const others = [
    'rebound.example',
    'rebound.example:7420',
    '127.0.0.1.rebound.example',
    'localhost.example',
    '',
    '[x]',
  ]
  for (const other of others) assert.ok(!isNamedHere(other, names), other)
  assert.ok(!isNamedHere(undefined, names))
})

test('a gate refuses what would be too much, takes one of any size alone, and is left once', () => {
  const gate = createGate(10, 'uploads')
  const leave = gate.enter(6)
  assert.throws(() => gate.enter(5), { code: 'ERR_API_BUSY', retryable: true })
  leave()
  leave()
  const second = gate.enter(50)
  assert.throws(() => gate.enter(1), { code: 'ERR_API_BUSY' })
  second()
  gate.enter(10)
})
