import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '#kit'

import { KeyIndex } from './key-index.ts'

test('it answers as a Map does, through growth, deletion and use of a number again', () => {
  const random = seededRandom(7)
  const keys: string[] = []
  const index = new KeyIndex(keys)
  const oracle = new Map<string, number>()
  const free: number[] = []
  for (let i = 0; i < 60_000; i++) {
    // More comes than goes at first, and less in the end.
    const key = `k${Math.floor(random() * 12_000)}`
    const number = oracle.get(key)
    assert.equal(index.get(key), number)
    if (number === undefined && random() < 1 - i / 60_000) {
      const next = free.pop() ?? oracle.size
      keys[next] = key
      index.set(key, next)
      oracle.set(key, next)
    } else if (number !== undefined && random() < i / 60_000) {
      index.delete(key)
      oracle.delete(key)
      keys[number] = ''
      free.push(number)
    } else if (number === undefined) index.delete(key)
    assert.equal(index.size, oracle.size)
  }
  assert.ok(oracle.size > 500)
  for (const [key, number] of oracle) assert.equal(index.get(key), number)
})
