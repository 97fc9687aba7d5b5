import assert from 'node:assert/strict'
import { test } from 'node:test'

import { networksOfRange, parseNetwork } from './address.ts'

/** Addresses of IPv4 in a network, by their numbers. */
function membersOf(network: string): number[] {
  const parsed = parseNetwork(network)
  assert.ok(parsed !== undefined && !parsed.v6)
  const [high = 0, low = 0] = parsed.words
  return Array.from({ length: 2 ** (32 - parsed.bits) }, (_, n) => high * 65_536 + low + n)
}

test('networks of a range hold each of its addresses once, and no other', () => {
  const first = 198 * 2 ** 24 + 51 * 65_536 + 100 * 256
  for (let from = 0; from < 20; from++) {
    for (let to = from; to < 40; to++) {
      const networks = networksOfRange(`198.51.100.${from}-198.51.100.${to}`)
      const expected = Array.from({ length: to - from + 1 }, (_, n) => first + from + n)
      assert.deepEqual(networks.flatMap(membersOf), expected)
    }
  }
  assert.deepEqual(networksOfRange('0.0.0.0 - 255.255.255.255'), ['0.0.0.0/0'])
  assert.deepEqual(networksOfRange('2001:db8::-2001:db8::2'), ['2001:db8:0:0:0:0:0:0/127', '2001:db8:0:0:0:0:0:2/128'])
})

test('what is no range stays as it is', () => {
  for (const text of [
    '198.51.100.0/24',
    '',
    '198.51.100.9-198.51.100.1',
    '198.51.100.1-2001:db8::1',
    'a-b',
    '1.2.3.4-1.2.3.5-1.2.3.6',
  ])
    assert.deepEqual(networksOfRange(text), [text])
})
