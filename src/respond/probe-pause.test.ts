import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'

import type { Probed } from '#respond/contract'
import { probePauseMs, type Progress } from './probe-pause.ts'

const clock = new ManualClock(1_000_000)
const alive = { verdict: 'alive', says: 'open' } as const
const asked = (source: string, nextMs = clock.monotonicMs()): Progress => ({
  sinceMs: 0,
  refusals: 0,
  rounds: 0,
  asks: { source, nextMs },
})
const pauseOf = (
  all: Progress[],
  probed: Probed = alive,
  probe: { everyMs?: number; soonestMs?: number } = {},
): number =>
  probePauseMs({ probe: { everyMs: 15_000, withinMs: 60_000, run: () => Promise.resolve(alive), ...probe } }, probed, {
    source: 'a',
    all,
    clock,
  })
const times = (n: number, one: () => Progress): Progress[] => Array.from({ length: n }, one)

test('an action alone is asked about every second; many of one source share that, up to what each says', () => {
  assert.equal(pauseOf([asked('a')]), 1_000)
  assert.equal(pauseOf(times(4, () => asked('a'))), 4_000)
  assert.equal(pauseOf(times(400, () => asked('a'))), 15_000)
  assert.equal(pauseOf([asked('a')], alive, { everyMs: 250 }), 250)
  assert.equal(pauseOf([asked('a')], alive, { soonestMs: 2_000 }), 2_000)
})

test('who shares is who is being proven at the same source, by this process', () => {
  const others = [asked('b'), { sinceMs: 0, refusals: 0, rounds: 3 }, asked('a', clock.monotonicMs() - 60_000)]
  assert.equal(pauseOf([asked('a'), ...others]), 1_000)
})

test('a refusal is soon confirmed, however many share', () => {
  const dead: Probed = { verdict: 'dead', proof: { kind: 'probed', says: 'refused', where: ['a'] } }
  assert.equal(
    pauseOf(
      times(400, () => asked('a')),
      dead,
    ),
    500,
  )
  assert.equal(pauseOf([asked('a')], dead, { everyMs: 50 }), 50)
})

test('nobody is asked before the answer can be another, and then at once', () => {
  const same = (ms: number): Probed => ({ verdict: 'unknown', says: 'not yet', sameUntilMs: clock.nowMs() + ms })
  assert.equal(pauseOf([asked('a')], same(7_000)), 7_020)
  assert.equal(pauseOf([asked('a')], same(300_000)), 15_000, 'core hears of it in between')
  assert.equal(pauseOf([asked('a')], same(0)), 1_000)
})

test('the moment that an answer names is not slept through, and one that is over changes nothing', () => {
  const until = (ms: number): Probed => ({ ...alive, expiresAtMs: clock.nowMs() + ms })
  assert.equal(pauseOf([asked('a')], until(300)), 320)
  assert.equal(pauseOf([asked('a')], until(60_000)), 1_000)
  assert.equal(pauseOf([asked('a')], until(-60_000)), 1_000)
})
