import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'

import { weekday } from '../act.ts'
import { Distinct, exactMax } from './distinct.ts'
import { cumulated, driftBefore } from './drift.ts'
import { Histogram } from './histogram.ts'
import { Pairs } from './pairs.ts'
import { decodeCount, encodeCount } from './rows.ts'

test('a count in 16 bits is exact up to 2,047, within a thousandth beyond, and keeps its order', () => {
  let before = -1
  for (let count = 0; count < 2_048; count++) assert.equal(decodeCount(encodeCount(count)), count)
  for (let count = 1; count < 4e12; count = Math.ceil(count * 1.37)) {
    const kept = decodeCount(encodeCount(count))
    assert.ok(kept <= count && kept > count * 0.999, `${count} became ${kept}`)
    assert.ok(encodeCount(count) > before)
    before = encodeCount(count)
  }
  assert.ok(encodeCount(Number.MAX_SAFE_INTEGER) <= 0xffff)
})

test('distinct ones are exact, then estimated within three standard errors, also of a union', () => {
  const random = seededRandom(11)
  for (const size of [1, exactMax, 2_000, 60_000]) {
    const [left, right, whole] = [new Distinct(), new Distinct(), new Set<number>()]
    for (let n = 0; n < size; n++) {
      const hash = seededInt(random, 2 ** 32)
      whole.add(hash)
      left.add(hash)
      left.add(hash)
      if (n % 2 === 0) right.add(hash)
    }
    right.addAll(left)
    for (const one of [left, right, Distinct.fromJson(left.toJson())]) {
      const off = Math.abs(one.size - whole.size) / whole.size
      assert.ok(size <= exactMax ? off === 0 : off < 3 * 0.033, `${one.size} of ${whole.size}`)
    }
  }
})

test('pairs are exact against a Map, through growth, sweeps and giving up the oldest', () => {
  const random = seededRandom(12)
  const [pairs, oracle] = [new Pairs({ pairsMax: 20_000 }), new Map<string, number>()]
  for (let n = 0; n < 40_000; n++) {
    const [owner, value] = [1 + seededInt(random, 300), 1 + seededInt(random, 60)]
    pairs.teach(owner, value, 1)
    oracle.set(`${owner} ${value}`, (oracle.get(`${owner} ${value}`) ?? 0) + 1)
  }
  pairs.sweep((owner) => owner % 2 === 0)
  for (const key of oracle.keys()) if (Number(key.split(' ')[0]) % 2 === 1) oracle.delete(key)
  assert.equal(pairs.size, oracle.size)
  for (const [owner, value, , count] of pairs.all()) assert.equal(count, oracle.get(`${owner} ${value}`))
  assert.equal(pairs.has(1, 1), false)

  const full = new Pairs({ pairsMax: 1_000 })
  for (let n = 1; n <= 1_001; n++) full.teach(n, 1, n)
  assert.deepEqual([full.has(1_001, 1), full.has(1, 1)], [true, false])
  assert.equal(full.size + full.evicted, 1_001)
})

test('what 99 of 100 days come to is within a bucket of the sorted days, and fades', () => {
  const random = seededRandom(13)
  const histogram = new Histogram()
  const days = Array.from({ length: 5_000 }, () => 1 + Math.floor(10 ** (random() * 4)))
  for (const one of days) histogram.add(one)
  const exact = days.toSorted((a, b) => a - b)[Math.ceil(days.length * 0.99) - 1] ?? 0
  const told = histogram.percentile(0.99)
  assert.ok(told >= exact * 0.99 && told <= exact * 1.1, `${told} for ${exact}`)
  histogram.fade(23)
  assert.ok(Math.abs(histogram.weight - 2_500) < 50)
  assert.equal(Histogram.fromJson(histogram.toJson()).percentile(0.99), told)
})

test("Page's sum is that of NIST's handbook (6.3.2.3), to its two places", () => {
  const values = [
    324.925, 324.675, 324.725, 324.35, 325.35, 325.225, 324.125, 324.525, 325.225, 324.6, 324.625, 325.15, 328.325,
    327.25, 327.825, 328.5, 326.675, 327.775, 326.875, 328.35,
  ]
  const handbook = [3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16, 19.04]
  let sum = 0
  const sums = values.map((value) => (sum = cumulated(sum, value - 325, 0.3175)))
  for (const [at, expected] of handbook.entries())
    assert.ok(Math.abs((sums[12 + at] ?? 0) - expected) < 0.0101, `${at}`)
  assert.equal(sums[11], 0)
})

test('usual is what lies before the newest two weeks, workdays and weekends apart; a day that is full alone is no drift', () => {
  /** Seventy days: a hundred on workdays, ten on weekends. */
  const days = Array.from({ length: 70 }, (_, n): [number, number] => [n, weekday(n) >= 5 ? 10 : 100])
  const after = (counts: readonly (readonly [day: number, count: number])[]) =>
    driftBefore([...days.filter(([day]) => !counts.some(([other]) => other === day)), ...counts], 70)
  assert.deepEqual([after([])?.sum, after([])?.base], [0, 56])
  assert.ok((after([[68, 5_000]])?.sum ?? 9) <= 3, 'one day')
  const drained = after([60, 61, 62, 63, 64, 67, 68].map((day) => [day, 250]))
  assert.ok((drained?.sum ?? 0) > 10, `${drained?.sum}`)
  assert.deepEqual(driftBefore(days.slice(-20), 70), undefined, 'too few days before')
})
