import assert from 'node:assert/strict'
import { test } from 'node:test'

import { beliefOf, believePrefix, digestOf, refuseLoss } from './belief.ts'
import type { PersonRow } from './row.ts'

const nowMs = Date.UTC(2026, 2, 24, 12)
const dayMs = 86_400_000
const person = (n: number, more: Partial<PersonRow> = {}): PersonRow => ({
  key: `BW-${n}`,
  worker: 'contractor',
  customers: [],
  endAtMs: null,
  status: 'here',
  accounts: {},
  ...more,
})
const crowd = (count: number, more: (n: number) => Partial<PersonRow> = () => ({})): PersonRow[] =>
  Array.from({ length: count }, (_, n) => person(n, more(n)))

const cursorOf = (people: PersonRow[], atMs = nowMs): string => JSON.stringify(beliefOf(people, atMs))
const look = (people: PersonRow[], cursor: string | null, atMs = nowMs): void =>
  refuseLoss(people, { cursor, nowMs: atMs, dropPercentMax: 20 })
const held = { code: 'ERR_PEOPLE_HELD' }

test('a crowd that is gone from one export to the next is held, by rows, by dates or by other keys', () => {
  const before = cursorOf(crowd(3_000))
  look(crowd(2_700), before)
  assert.throws(() => look(crowd(1_500), before), held)
  assert.throws(
    () =>
      look(
        crowd(3_000, (n) => (n % 3 === 0 ? { endAtMs: nowMs - dayMs } : {})),
        before,
      ),
    held,
  )
  assert.throws(
    () =>
      look(
        crowd(3_000, (n) => (n % 3 === 0 ? { status: 'ended' } : {})),
        before,
      ),
    held,
  )
  assert.throws(
    () =>
      look(
        crowd(3_000, (n) => ({ key: `other-${n}` })),
        before,
      ),
    held,
    'as many, and nobody of before',
  )
})

test('an end that was announced is no surprise, and a few are everyday life', () => {
  const ending = crowd(3_000, (n) => (n % 2 === 0 ? { endAtMs: nowMs + dayMs } : {}))
  const before = cursorOf(ending)
  look(ending.slice(0, 2_990), before, nowMs + 2 * dayMs)
  assert.throws(() => look(ending.slice(1_500), before), held, 'but not before their time')
  look(crowd(2), cursorOf(crowd(12)))
  assert.throws(() => look(crowd(2), cursorOf(crowd(14))), held)
})

test('the very content that a person confirmed is believed, and no other', () => {
  const half = crowd(1_500)
  const cursor = `${believePrefix}${digestOf(half)}`
  look(half, cursor)
  assert.throws(() => look(crowd(1_499), cursor), held)
  look(crowd(5), null)
})
