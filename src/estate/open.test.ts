import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import {
  edgeTypeNames,
  entityId,
  type Edge,
  type EdgeStatement,
  type EdgeType,
  type EntityId,
  type Touch,
} from '#model'
import { openLocalStore, type Reader } from '#store'

import { graphFileVersion } from './graph/index.ts'
import {
  applyProjection,
  createMemoryEstate,
  estateWriter,
  openEstate,
  resetProjection,
  type EdgeQuery,
  type EstateItem,
  type EstateView,
} from './index.ts'

const tenant = 't_default'
const folder = mkdtempSync(join(tmpdir(), 'cordon-estate-'))
after(() => rmSync(folder, { recursive: true }))

const entities: EntityId[] = [
  ...Array.from({ length: 6 }, (_, i) => entityId('credential', 'lab', `key/${i}`)),
  ...Array.from({ length: 4 }, (_, i) => entityId('identity', 'lab', `user/${i}`)),
  ...Array.from({ length: 4 }, (_, i) => entityId('resource', 'lab', `table/${i}`)),
]
const types: EdgeType[] = ['STORES', 'AUTHENTICATES_AS', 'CAN_READ', 'SAME_AS', 'MEMBER_OF']

function generator(seed: number) {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => {
    const found = list[seededInt(random, list.length)]
    assert.ok(found !== undefined)
    return found
  }
  const second = (): number => seededInt(random, 60)
  const statement = (): EdgeStatement => {
    const edge = {
      src: pick(entities),
      type: pick(types),
      dst: pick(entities),
      confidence: random() < 0.15 ? ('inferred' as const) : ('observed' as const),
      conditional: random() < 0.15,
    }
    const kind = random()
    if (kind < 0.25) return { ...edge, op: 'close', atMs: second() * 1000 }
    if (kind < 0.5) return { ...edge, op: 'span', fromMs: second() * 1000, toMs: second() * 1000 + 20_000 }
    return { ...edge, op: 'open', atMs: second() * 1000 }
  }
  const touch = (): Touch => ({
    identity: random() < 0.7 ? pick(entities) : null,
    credential: random() < 0.7 ? pick(entities) : null,
    resource: pick(entities),
    verb: pick(['read', 'write', 'login'] as const),
    atMs: second() * 1000,
    records: random() < 0.5 ? seededInt(random, 100) : null,
    origin: null,
  })
  let offset = 0
  const item = (): EstateItem => ({
    offset: ++offset,
    stream: 'log',
    eventAtMs: null,
    arrivedAtMs: offset * 500,
    edges: Array.from({ length: seededInt(random, 4) }, statement),
    touches: random() < 0.4 ? [touch()] : [],
    facts:
      random() < 0.5
        ? [
            {
              entity: pick(entities),
              observedAtMs: second(),
              attributes: { [pick(['name', 'kind'])]: seededInt(random, 3) },
            },
          ]
        : [],
    ...(random() < 0.3 ? { people: [peopleOf()] } : {}),
  })
  const peopleOf = () => ({
    resource: pick(entities),
    complete: random() < 0.3,
    persons: Array.from({ length: seededInt(random, 5) }, () => {
      const number = seededInt(random, 12)
      return {
        person: entityId('person', 'lab', `${number}`),
        customer: number % 3 === 0 ? null : entityId('customer', 'cordon', `lab-${number % 3}`),
      }
    }),
  })
  const query = (): EdgeQuery => ({
    types: types.slice(seededInt(random, types.length - 1)),
    ...(random() < 0.3 ? { at: second() } : {}),
    ...(random() < 0.3 ? { window: { from: second(), to: second() + 20 } } : {}),
    withInferred: random() < 0.3,
    unconditionalOnly: random() < 0.3,
  })
  return { random, pick, item, query, second }
}

type EdgeRow = {
  edge: number
  src: EntityId
  type: number
  dst: EntityId
  valid_from: number
  valid_to: number | null
  ended: number | null
  ended_heard: number | null
  observed_at_ms: number
  confidence: number
  conditional: number
  note: string | null
  evidence: number
}

