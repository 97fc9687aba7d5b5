import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { entityId, type EntityId } from '#model'

import { rankByProtection, type Protects } from './rank.ts'

const who = (n: number): EntityId => entityId('identity', 'pg', `role/${n}`)
type Change = { change: number; protects: Protects }

function drawn(random: () => number, total: number): Change[] {
  return Array.from({ length: total }, (_, change) => ({
    change,
    protects: new Map(
      Array.from({ length: 1 + seededInt(random, 3) }, () => [
        who(seededInt(random, 4)),
        new Set(Array.from({ length: seededInt(random, 8) }, () => seededInt(random, 12))),
      ]),
    ),
  }))
}
const pairsOf = (changes: readonly Change[]): Set<string> =>
  new Set(
    changes.flatMap(({ protects }) => [...protects].flatMap(([one, people]) => [...people].map((p) => `${one} ${p}`))),
  )

/** The plain greedy algorithm: looks at every change each time. */
function plainly(changes: readonly Change[]): { change: number; newly: number }[] {
  const taken: Change[] = []
  for (;;) {
    const before = pairsOf(taken).size
    const gains = changes
      .filter((one) => !taken.includes(one))
      .map((one) => ({ one, newly: pairsOf([...taken, one]).size - before }))
    const best = gains.reduce((a, b) => (b.newly > a.newly ? b : a), { one: undefined, newly: 0 } as {
      one: Change | undefined
      newly: number
    })
    if (best.one === undefined) return taken.map((one, n) => ({ change: one.change, newly: newlyOf(taken, n) }))
    taken.push(best.one)
  }
}
const newlyOf = (taken: readonly Change[], n: number): number =>
  pairsOf(taken.slice(0, n + 1)).size - pairsOf(taken.slice(0, n)).size

/** The most that so many changes could protect, by trying all choices. */
function bestOf(changes: readonly Change[], most: number): number {
  let best = 0
  for (let bits = 0; bits < 2 ** changes.length; bits++) {
    const some = changes.filter((_, n) => (bits & (1 << n)) !== 0)
    if (some.length <= most) best = Math.max(best, pairsOf(some).size)
  }
  return best
}

test('changes come as the plain greedy algorithm takes them, and near the best choice there is', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 60; round++) {
    const changes = drawn(random, 7)
    const ranked = rankByProtection(changes, 100)
    assert.deepEqual(
      ranked.map(({ change, newly }) => ({ change, newly })),
      plainly(changes),
    )
    const sum = rankByProtection(changes, 3).reduce((all, { newly }) => all + newly, 0)
    assert.ok(sum >= (1 - 1 / Math.E) * bestOf(changes, 3))
  }
})

test('what an earlier change protects is not counted again, and what protects nothing more is left out', () => {
  const [ada, bo] = [who(1), who(2)]
  const changes: Change[] = [
    { change: 1, protects: new Map([[ada, new Set([1, 2, 3])]]) },
    {
      change: 2,
      protects: new Map([
        [ada, new Set([2, 3, 4])],
        [bo, new Set([1])],
      ]),
    },
    { change: 3, protects: new Map([[ada, new Set([1, 4])]]) },
  ]
  assert.deepEqual(rankByProtection(changes, 9), [
    { change: 2, newly: 4, peopleSoFar: 4 },
    { change: 1, newly: 1, peopleSoFar: 4 },
  ])
  assert.equal(rankByProtection(changes, 1).length, 1)
})
