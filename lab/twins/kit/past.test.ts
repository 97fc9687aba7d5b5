import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from 'cordon/kit'

import {
  noPast,
  pageOfPast,
  readPlace,
  remembering,
  writePlace,
  type Past,
  type PastAsk,
  type PastPage,
  type Place,
} from './past.ts'

const spanMs = 100
const spans = 40
const all = Array.from({ length: spans }, (_, span) => {
  const random = seededRandom(span)
  return Array.from({ length: seededInt(random, 6) }, () => span * spanMs + seededInt(random, spanMs))
    .sort((a, b) => a - b)
    .map((atMs, n) => ({ atMs: 1_000 + atMs, row: `${span}/${n}` }))
})
const past: Past<string> = { fromMs: 1_000, spanMs, spans, rowsOf: (span) => all[span] ?? [] }

/** Page by page, through the text of a cursor, to the end. */
function walk(ask: Omit<PastAsk<string>, 'after'>): string[] {
  const found: string[] = []
  let after: Place | null = null
  for (let pages = 0; pages < 10_000; pages++) {
    const page: PastPage<string> = pageOfPast(past, { ...ask, after })
    assert.ok(page.rows.length <= ask.max)
    found.push(...page.rows.map(({ row }) => row))
    if (page.next === null) return found
    after = readPlace(writePlace(page.next)) ?? null
  }
  throw new Error('no end')
}

test('every page size, bound, order and filter yields what a sorted list would', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(seed)
    const fromMs = 900 + seededInt(random, 4_500)
    const toMs = fromMs + seededInt(random, 3_000)
    const order = random() < 0.5 ? 'asc' : 'desc'
    const keep = random() < 0.5 ? undefined : (row: string): boolean => row.endsWith('1')
    const wanted = all.flat().filter(({ atMs, row }) => atMs >= fromMs && atMs <= toMs && keep?.(row) !== false)
    const rows = wanted.map(({ row }) => row)
    const ask = { order, fromMs, toMs, max: 1 + seededInt(random, 9), ...(keep === undefined ? {} : { keep }) } as const
    assert.deepEqual(walk(ask), order === 'asc' ? rows : rows.toReversed(), `seed ${seed}`)
  }
})

test('no past has no rows, and spans made last are not made again', () => {
  assert.deepEqual(pageOfPast(noPast, { order: 'asc', fromMs: 0, toMs: 9, after: null, max: 5 }), {
    rows: [],
    next: null,
  })
  let made = 0
  const counted = remembering({ ...past, rowsOf: (span) => (made++, past.rowsOf(span)) }, 2)
  for (const span of [1, 2, 1, 2, 3, 1]) counted.rowsOf(span)
  assert.equal(made, 4)
})
