import assert from 'node:assert/strict'
import { test } from 'node:test'

import { windowAt } from './lists.ts'

test('a page by number holds the row it is asked for, and goes on well behind it', () => {
  for (const [sizeMax, more] of [
    [10, 1.7],
    [100, 1.15],
  ] as const) {
    let pages = 0
    for (let offset = 0; offset < 50 * sizeMax; pages++) {
      const { per_page: size, page } = windowAt(offset, sizeMax)
      assert.ok(size <= sizeMax && (page - 1) * size <= offset, `it holds ${offset}`)
      const end = page * size
      assert.ok(end > offset + 1, `it brings new rows behind ${offset}`)
      // The next one begins with the last row of this one.
      offset = end - 1
    }
    assert.ok(pages < 50 * more, `${pages} pages of ${sizeMax} for what fills 50`)
  }
})