/** The oracle: the same rows, read plainly, walked naively. */
function plainly(reader: Reader, items: readonly EstateItem[]): EstateView {
  const rows = reader.all<EdgeRow>(
    `SELECT e.edge AS edge, s.entity AS src, type, d.entity AS dst, valid_from, e.valid_to AS valid_to,
       c.valid_to AS ended, c.observed_at_ms AS ended_heard, e.observed_at_ms AS observed_at_ms, confidence, conditional, note, e.evidence AS evidence
     FROM estate_edge e JOIN estate_node s ON s.number = e.src JOIN estate_node d ON d.number = e.dst
     LEFT JOIN estate_close c ON c.edge = e.edge ORDER BY e.edge`,
  )
  const edges = rows.map((row): Edge => ({
    edge: row.edge,
    src: row.src,
    type: edgeTypeNames[row.type] ?? 'STORES',
    dst: row.dst,
    validFrom: row.valid_from,
    validTo: row.ended ?? row.valid_to,
    observedAtMs: row.observed_at_ms,
    confidence: row.confidence === 2 ? 'inferred' : 'observed',
    conditional: row.conditional === 1,
    note: row.note,
    evidence: row.evidence,
    ...(row.ended_heard === null ? {} : { endHeardAtMs: row.ended_heard }),
  }))
  const heardAtMs = items.at(-1)?.arrivedAtMs ?? 0
  const clock: Edge = {
    edge: 0,
    src: 'host:lab:clock',
    type: 'CONTAINS',
    dst: 'host:lab:clock',
    validFrom: 0,
    validTo: 0,
    observedAtMs: heardAtMs,
    confidence: 'observed',
    conditional: false,
    note: null,
    evidence: 0,
  }
  return createMemoryEstate({
    edges: [...edges, clock],
    facts: items.flatMap((item) => item.facts),
    touches: items.flatMap((item) => item.touches.map((touch) => ({ ...touch, offset: item.offset }))),
    people: currentPeople(items),
    asOf: items.at(-1)?.offset ?? 0,
  })
}

function currentPeople(items: readonly EstateItem[]) {
  const sets = new Map<EntityId, Map<EntityId, EntityId | null>>()
  for (const { resource, complete, persons } of items.flatMap((item) => item.people ?? [])) {
    const set = complete
      ? new Map<EntityId, EntityId | null>()
      : (sets.get(resource) ?? new Map<EntityId, EntityId | null>())
    for (const { person, customer } of persons) set.set(person, customer)
    sets.set(resource, set)
  }
  return [...sets].map(([resource, set]) => ({
    resource,
    persons: [...set].map(([person, customer]) => ({ person, customer })),
  }))
}

/** By their text, written once for each. */
const sorted = <T>(list: readonly T[]): T[] =>
  list
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item)

async function compareViews(real: EstateView, oracle: EstateView, dice: ReturnType<typeof generator>): Promise<void> {
  const { pick, query, second } = dice
  for (let round = 0; round < 12; round++) {
    const q = query()
    const [a, b] = [pick(entities), pick(entities)]
    assert.deepEqual(sorted(await real.edgesFrom([a, b], q)), sorted(await oracle.edgesFrom([a, b], q)))
    assert.deepEqual(sorted(await real.edgesTo([a, b], q)), sorted(await oracle.edgesTo([a, b], q)))
    assert.deepEqual(sorted(await real.reach([a, b], q)), sorted(await oracle.reach([a, b], q)))
    assert.deepEqual(sorted(await real.whoCanReach([a, b], q)), sorted(await oracle.whoCanReach([a, b], q)))
    assert.equal((await real.explain(a, b, q))?.length, (await oracle.explain(a, b, q))?.length)
    const [fromMs, toMs] = [second() * 1000, second() * 1000 + 20_000]
    const asks = [
      { identities: [a], credentials: [b] },
      { resources: [a, b] },
      { credentials: [a], resources: [b] },
      {},
    ]
    const touchQuery = { ...pick(asks), fromMs, toMs, verbs: pick([['read'], ['read', 'write', 'login']] as const) }
    assert.deepEqual(sorted(await real.touches(touchQuery)), sorted(await oracle.touches(touchQuery)))
    const where = pick([{}, { name: 1 }, { name: 2, kind: 0 }])
    const kind = pick(['credential', 'identity', 'resource'] as const)
    assert.deepEqual(sorted(await real.find(kind, where)), sorted(await oracle.find(kind, where)))
  }
  assert.deepEqual(
    sorted([...(await real.facts(entities))].map(([id, facts]) => [id, sorted(Object.entries(facts))])),
    sorted([...(await oracle.facts(entities))].map(([id, facts]) => [id, sorted(Object.entries(facts))])),
  )
  assert.equal(real.asOf, oracle.asOf)
}

