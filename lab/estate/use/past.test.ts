import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeCompany, storyMs } from '../company/company.ts'
import { dayMs } from '../company/model.ts'
import { makePast, type Actor } from './past.ts'
import { personActors } from './people.ts'

const company = makeCompany(1, 'small')
const actors = personActors(company, () => true, 0.5)
const pastOf = (seed: number, density: number) =>
  makePast({
    seed,
    place: 'test',
    fromMs: company.yearMs,
    untilMs: storyMs,
    density,
    actors,
    act: ({ person }, atMs, _, id) => ({ person, atMs, id }),
    fixed: [{ atMs: company.yearMs + 5 * dayMs, row: { person: 0, atMs: 0, id: 'fixed' } }],
  })
const whole = pastOf(1, 0.02)
const year = Array.from({ length: whole.spans }, (_, span) => whole.rowsOf(span)).flat()

test('a year is in order, the same each time it is made, and another by another seed', () => {
  assert.ok(year.length > 10_000, `${year.length} rows`)
  const spans = Array.from({ length: 200 }, (_, n) => n * 41)
  const someOf = (past: ReturnType<typeof pastOf>) => spans.flatMap((span) => past.rowsOf(span))
  const some = someOf(pastOf(1, 0.02))
  assert.ok(some.length > 200, `${some.length} rows`)
  assert.deepEqual(someOf(pastOf(1, 0.02)), some)
  assert.notDeepEqual(someOf(pastOf(2, 0.02)), some)
  assert.ok(year.every(({ atMs }, n) => n === 0 || atMs >= (year[n - 1]?.atMs ?? 0)))
  assert.equal(new Set(year.map(({ row }) => row.id)).size, year.length)
  assert.equal(year.filter(({ row }) => row.id === 'fixed').length, 1)
})

test('only who is there acts, at hours of their own, less at weekends and in December', () => {
  const acts = year.filter(({ row }) => row.id !== 'fixed')
  for (const { row } of acts) {
    const { startMs, endMs } = company.people[row.person] ?? { startMs: Infinity, endMs: 0 }
    assert.ok(row.atMs >= startMs && (endMs === null || row.atMs < endMs))
  }
  const shares = (is: (at: Date) => boolean): number =>
    acts.filter(({ atMs }) => is(new Date(atMs))).length / acts.length
  assert.ok(shares((at) => at.getUTCDay() % 6 === 0) < 0.1)
  assert.ok(shares((at) => at.getUTCMonth() === 11) < 0.8 * shares((at) => at.getUTCMonth() === 9))
  const atNight = acts.filter(({ row }) => company.people[row.person]?.shift === 'night')
  const actorOf = new Map(actors.map((actor) => [actor.person, actor]))
  const hourThere = ({ row, atMs }: (typeof acts)[number]): number => {
    const { offsetHours = 0 }: Partial<Actor> = actorOf.get(row.person) ?? {}
    return new Date(atMs + offsetHours * 3_600_000).getUTCHours()
  }
  assert.ok(atNight.length > 500)
  assert.ok(atNight.every((one) => hourThere(one) <= 11 || hourThere(one) >= 18))
})
