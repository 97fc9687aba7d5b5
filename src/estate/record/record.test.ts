import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { entityId, type EdgeStatement } from '#model'
import { command, handler, openLocalStore, type Reader } from '#store'

import { nodesMax } from '../graph/index.ts'
import { forget } from './cache.ts'
import { applyProjection, estateWriter, projectionState, resetProjection, type EstateItem } from './index.ts'

const tenant = 't_default'
const role = entityId('identity', 'db', 'role/1')
const group = entityId('identity', 'db', 'role/2')
const table = entityId('resource', 'db', 'rel/1')
const membership = { src: role, type: 'MEMBER_OF', dst: group, confidence: 'observed' } as const
const grant = { src: group, type: 'CAN_READ', dst: table, confidence: 'observed' } as const

const opened = (at: number, edge: typeof membership | typeof grant = membership): EdgeStatement => ({
  ...edge,
  op: 'open',
  atMs: at * 1000,
})
const closed = (at: number, edge: typeof membership | typeof grant = membership): EdgeStatement => ({
  ...edge,
  op: 'close',
  atMs: at * 1000,
})

function story() {
  const { writer, reader } = openLocalStore([estateWriter])
  let offset = 0
  const item = (edges: EdgeStatement[], fields: Partial<EstateItem> = {}): EstateItem => ({
    offset: ++offset,
    stream: 'log',
    eventAtMs: null,
    arrivedAtMs: 5_000_000,
    edges,
    touches: [],
    facts: [],
    ...fields,
  })
  return {
    writer,
    reader,
    item,
    apply: (items: EstateItem[], fields: { source?: string; skewMs?: number; projectionVersion?: number } = {}) =>
      writer.submit(
        applyProjection({ tenant, source: 'pg', skewMs: 0, projectionVersion: 1, through: offset, items, ...fields }),
      ),
    part: (edges: EdgeStatement[], id: string, part: number, complete: boolean, takenAt: number, stream = 'roles') =>
      item(edges, { stream, snapshot: { id, part, complete, takenAtMs: takenAt * 1000 } }),
  }
}

/** [from, to] of every edge of a kind, in order. */
const spans = (reader: Reader, type = 2): [number, number | null][] =>
  reader
    .all<{ valid_from: number; valid_to: number | null; ended: number | null }>(
      `SELECT valid_from, e.valid_to AS valid_to, c.valid_to AS ended FROM estate_edge e
       LEFT JOIN estate_close c ON c.tenant = e.tenant AND c.edge = e.edge WHERE type = ? ORDER BY e.edge`,
      type,
    )
    .map(({ valid_from, valid_to, ended }) => [valid_from, ended ?? valid_to])

test('every store has a nonce of its own, by which what W keeps in memory is told apart', () => {
  const nonces = Array.from({ length: 3 }, () => {
    const { reader, close } = openLocalStore([estateWriter])
    const found = reader.all<{ nonce: string }>('SELECT nonce FROM estate_store')
    close()
    assert.equal(found.length, 1)
    return found[0]?.nonce
  })
  assert.equal(new Set(nonces).size, 3)
})

test('an open already open is no new edge, and a close ends it', async () => {
  const { apply, item, reader } = story()
  await apply([item([opened(100)]), item([opened(150)]), item([closed(200)]), item([opened(300)])])
  assert.deepEqual(spans(reader), [
    [100, 200],
    [300, null],
  ])
})

test('times are widened by the clock skew and rounded outwards', async () => {
  const { apply, item, reader } = story()
  await apply(
    [item([{ ...membership, op: 'open', atMs: 100_500 }]), item([{ ...membership, op: 'close', atMs: 200_500 }])],
    {
      skewMs: 2000,
    },
  )
  assert.deepEqual(spans(reader), [[98, 203]])
})

test('an earlier beginning learnt later is added', async () => {
  const { apply, item, reader } = story()
  await apply([item([opened(200)]), item([opened(50)]), item([closed(300)])])
  assert.deepEqual(spans(reader), [
    [200, 300],
    [50, 300],
  ])
})

