import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { entityId, type EntityId, type Normalized, type PeopleStatement } from '#model'
import { openLocalStore } from '#store'

import { applyProjection, estateWriter, openEstate, resetProjection } from './index.ts'

const tenant = 't_default'
const table = entityId('resource', 'lab', 'people')
const other = entityId('resource', 'lab', 'people/2')
const person = (name: string): EntityId => entityId('person', 'hr', name)
const customer = (name: string): EntityId => entityId('customer', 'cordon', name)
const of = (names: string, ...customers: string[]): PeopleStatement['persons'] =>
  names
    .split('')
    .flatMap((name): { person: EntityId; customer: EntityId | null }[] =>
      customers.length === 0
        ? [{ person: person(name), customer: null }]
        : customers.map((one) => ({ person: person(name), customer: customer(one) })),
    )

function story() {
  const { writer, reader } = openLocalStore([estateWriter])
  let offset = 0
  const say = async (
    people: PeopleStatement[],
    snapshot?: { id: string; part: number; complete: boolean; allPeople?: true },
    source = 'db',
  ): Promise<void> => {
    offset++
    const item = {
      offset,
      stream: 'people',
      eventAtMs: null,
      arrivedAtMs: 0,
      edges: [],
      touches: [],
      facts: [],
      people,
      ...(snapshot === undefined
        ? {}
        : { snapshot: { ...snapshot, takenAtMs: offset } satisfies Normalized['snapshot'] }),
    }
    await writer.submit(
      applyProjection({ tenant, source, skewMs: 0, projectionVersion: 1, through: offset, items: [item] }),
    )
  }
  const view = () => openEstate({ reader, tenant, snapshotPath: null }).view()
  const names = (numbers: Uint32Array | undefined): string =>
    [...(numbers ?? [])]
      .map((number) => reader.get<{ person: string }>('SELECT person FROM estate_person WHERE number = ?', number))
      .map((row) => row?.person.at(-1) ?? '')
      .sort()
      .join('')
  return {
    say,
    reset: () => writer.submit(resetProjection({ tenant, source: 'db' })),
    held: async (resource = table) => names((await view().people([resource])).get(resource)),
    customers: async (resource = table) => {
      const numbers = (await view().people([resource])).get(resource) ?? new Uint32Array()
      return Object.fromEntries(
        [...(await view().customersOf(numbers))].map(([id, who]) => [id.split(':')[2], names(who)]),
      )
    },
  }
}

test('a set that is whole replaces what was; one that is not adds to it', async () => {
  const { say, held } = story()
  await say([{ resource: table, complete: true, persons: of('abc') }])
  await say([{ resource: table, complete: false, persons: of('cd') }])
  assert.equal(await held(), 'abcd')
  await say([{ resource: table, complete: true, persons: of('bx') }])
  assert.equal(await held(), 'bx')
  await say([{ resource: table, complete: true, persons: [] }])
  assert.equal(await held(), '')
})

test('a set that comes in parts leaves nobody out before its last part is in', async () => {
  const { say, held } = story()
  await say([{ resource: table, complete: true, persons: of('abcd') }])
  await say([{ resource: table, complete: true, persons: of('ax') }], { id: 's', part: 0, complete: false })
  assert.equal(await held(), 'abcdx')
  await say([{ resource: table, complete: false, persons: of('y') }], { id: 's', part: 1, complete: false })
  await say([{ resource: table, complete: false, persons: of('z') }])
  assert.equal(await held(), 'abcdxyz', 'and what is said beside it counts as well')
  await say([{ resource: other, complete: true, persons: of('o') }], { id: 's', part: 2, complete: true })
  assert.equal(await held(), 'axyz')
  assert.equal(await held(other), 'o')
})

test('a snapshot of which a part is missing takes nobody away', async () => {
  const { say, held } = story()
  await say([{ resource: table, complete: true, persons: of('abc') }])
  await say([{ resource: table, complete: true, persons: of('x') }], { id: 's', part: 0, complete: false })
  await say([], { id: 's', part: 2, complete: true })
  assert.equal(await held(), 'abcx')
  await say([{ resource: table, complete: true, persons: of('q') }], { id: 't', part: 0, complete: false })
  await say([], { id: 't', part: 1, complete: true })
  assert.equal(await held(), 'q', 'the next whole one does')
})

