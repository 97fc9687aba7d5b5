import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededRandom } from '#kit'

import { foretell, goodToulmin } from './rate.ts'

test('what is foretold is the beta-binomial: against sums of the closed form and against drawing it', () => {
  // With one try that held, the prior makes Beta(1/2, 3/2): of one right 1/4 is expected, of none nothing.
  assert.ok(Math.abs(foretell({ proposed: 1, used: 0 }, 1, 1).expected - 0.25) < 1e-12)
  assert.deepEqual(foretell({ proposed: 1, used: 0 }, 1, 0), { expected: 0, most: 0 })
  // 0 of 300: the rule of three says a share of at most 1 in 100.
  const { most } = foretell({ proposed: 300, used: 0 }, 300, 300)
  assert.ok(most >= 1 && most <= 4, `${most}`)
  // Drawn: shares from Beta(5.5, 45.5) as ratios of gamma draws, then as many coins as there are rights.
  const unit = seededRandom(5)
  const exponential = (): number => -Math.log(1 - unit())
  const half = (): number => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())
  const gamma = (whole: number): number => {
    let sum = half() ** 2 / 2
    for (let n = 0; n < whole; n++) sum += exponential()
    return sum
  }
  const draws = Array.from({ length: 4_000 }, () => {
    const [a, b] = [gamma(5), gamma(45)]
    let wanted = 0
    for (let n = 0; n < 80; n++) if (unit() < a / (a + b)) wanted++
    return wanted
  }).sort((a, b) => a - b)
  const foretold = foretell({ proposed: 50, used: 5 }, 50, 80)
  const mean = draws.reduce((sum, one) => sum + one, 0) / draws.length
  assert.ok(Math.abs(mean - foretold.expected) < 0.3, `${mean} drawn, ${foretold.expected} foretold`)
  assert.ok(Math.abs((draws[3_800] ?? 0) - foretold.most) <= 1, `${draws[3_800]} drawn, ${foretold.most} foretold`)
})

test('the same rights tried more often weigh no more', () => {
  const [once, often] = [foretell({ proposed: 20, used: 1 }, 20, 100), foretell({ proposed: 120, used: 6 }, 20, 100)]
  assert.deepEqual(once, often)
  assert.ok(foretell({ proposed: 120, used: 6 }, 120, 100).most < often.most, 'more rights know more')
})

test('Good and Toulmin foretell what a stretch shows that the window did not: against drawing it', () => {
  assert.equal(goodToulmin([1, 1, 1, 2], 1), 2)
  const unit = seededRandom(9)
  let [foretold, drawn] = [0, 0]
  for (let run = 0; run < 200; run++) {
    const seen: number[] = []
    for (let thing = 0; thing < 200; thing++) {
      const share = unit() ** 6 * 0.3
      let days = 0
      for (let day = 0; day < 90; day++) if (unit() < share) days++
      seen.push(days)
      let later = 0
      for (let day = 0; day < 30; day++) if (unit() < share) later++
      if (days === 0 && later > 0) drawn++
    }
    foretold += goodToulmin(seen, 1 / 3)
  }
  assert.ok(drawn > 500 && Math.abs(foretold - drawn) < 0.1 * drawn, `${foretold} foretold, ${drawn} drawn`)
})