/** People by customer: numbers differ between estates, memberships must not. */
async function peopleShape(view: EstateView): Promise<unknown> {
  const found = await view.people(entities)
  const shape = []
  for (const [resource, numbers] of found) {
    assert.deepEqual(numbers, numbers.toSorted())
    const customers = [...(await view.customersOf(numbers))].map(([customer, of]) => [customer, of.length])
    shape.push([resource, numbers.length, sorted(customers)])
  }
  return sorted(shape)
}

test('the stored estate answers as the plain one: followed live, compacted, reopened from file and from the log', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const dice = generator(seed)
    const { writer, reader } = openLocalStore([estateWriter])
    const snapshotPath = join(folder, `graph-${seed}`)
    const estate = openEstate({ reader, tenant, snapshotPath })
    const items: EstateItem[] = []
    for (let batch = 0; batch < 6; batch++) {
      const fresh = Array.from({ length: 8 }, dice.item)
      items.push(...fresh)
      const through = fresh.at(-1)?.offset ?? 0
      const [applied] = await writer.submit(
        applyProjection({ tenant, source: 'lab', skewMs: 0, projectionVersion: 1, through, items: fresh }),
      )
      estate.apply(applied)
      if (batch % 2 === 1) await estate.compact()
      if (batch === 3) await estate.saveSnapshot()
    }
    const oracle = plainly(reader, items)
    await compareViews(estate.view(), oracle, dice)
    const fromFile = openEstate({ reader, tenant, snapshotPath })
    assert.equal(fromFile.stats.loadedFrom, 'file')
    await compareViews(fromFile.view(), oracle, dice)
    const fromLog = openEstate({ reader, tenant, snapshotPath: null })
    assert.equal(fromLog.stats.loadedFrom, 'log')
    await compareViews(fromLog.view(), oracle, dice)
    assert.deepEqual(await peopleShape(estate.view()), await peopleShape(oracle))
  }
})

test('touches in sorted runs and after them are found as by looking at each', async () => {
  const random = seededRandom(11)
  const { writer, reader } = openLocalStore([estateWriter])
  const among = (name: string, count: number) => () =>
    entityId('resource', 'lab', `${name}/${seededInt(random, count)}`)
  const [actor, key, table] = [among('user', 40), among('key', 60), among('table', 300)]
  const all: (Touch & { offset: number })[] = []
  for (let offset = 1; offset <= 25; offset++) {
    const touches = Array.from({ length: 800 }, (): Touch => ({
      identity: random() < 0.8 ? actor() : null,
      credential: random() < 0.8 ? key() : null,
      resource: table(),
      verb: 'read',
      atMs: offset * 1000 + seededInt(random, 5000),
      records: null,
      origin: null,
    }))
    all.push(...touches.map((touch) => ({ ...touch, offset })))
    const items = [{ offset, stream: 'log', eventAtMs: null, arrivedAtMs: 0, edges: [], facts: [], touches }]
    const source = offset % 2 === 0 ? 'exact' : 'vague'
    const skewMs = offset % 2 === 0 ? 0 : 700
    await writer.submit(applyProjection({ tenant, source, skewMs, projectionVersion: 1, through: offset, items }))
  }
  assert.ok((reader.get<{ n: number }>('SELECT count(*) AS n FROM estate_touch_run')?.n ?? 0) >= 2)
  const view = openEstate({ reader, tenant, snapshotPath: null }).view()
  for (let round = 0; round < 12; round++) {
    const fromMs = seededInt(random, 25_000)
    const [who, by, of] = [actor(), key(), [table(), table()]]
    const query = { fromMs, toMs: fromMs + 4000 }
    const matches: [object, (touch: Touch) => boolean][] = [
      [{ identities: [who], credentials: [by] }, (touch) => touch.identity === who || touch.credential === by],
      [{ resources: of }, (touch) => of.includes(touch.resource)],
      [{ identities: [who], resources: of }, (touch) => touch.identity === who && of.includes(touch.resource)],
      [{}, () => true],
    ]
    for (const [ask, matchesAsk] of matches) {
      const expected = all.filter((touch) => {
        const skew = touch.offset % 2 === 0 ? 0 : 700
        return matchesAsk(touch) && touch.atMs + skew >= query.fromMs && touch.atMs - skew <= query.toMs
      })
      assert.deepEqual(sorted(await view.touches({ ...query, ...ask })), sorted(expected))
    }
  }
})

