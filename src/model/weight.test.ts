import assert from 'node:assert/strict'
import { test } from 'node:test'

import { shownWeight, unjudged, weightMax, weightMin, weightOf } from './index.ts'

/** Mean of what is left of a density that is 2 of 4 beforehand, by summing over it: no formula of a posterior. */
function meanBySums(trues: number, falses: number): number {
  const parts = 2_000
  let [all, weighed] = [0, 0]
  for (let n = 0; n < parts; n++) {
    const share = (n + 0.5) / parts
    const density = share * (1 - share) * share ** trues * (1 - share) ** falses
    all += density
    weighed += density * share
  }
  return weighed / all
}

test('a weight is the mean after the verdicts over the one before them, within its bounds', () => {
  let [low, high, between] = [0, 0, 0]
  for (let trues = 0; trues <= 30; trues++) {
    for (let falses = 0; falses <= 30; falses++) {
      const ratio = meanBySums(trues, falses) / meanBySums(0, 0)
      const { value } = weightOf({ trues, judged: trues + falses })
      assert.ok(Math.abs(value - Math.min(1.5, Math.max(0.25, ratio))) < 1e-6, `${trues} and ${falses}`)
      if (value === weightMin) low++
      else if (value === weightMax) high++
      else between++
    }
  }
  assert.ok(low > 0 && high > 0 && between > 0)
})

test('however many verdicts say so, nothing weighs nothing', () => {
  assert.equal(weightOf({ trues: 0, judged: 1_000_000 }).value, 0.25)
  assert.equal(weightOf({ trues: 1_000_000, judged: 1_000_000 }).value, 1.5)
  assert.equal(unjudged.value, 1)
})

test('it is shown with what it comes from', () => {
  assert.equal(shownWeight(weightOf({ trues: 2, judged: 9 })), 'weight 0.62: 2 of 9 were true')
  assert.equal(shownWeight(unjudged), 'weight 1: not judged')
})
