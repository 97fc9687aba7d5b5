import assert from 'node:assert/strict'
import { test } from 'node:test'

import { listStart, offsetOf, readOn, type Place } from './places.ts'

const limit = 3

/** Reads a list to its end; before each page but the first, `change` may alter it. */
function readAll(rows: string[], change: (rows: string[], page: number) => void): Set<string> {
  const read = new Set<string>()
  let place: Place | null = listStart
  for (let page = 0; place !== null; page++) {
    assert.ok(page < 50, 'it has an end')
    if (page > 0) change(rows, page)
    const offset = offsetOf(place)
    const given = rows.slice(offset, offset + limit)
    const found: ReturnType<typeof readOn<string>> = readOn(place, {
      rows: given,
      start: offset,
      isMore: (end) => end < rows.length,
      keyOf: (row) => row,
      what: 'the list',
    })
    for (const row of found.rows) read.add(row)
    place = found.next
  }
  return read
}
const letters = (): string[] => 'abcdefghij'.split('')
const lacking = (read: Set<string>, rows: readonly string[]): string[] => rows.filter((row) => !read.has(row))

test('a row that is deleted in front, at the seam or behind hides no other', () => {
  for (const gone of letters()) {
    const rows = letters()
    const read = readAll(rows, (held, page) => {
      if (page === 2 && held.includes(gone)) held.splice(held.indexOf(gone), 1)
    })
    assert.deepEqual(lacking(read, rows), [], `\`${gone}\` is deleted`)
  }
})

test('one deleted and one made leave the count equal, and hide none', () => {
  const rows = letters()
  const read = readAll(rows, (held, page) => {
    if (page !== 1) return
    held.shift()
    held.push('k')
  })
  assert.deepEqual(lacking(read, rows), [])
})

test('a copy of a row in front of the seam does not hide the row behind it', () => {
  const place: Place = { at: 4, last: 'd', restarts: 0 }
  // The list goes a b c d e f; the page was asked for from c on, and a copy of f came in front of it.
  const given = ['f', 'd', 'e', 'd', 'f']
  const read = readOn(place, { rows: given, start: 2, isMore: () => false, keyOf: (row) => row, what: 'the list' })
  assert.deepEqual([read.rows.toSorted(), read.next], [['e', 'f'], null])
})

test('what changes with every page is no list that was read to its end', () => {
  assert.throws(() => readAll(letters().concat(letters().map((row) => `${row}2`)), (held) => held.shift()), {
    code: 'ERR_VENDOR_CURSOR',
    retryable: true,
  })
})

test('an empty page is asked for again where there are rows by the count, and is the end where there are none', () => {
  const place: Place = { at: 3, last: 'c', restarts: 0 }
  const given = { rows: [], keyOf: (row: string) => row, what: 'the list' }
  assert.deepEqual(readOn(place, { ...given, start: 2, isMore: () => true }).next, place)
  assert.equal(readOn(listStart, { ...given, start: 0, isMore: () => false }).next, null)
  assert.deepEqual(readOn(place, { ...given, start: 2, isMore: () => false }).next, { ...listStart, restarts: 1 })
})
