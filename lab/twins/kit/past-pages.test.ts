import assert from 'node:assert/strict'
import { test } from 'node:test'

import { numbered, numberedPage, pastId, rowsWithin, withPastByIds } from './past-pages.ts'
import { noPast, type Past } from './past.ts'

/** Ten spans of five milliseconds; span `n` has `n % 4` rows. */
const past: Past<string> = {
  fromMs: 100,
  spanMs: 5,
  spans: 10,
  rowsOf: (span) =>
    Array.from({ length: span % 4 }, (_, at) => {
      const atMs = 100 + span * 5 + at
      return { atMs, row: pastId(`${span} ${at}`, { fromMs: 100, spanMs: 5 }, atMs) }
    }),
}
const held = ['held-c', 'held-b', 'held-a']
const all = [...rowsWithin(past, { fromMs: 0, toMs: Infinity })].map(({ row }) => row)

test('rows between two times are those of the spans and no others', () => {
  assert.equal(all.length, 13)
  assert.equal(new Set(all).size, 13)
  const some = [...rowsWithin(past, { fromMs: 111, toMs: 136 })].map(({ atMs }) => atMs)
  assert.deepEqual(some, [111, 115, 116, 117, 125, 130, 131, 135, 136])
})

test('numbered pages in either order are slices of all there is, whatever their size', () => {
  const counted = numbered(past)
  for (const [fromMs, toMs] of [
    [0, Infinity],
    [111, 136],
    [300, 400],
  ] as const)
    for (const order of ['asc', 'desc'] as const)
      for (const max of [1, 3, 7, 50]) {
        const made = [...rowsWithin(past, { fromMs, toMs })].map(({ row }) => row)
        const expected = order === 'asc' ? [...made, ...held.toReversed()] : [...held, ...made.toReversed()]
        const pages = Array.from({ length: Math.ceil(expected.length / max) + 1 }, (_, page) =>
          numberedPage(counted, order === 'asc' ? held.toReversed() : held, {
            fromMs,
            toMs,
            order,
            skipped: page * max,
            max,
          }),
        )
        assert.deepEqual(
          pages.flatMap(({ rows }) => rows),
          expected,
          `${fromMs} ${order} ${max}`,
        )
        assert.ok(pages.every(({ total }) => total === expected.length))
      }
})

test('pages that go on behind an id of their last row lead through what is held and the past, and end', () => {
  const pageOfHeld = (cursor: string | null, max: number) => {
    const from = cursor === null ? 0 : held.indexOf(cursor) + 1
    const rows = held.slice(from, from + max)
    return { rows, next: from + rows.length < held.length ? (rows.at(-1) ?? null) : null }
  }
  for (const one of [past, noPast])
    for (const max of [1, 2, 3, 5, 100]) {
      const found: string[] = []
      let cursor: string | null = null
      for (let isMore = true; isMore;) {
        const ask = { fromMs: 0, toMs: Infinity, cursor, max }
        const page: { rows: string[]; next: string | null } = withPastByIds<string>(one, ask, (id) => id, pageOfHeld)
        found.push(...page.rows)
        cursor = page.rows.at(-1) ?? cursor
        isMore = page.next !== null
        assert.ok(found.length <= 16, 'it ends')
      }
      assert.deepEqual(found, one === past ? [...held, ...all.toReversed()] : held, `${max} a page`)
    }
})
