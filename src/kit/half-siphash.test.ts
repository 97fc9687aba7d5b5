import assert from 'node:assert/strict'
import { test } from 'node:test'

import { halfSipHash } from './half-siphash.ts'

// Of Linux' lib/tests/siphash_kunit.c, for machines of 32 bits: the n-th is the hash of the n bytes 0, 1, 2, …
// under the key 00 01 … 07. Texts have an even number of bytes, so it is every second one of them.
const vectors = [
  0x5814c896, 0xbc4b0e30, 0x7e059ea6, 0xa0080b65, 0x577999b1, 0xe4fa32cf, 0x6b28096c, 0x16658a7c, 0x8b31d501,
  0x06712339, 0x911bb605, 0xf826ef7b, 0x57150ad7, 0x1ec47442, 0x0a4100d0, 0x2331b6a3,
]

test('a text is hashed as the reference hashes its bytes', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => i))
  const hashes = vectors.map((_, n) =>
    halfSipHash(bytes.subarray(0, 2 * n).toString('utf16le'), 0x03020100, 0x07060504),
  )
  assert.deepEqual(
    hashes.map((hash) => hash >>> 0),
    vectors,
  )
})