test('an open that arrives after its close does not stand for ever', async () => {
  const { apply, item, reader } = story()
  await apply([item([closed(200)]), item([opened(100)])])
  assert.deepEqual(spans(reader), [[100, 200]])
})

test('a late close does not end what was stated after it', async () => {
  const { apply, item, reader } = story()
  await apply([item([opened(100)]), item([opened(300)]), item([closed(200)])])
  assert.deepEqual(spans(reader), [[100, null]])
})

test('a span restated is kept once, and a longer one adds to it', async () => {
  const { apply, item, reader } = story()
  const span = (to: number | null): EdgeStatement => ({
    ...membership,
    op: 'span',
    fromMs: 100_000,
    toMs: to && to * 1000,
  })
  await apply([item([span(200)]), item([span(200)]), item([span(150)]), item([span(400)]), item([closed(300)])])
  assert.deepEqual(spans(reader), [
    [100, 200],
    [100, 300],
  ])
})

test('one source cannot end what another states', async () => {
  const { apply, item, reader } = story()
  await apply([item([opened(100)])])
  await apply([item([closed(200)])], { source: 'forger' })
  assert.deepEqual(spans(reader), [[100, null]])
})

test('inferred and observed are edges apart; a close ends both', async () => {
  const { apply, item, reader } = story()
  const guessed: EdgeStatement = { ...membership, confidence: 'inferred', op: 'open', atMs: 100_000 }
  await apply([item([guessed]), item([opened(120)])])
  assert.equal(spans(reader).length, 2)
  await apply([item([closed(200)])])
  assert.deepEqual(spans(reader), [
    [100, 200],
    [120, 200],
  ])
})

test('a complete snapshot ends what it no longer states; an incomplete one ends nothing', async () => {
  const { apply, part, reader } = story()
  await apply([part([opened(100)], 's1', 0, false, 100), part([opened(100, grant)], 's1', 1, true, 100)])
  await apply([part([opened(100)], 's2', 0, false, 200)])
  assert.deepEqual(spans(reader, 4), [[100, null]])
  await apply([part([], 's3', 1, true, 300)])
  assert.deepEqual(spans(reader, 4), [[100, null]], 'part 0 has not come')
  await apply([part([opened(100)], 's3', 0, false, 300)])
  assert.deepEqual(spans(reader, 4), [[100, 300]])
  assert.deepEqual(spans(reader), [[100, null]])
})

test('an older snapshot that comes late ends nothing newer ones stated', async () => {
  const { apply, part, reader } = story()
  await apply([part([opened(50)], 's2', 0, true, 200)])
  await apply([part([], 's1', 0, true, 100)])
  assert.deepEqual(spans(reader), [[50, null]])
  await apply([part([], 's3', 0, true, 300)])
  assert.deepEqual(spans(reader), [[50, 300]])
})

test('what another stream or a later event still states outlives a snapshot', async () => {
  const { apply, part, item, reader } = story()
  await apply([
    part([opened(100), opened(100, grant)], 's1', 0, true, 100),
    part([opened(100)], 'g1', 0, true, 100, 'grants'),
    item([opened(250, grant)]),
    part([], 's2', 0, true, 200),
  ])
  assert.deepEqual(spans(reader), [[100, null]])
  assert.deepEqual(spans(reader, 4), [[100, null]])
  await apply([part([], 'g2', 0, true, 300, 'grants'), part([], 's3', 0, true, 300)])
  assert.deepEqual(spans(reader), [[100, 300]])
})