test('a view keeps its answers while the estate goes on', async () => {
  const dice = generator(99)
  const { writer, reader } = openLocalStore([estateWriter])
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  const submit = async (count: number): Promise<void> => {
    const items = Array.from({ length: count }, dice.item)
    const through = items.at(-1)?.offset ?? 0
    const [applied] = await writer.submit(
      applyProjection({ tenant, source: 'lab', skewMs: 0, projectionVersion: 1, through, items }),
    )
    estate.apply(applied)
  }
  await submit(30)
  const view = estate.view()
  const ask = async (): Promise<unknown> => {
    const query = { types, withInferred: true }
    return [
      await Promise.all(entities.map((entity) => view.reach([entity], query))),
      await Promise.all(entities.map((entity) => view.edgesFrom([entity], query))),
      await view.facts(entities),
      await view.touches({ fromMs: 0, toMs: 1e9 }),
    ]
  }
  const before = await ask()
  await submit(40)
  assert.deepEqual(await ask(), before)
  await estate.compact()
  await submit(40)
  assert.deepEqual(await ask(), before)
  assert.notEqual(estate.view().asOf, view.asOf)
})

async function savedEstate(name: string) {
  const dice = generator(5)
  const { writer, reader } = openLocalStore([estateWriter])
  const snapshotPath = join(folder, name)
  const estate = openEstate({ reader, tenant, snapshotPath })
  const items = Array.from({ length: 20 }, dice.item)
  const args = { tenant, source: 'lab', skewMs: 0, projectionVersion: 1, through: 20, items } as const
  const [applied] = await writer.submit(applyProjection(args))
  estate.apply(applied)
  await estate.compact()
  await estate.saveSnapshot()
  const query = { types }
  const expected = await Promise.all(entities.map((entity) => estate.view().reach([entity], query)))
  const warnings: string[] = []
  const reopen = () => openEstate({ reader, tenant, snapshotPath, diagnose: (_level, what) => warnings.push(what) })
  const check = async (loadedFrom: 'file' | 'log', because: RegExp | null): Promise<void> => {
    const again = reopen()
    assert.equal(again.stats.loadedFrom, loadedFrom)
    if (because === null) assert.equal(again.stats.because, null)
    else assert.match(again.stats.because ?? '', because)
    assert.equal(warnings.length, because === null ? 0 : 1)
    assert.deepEqual(await Promise.all(entities.map((entity) => again.view().reach([entity], query))), expected)
  }
  return { snapshotPath, writer, reader, check, args }
}

test('a graph file of which any byte was changed is refused by name, and the graph rebuilt', async () => {
  const { snapshotPath, check } = await savedEstate('flipped')
  await check('file', null)
  const whole = readFileSync(snapshotPath)
  const random = seededRandom(3)
  let accepted = 0
  for (const at of [
    0,
    13,
    17,
    30,
    ...Array.from({ length: 25 }, () => 4096 + seededInt(random, whole.length - 4096)),
  ]) {
    const broken = Buffer.from(whole)
    broken[at] = (broken[at] ?? 0) ^ 0x40
    writeFileSync(snapshotPath, broken)
    const { reader } = await savedEstate('other')
    const again = openEstate({ reader, tenant, snapshotPath })
    // The few bytes that pad the arrays carry nothing.
    if (again.stats.loadedFrom === 'file') accepted++
    else assert.match(again.stats.because ?? '', /flipped` (cannot be used|was written by an? (newer|older))/)
  }
  assert.ok(accepted <= 2)
  writeFileSync(snapshotPath, whole.subarray(0, whole.length - 8))
  await check('log', /its length is not what its head says/)
})

for (const [age, version] of [
  ['newer', graphFileVersion + 1],
  ['older', graphFileVersion - 1],
] as const) {
  test(`a graph file of a format ${age} than ours is refused by name, and the graph rebuilt`, async () => {
    const { snapshotPath, check } = await savedEstate(age)
    const whole = readFileSync(snapshotPath)
    whole.writeUInt32LE(version, 8)
    writeFileSync(snapshotPath, whole)
    await check('log', new RegExp(`written by an? ${age} Cordon \\(format ${version}\\)`))
  })
}

test('a graph file of another history, or from before a reset, is refused', async () => {
  const { snapshotPath, check, writer, args } = await savedEstate('foreign')
  const other = openLocalStore([estateWriter])
  const later = args.items.map((item) => ({ ...item, arrivedAtMs: item.arrivedAtMs + 1 }))
  await other.writer.submit(applyProjection({ ...args, items: later }))
  const restored = openEstate({ reader: other.reader, tenant, snapshotPath })
  assert.match(restored.stats.because ?? '', /another history/)
  await check('file', null)
  await writer.submit(resetProjection({ tenant, source: 'lab' }))
  await writer.submit(applyProjection(args))
  await check('log', /reset since/)
})