test('a snapshot of all people, once whole, ends those of resources that it did not name, of its own source alone', async () => {
  const { say, held } = story()
  await say([{ resource: table, complete: true, persons: of('abc') }], { id: 'r', part: 0, complete: true })
  await say([{ resource: other, complete: true, persons: of('o') }])
  await say([{ resource: table, complete: true, persons: of('z') }], undefined, 'hr')
  await say([{ resource: other, complete: true, persons: of('pq') }], { id: 's', part: 0, complete: false })
  await say([], { id: 's', part: 1, complete: true })
  assert.equal(await held(), 'abcz', 'one that does not say so ends nobody')
  await say([{ resource: other, complete: true, persons: of('q') }], { id: 't', part: 0, complete: false })
  assert.equal(await held(), 'abcz', 'nor one that is not whole')
  await say([], { id: 't', part: 1, complete: true, allPeople: true })
  assert.deepEqual([await held(), await held(other)], ['z', 'q'])
  await say([], { id: 'u', part: 0, complete: true, allPeople: true })
  assert.deepEqual([await held(), await held(other)], ['z', ''])
})

test('somebody may belong to several customers, and each is told', async () => {
  const { say, customers } = story()
  await say([
    { resource: table, complete: true, persons: [...of('ab', 'aster', 'birch'), ...of('c', 'birch'), ...of('d')] },
  ])
  assert.deepEqual(await customers(), { aster: 'ab', birch: 'abc' })
  await say([{ resource: table, complete: true, persons: of('a', 'cedar') }])
  assert.deepEqual(await customers(), { aster: 'a', birch: 'a', cedar: 'a' })
})

test('a reset takes back what one source said, and nothing of another', async () => {
  const { say, held, customers, reset } = story()
  await say([{ resource: table, complete: true, persons: of('ab', 'aster') }])
  await say([{ resource: table, complete: true, persons: of('bc', 'birch') }], undefined, 'hr')
  await say([{ resource: table, complete: true, persons: of('x') }], { id: 's', part: 0, complete: false })
  await reset()
  assert.deepEqual([await held(), await customers()], ['bc', { birch: 'bc' }])
})

test('sets of any size and spread are kept whole, block by block', async () => {
  const part = fc.record({
    complete: fc.boolean(),
    numbers: fc.array(fc.integer({ min: 0, max: 140_000 }), { maxLength: 6 }),
  })
  const { writer, reader } = openLocalStore([estateWriter])
  // Everybody gets a number first, so that sets meet several blocks of them.
  const everyone = Array.from({ length: 140_001 }, (_, n) => ({ person: person(`${n}`), customer: null }))
  const apply = (offset: number, people: PeopleStatement[]) =>
    writer.submit(
      applyProjection({
        tenant,
        source: 'db',
        skewMs: 0,
        projectionVersion: 1,
        through: offset,
        items: [{ offset, stream: 'p', eventAtMs: null, arrivedAtMs: 0, edges: [], touches: [], facts: [], people }],
      }),
    )
  await apply(1, [{ resource: other, complete: true, persons: everyone }])
  const view = openEstate({ reader, tenant, snapshotPath: null }).view()
  assert.equal((await view.people([other])).get(other)?.length, everyone.length)
  let offset = 1
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
      let expected = new Set<number>()
      for (const [at, { complete, numbers }] of parts.entries()) {
        const isWhole = complete || at === 0
        if (isWhole) expected = new Set()
        for (const number of numbers) expected.add(number)
        const persons = numbers.map((number) => ({ person: person(`${number}`), customer: null }))
        await apply(++offset, [{ resource: table, complete: isWhole, persons }])
      }
      const found = (await view.people([table])).get(table) ?? new Uint32Array()
      assert.deepEqual(found, Uint32Array.from(expected, (number) => number + 1).sort())
    }),
    { seed: 4, numRuns: 60 },
  )
})