test('in whatever order events arrive, nothing that stood is missing', async () => {
  const second = fc.integer({ min: 1, max: 30 })
  const happenings = fc.uniqueArray(fc.record({ at: second, isOpen: fc.boolean() }), {
    maxLength: 8,
    selector: ({ at }) => at,
  })
  await fc.assert(
    fc.asyncProperty(happenings, fc.infiniteStream(fc.nat(100)), async (list, dice) => {
      const inOrder = list.toSorted((a, b) => a.at - b.at)
      const shuffled = list.map((one) => ({ one, key: dice.next().value })).sort((a, b) => a.key - b.key)
      const play = async (order: typeof list) => {
        const { apply, item, reader } = story()
        for (const { at, isOpen } of order) {
          await apply([item([isOpen ? opened(at) : closed(at)], { eventAtMs: at * 1000 })])
        }
        const known = spans(reader)
        return Array.from({ length: 32 }, (_, at) => known.some(([from, to]) => from <= at && at <= (to ?? Infinity)))
      }
      const [expected, found] = [await play(inOrder), await play(shuffled.map(({ one }) => one))]
      for (const [at, stood] of expected.entries()) assert.ok(!stood || found[at], `second ${at}`)
      let isOpen = false
      for (let at = 0; at < 32; at++) {
        const now = inOrder.find((one) => one.at === at)
        if (now?.isOpen === true) isOpen = true
        assert.equal(expected[at], isOpen, `in order, second ${at}`)
        if (now?.isOpen === false) isOpen = false
      }
    }),
    { seed: 7, numRuns: 150 },
  )
})

const dump = (reader: Reader): unknown =>
  ['state', 'source', 'node', 'edge', 'close', 'current', 'shut', 'fact', 'touch', 'people', 'person'].map((name) =>
    reader.all(`SELECT * FROM estate_${name}`),
  )

test('replaying offsets changes nothing', async () => {
  const { apply, item, part, reader } = story()
  const items = [
    item([opened(100)], { facts: [{ entity: role, observedAtMs: 1, attributes: { name: 'robot' } }] }),
    part([opened(90, grant)], 's1', 0, true, 100),
    item([closed(200)], {
      touches: [{ identity: role, credential: null, resource: table, verb: 'read', atMs: 5, records: 3, origin: null }],
    }),
  ]
  await apply(items)
  const before = dump(reader)
  const [again] = await apply(items)
  assert.deepEqual(dump(reader), before)
  assert.equal(again.appended.length + again.closed.length, 0)
})

test('a part that fails takes the cursor back with it', async () => {
  const { apply, item, reader } = story()
  await apply([item([opened(100)])])
  const before = dump(reader)
  const broken = {
    ...item([opened(1)]),
    facts: [{ entity: role, observedAtMs: Number.NaN, attributes: { name: 'x' } }],
  }
  await assert.rejects(apply([item([opened(100, grant)]), broken]))
  assert.deepEqual(dump(reader), before)
})

test('another version of the projection is refused until the source is reset, and then states itself anew', async () => {
  const { apply, item, reader, writer } = story()
  const first = item([opened(100)])
  await apply([first])
  await apply([item([opened(100, grant)])], { source: 'other' })
  await assert.rejects(apply([item([opened(100)])], { projectionVersion: 2 }), /projected by version 1, not 2/)
  const [{ generation }] = await writer.submit(resetProjection({ tenant, source: 'pg' }))
  assert.equal(generation, 2)
  assert.deepEqual(projectionState(reader, tenant).sources.get('pg'), { version: null, through: 0, unmapped: 0 })
  assert.equal(projectionState(reader, tenant).through, 2)
  assert.deepEqual([spans(reader), spans(reader, 4)], [[], [[100, null]]])
  await apply([{ ...first, edges: [opened(110)] }], { projectionVersion: 2 })
  assert.deepEqual(spans(reader), [[110, null]])
  assert.ok(
    reader.all<{ edge: number }>('SELECT edge FROM estate_edge').every(({ edge }) => edge > 1),
    'numbers are not reused',
  )
})

test('what W keeps in memory never shows: cold, warm, after refusals, resets and beside another store', async () => {
  const places = Array.from({ length: 2 }, (_, i) => entityId('identity', 'lab', `${i}`))
  const step = fc.record({
    store: fc.nat(1),
    commands: fc.array(
      fc.record({
        does: fc.constantFrom('apply', 'apply', 'apply', 'refuse', 'reset'),
        source: fc.constantFrom('a', 'b'),
        edges: fc.array(
          fc.record({
            src: fc.constantFrom(...places),
            dst: fc.constantFrom(...places),
            op: fc.constantFrom('open' as const, 'open' as const, 'close' as const),
            atMs: fc.integer({ min: 0, max: 20_000 }),
          }),
          { maxLength: 4 },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  const play = async (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], isCold: boolean) => {
    const stores = [story(), story()]
    for (const { store, commands } of steps) {
      const { writer, item } = stores[store] ?? story()
      const made = commands.map(({ does, source, edges }) => {
        if (does === 'reset') return resetProjection({ tenant, source })
        const one = item(
          edges.map((edge) => ({ ...edge, type: 'MEMBER_OF' as const, confidence: 'observed' as const })),
        )
        const broken = [{ entity: role, observedAtMs: Number.NaN, attributes: { name: 'x' } }]
        const items = [does === 'refuse' ? { ...one, facts: broken } : one]
        return applyProjection({ tenant, source, skewMs: 0, projectionVersion: 1, through: one.offset, items })
      })
      if (isCold) await coldly(writer.submit(...made))
      else await writer.submit(...made).catch(() => undefined)
    }
    return stores.map(({ reader }) => dump(reader))
  }
  const coldly = async (work: Promise<unknown>): Promise<void> => {
    await work.catch(() => undefined)
    forget()
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const single = steps.map(({ store, commands }) => ({ store, commands }))
      assert.deepEqual(await play(single, false), await play(single, true))
    }),
    { seed: 5, numRuns: 60 },
  )
})

test('commands submitted together see one another', async () => {
  const { writer, item, reader } = story()
  const command = (edges: EdgeStatement[]) => {
    const one = item(edges)
    return applyProjection({ tenant, source: 'pg', skewMs: 0, projectionVersion: 1, through: one.offset, items: [one] })
  }
  await writer.submit(command([opened(100)]))
  await writer.submit(command([closed(200)]), command([opened(300)]))
  assert.deepEqual(spans(reader), [
    [100, 200],
    [300, null],
  ])
  await writer.submit(command([opened(100, grant)]), resetProjection({ tenant, source: 'pg' }))
  await writer.submit(command([opened(400, grant)]))
  assert.deepEqual([spans(reader), spans(reader, 4)], [[], [[400, null]]])
})

test('two tenants share nothing', async () => {
  const { reader, writer, item } = story()
  const args = { source: 'pg', skewMs: 0, projectionVersion: 1, through: 1, items: [item([opened(100)])] }
  await writer.submit(applyProjection({ tenant: 't_a', ...args }), applyProjection({ tenant: 't_b', ...args }))
  const tables = reader.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'estate_%'`,
  )
  for (const { name } of tables) {
    const rows = reader.all<{ tenant: string }>(`SELECT * FROM ${name}`)
    const strip = (tenantId: string) =>
      rows.filter((row) => row.tenant === tenantId).map(({ tenant: _tenant, ...rest }) => rest)
    assert.deepEqual(strip('t_a'), strip('t_b'))
  }
})

test('when all numbers are dealt out what is known is still stated, and what is new is refused by name', async () => {
  const deal = command<number, null>('estate-test.deal')
  const { writer, reader } = openLocalStore([
    estateWriter,
    {
      name: 'estate-test',
      migrations: [],
      handlers: [
        handler(deal, (tx, next) => {
          tx.run('UPDATE estate_state SET next_node = ?', next)
          return null
        }),
      ],
    },
  ])
  const apply = (offset: number, edge: EdgeStatement) =>
    writer.submit(
      applyProjection({
        tenant,
        source: 'pg',
        skewMs: 0,
        projectionVersion: 1,
        through: offset,
        items: [
          { offset, stream: 'log', eventAtMs: null, arrivedAtMs: 5_000_000, edges: [edge], touches: [], facts: [] },
        ],
      }),
    )
  await apply(1, opened(100))
  await writer.submit(deal(nodesMax))
  await assert.rejects(apply(2, opened(100, grant)), { code: 'ERR_ESTATE_FULL' })
  await apply(2, closed(200))
  assert.deepEqual(spans(reader), [[100, 200]])
})
