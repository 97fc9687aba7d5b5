import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { entityId, type EdgeStatement, type EdgeType, type EntityId } from '#model'
import { openLocalStore } from '#store'

import { applyProjection, estateWriter, openEstate, type EstateItem, type EstateView } from './index.ts'
import { forget } from './record/cache.ts'

/**
 * Which edges stood when, computed from the statements alone: every statement is a claim of its own, nothing is merged,
 * nothing is kept from step to step but the list. The estate must hold at least this for any order of arrival, and
 * exactly this when events come in the order of their time.
 */
const tenant = 't_default'
const types: EdgeType[] = ['AUTHENTICATES_AS', 'MEMBER_OF']
const nodes: EntityId[] = ['a', 'b', 'c'].map((name) => entityId('identity', 'lab', name))
const skewMs = { db: 0, idp: 1500 } as const
type SourceName = keyof typeof skewMs
type Heard = { source: SourceName; item: EstateItem }

type Claim = {
  source: SourceName
  key: string
  bits: string
  from: number
  to: number
  saidAtMs: number
  book: string | null
  takenAtMs: number
  offset: number
}

const keyOf = ({ src, type, dst }: EdgeStatement): string => `${src} ${type} ${dst}`
const bitsOf = ({ confidence, conditional = false }: EdgeStatement): string => `${confidence} ${conditional}`

function claimsOf(heard: readonly Heard[]): Claim[] {
  const claims: Claim[] = []
  const down = (ms: number): number => Math.max(0, Math.floor(ms / 1000))
  const up = (ms: number): number => Math.max(0, Math.ceil(ms / 1000))
  const end = (claim: Claim, atMs: number): void => {
    if (claim.saidAtMs <= atMs) claim.to = Math.min(claim.to, up(atMs + skewMs[claim.source]))
  }
  const closes: { source: SourceName; key: string; atMs: number }[] = []
  const parts = new Map<string, { parts: Set<number>; last: number | null }>()
  for (const { source, item } of heard) {
    const { snapshot } = item
    const book = snapshot === undefined ? null : `${item.stream} ${snapshot.scope ?? ''}`
    const eventAtMs = snapshot?.takenAtMs ?? item.eventAtMs ?? 0
    for (const statement of item.edges) {
      const key = keyOf(statement)
      if (statement.op === 'close') {
        for (const claim of claims) if (claim.source === source && claim.key === key) end(claim, statement.atMs)
        closes.push({ source, key, atMs: statement.atMs })
        continue
      }
      const [fromMs, toMs] =
        statement.op === 'span' ? [statement.fromMs, statement.toMs ?? Infinity] : [statement.atMs, Infinity]
      const claim: Claim = {
        source,
        key,
        bits: bitsOf(statement),
        from: down(fromMs - skewMs[source]),
        to: toMs === Infinity ? Infinity : up(toMs + skewMs[source]),
        saidAtMs: Math.max(fromMs, eventAtMs),
        book,
        takenAtMs: snapshot?.takenAtMs ?? 0,
        offset: item.offset,
      }
      // Heard late: a newer close is known already. Not so what a snapshot did not state: that speaks of its own alone.
      for (const close of closes) {
        if (close.source === source && close.key === key && claim.saidAtMs < close.atMs) end(claim, close.atMs)
      }
      claims.push(claim)
    }
    if (snapshot === undefined || book === null) continue
    const name = `${source} ${book} ${snapshot.id}`
    const state = parts.get(name) ?? { parts: new Set<number>(), last: null }
    state.parts.add(snapshot.part)
    if (snapshot.complete) state.last = snapshot.part
    parts.set(name, state)
    if (state.last === null || state.parts.size <= state.last) continue
    const mine = claims.filter((claim) => claim.source === source)
    for (const claim of mine) {
      if (claim.book !== book || claim.takenAtMs >= snapshot.takenAtMs) continue
      const same = mine.filter(({ key, bits, from }) => key === claim.key && bits === claim.bits && from <= claim.from)
      const isStatedElsewhere = same.some(
        (other) => other.book !== null && other.book !== book && other.to === Infinity,
      )
      if (!isStatedElsewhere) end(claim, snapshot.takenAtMs)
    }
  }
  return claims
}

const secondsMax = 40
const time = fc.integer({ min: 2, max: 30 }).map((second) => second * 1000 + 400)
const statement = fc
  .record({
    src: fc.constantFrom(...nodes.slice(0, 2)),
    dst: fc.constantFrom(...nodes.slice(1)),
    type: fc.constantFrom(...types),
    confidence: fc.constantFrom('observed' as const, 'observed' as const, 'inferred' as const),
    conditional: fc.boolean(),
    op: fc.constantFrom('open' as const, 'open' as const, 'close' as const, 'span' as const),
    atMs: time,
    forMs: fc.option(fc.integer({ min: 0, max: 8000 })),
  })
  .map(({ op, atMs, forMs, ...edge }): EdgeStatement =>
    op === 'span' ? { ...edge, op, fromMs: atMs, toMs: forMs === null ? null : atMs + forMs } : { ...edge, op, atMs },
  )
const happening = fc.record({
  source: fc.constantFrom('db' as const, 'idp' as const),
  atMs: time,
  edges: fc.array(statement, { maxLength: 3 }),
  snapshot: fc.option(
    fc.record({ stream: fc.constantFrom('roles', 'sessions'), scope: fc.constantFrom(undefined, 'x', 'y') }),
    { freq: 2 },
  ),
})
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

/** `isTimely`: every statement is made when it begins to hold, by the event that happens then. */
function heardOf(list: readonly Happening[], isTimely: boolean): Heard[] {
  return list.map(({ source, atMs, edges, snapshot }, index): Heard => {
    const now = isTimely ? (index + 1) * 1000 + 400 : atMs
    const timely = edges.map((edge): EdgeStatement => {
      if (!isTimely) return edge
      return edge.op === 'span'
        ? { ...edge, fromMs: now, toMs: edge.toMs && edge.toMs - edge.fromMs + now }
        : { ...edge, atMs: now }
    })
    return {
      source,
      item: {
        offset: index + 1,
        stream: snapshot?.stream ?? 'log',
        eventAtMs: now,
        arrivedAtMs: 100_000 + index,
        // A snapshot says what is there, never what ended.
        edges: snapshot === null ? timely : timely.filter(({ op }) => op !== 'close'),
        touches: [],
        facts: [],
        ...(snapshot === null
          ? {}
          : {
              snapshot: {
                id: `s${index}`,
                part: 0,
                complete: true,
                takenAtMs: now,
                ...(snapshot.scope === undefined ? {} : { scope: snapshot.scope }),
              },
            }),
      },
    }
  })
}

async function keep(heard: readonly Heard[], restartAt: number): Promise<{ view: EstateView; reopened: EstateView }> {
  const { writer, reader } = openLocalStore([estateWriter])
  const open = () => openEstate({ reader, tenant, snapshotPath: null })
  let estate = open()
  for (const [index, { source, item }] of heard.entries()) {
    if (index === restartAt) {
      forget()
      estate = open()
    }
    const command = applyProjection({
      tenant,
      source,
      skewMs: skewMs[source],
      projectionVersion: 1,
      through: item.offset,
      items: [item],
    })
    const [applied] = await writer.submit(command)
    estate.apply(applied)
  }
  return { view: estate.view(), reopened: open().view() }
}

/** Every (statement, second) that holds. */
const claimed = (claims: readonly Claim[]): Set<string> =>
  new Set(
    claims.flatMap(({ source, key, bits, from, to }) =>
      Array.from({ length: secondsMax }, (_, second) => second)
        .filter((second) => from <= second && second <= to)
        .map((second) => `${source} ${key} ${bits} ${second}`),
    ),
  )

async function held(view: EstateView, heard: readonly Heard[]): Promise<Set<string>> {
  const sourceAt = new Map(heard.map(({ source, item }) => [item.offset, source]))
  const found = new Set<string>()
  for (let second = 0; second < secondsMax; second++) {
    for (const edge of await view.edgesFrom(nodes, { types, at: second, withInferred: true })) {
      const { src, type, dst, confidence, conditional, evidence } = edge
      found.add(`${sourceAt.get(evidence)} ${src} ${type} ${dst} ${confidence} ${conditional} ${second}`)
    }
  }
  return found
}

test('whatever arrives in whatever order, nothing that was stated to stand is missing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 9 }), fc.nat(9), async (list, restartAt) => {
      const heard = heardOf(list, false)
      const { view, reopened } = await keep(heard, restartAt)
      const found = await held(view, heard)
      assert.deepEqual(
        [...claimed(claimsOf(heard))].filter((one) => !found.has(one)),
        [],
      )
      assert.deepEqual(await held(reopened, heard), found)
    }),
    { seed: 11, numRuns: 120 },
  )
})

test('events in the order of their time give exactly what they state', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 12 }), fc.nat(12), async (list, restartAt) => {
      const heard = heardOf(list, true)
      const { view } = await keep(heard, restartAt)
      assert.deepEqual([...(await held(view, heard))].sort(), [...claimed(claimsOf(heard))].sort())
    }),
    { seed: 12, numRuns: 120 },
  )
})

test('every edge rests on an event that states it, and its end on one that ends it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 9 }), async (list) => {
      const heard = heardOf(list, false)
      const { view } = await keep(heard, -1)
      for (const edge of await view.edgesFrom(nodes, { types, window: { from: 0, to: 100 }, withInferred: true })) {
        const { item } = heard[edge.evidence - 1] ?? {}
        const isIt = (one: EdgeStatement): boolean => keyOf(one) === `${edge.src} ${edge.type} ${edge.dst}`
        assert.ok(item?.edges.some((one) => isIt(one) && one.op !== 'close' && one.confidence === edge.confidence))
        if (edge.endHeardAtMs === undefined) continue
        const ender = heard[edge.endHeardAtMs - 100_000]?.item
        assert.ok(ender?.snapshot !== undefined || ender?.edges.some((one) => isIt(one) && one.op === 'close'))
      }
    }),
    { seed: 13, numRuns: 100 },
  )
})

const edge = {
  src: nodes[0] ?? 'identity:lab:a',
  dst: nodes[1] ?? 'identity:lab:b',
  type: 'MEMBER_OF',
  confidence: 'observed',
} as const
const itemAt = (offset: number, edges: EdgeStatement[], fields: Partial<EstateItem> = {}): Heard => ({
  source: 'db',
  item: { offset, stream: 'log', eventAtMs: null, arrivedAtMs: 1, edges, touches: [], facts: [], ...fields },
})
const rolesAt = (takenAtMs: number): Partial<EstateItem> => ({
  stream: 'roles',
  snapshot: { id: `s${takenAtMs}`, part: 0, complete: true, takenAtMs },
})

test('a snapshot ends what it left out, not what the log says late of the same pair', async () => {
  const { view } = await keep(
    [
      itemAt(1, [{ ...edge, op: 'open', atMs: 10_000 }], rolesAt(10_000)),
      itemAt(2, [], rolesAt(20_000)),
      itemAt(3, [{ ...edge, conditional: true, op: 'open', atMs: 15_000 }]),
    ],
    -1,
  )
  const found = await view.edgesFrom(nodes, { types, window: { from: 0, to: 100 } })
  assert.deepEqual(
    found.map(({ validFrom, validTo }) => [validFrom, validTo]),
    [
      [10, 20],
      [15, null],
    ],
  )
})

test('a time beyond what the graph can hold is its last second, and never wraps round into the past', async () => {
  const far = 2 ** 32 * 1000 + 5000
  const { view } = await keep(
    [
      itemAt(1, [{ ...edge, op: 'close', atMs: far }]),
      itemAt(2, [{ ...edge, op: 'open', atMs: 10_000 }]),
      itemAt(3, [{ ...edge, type: 'AUTHENTICATES_AS', op: 'span', fromMs: 10_000, toMs: far }]),
      itemAt(4, [{ ...edge, type: 'AUTHENTICATES_AS', conditional: true, op: 'open', atMs: 10_000 }]),
      itemAt(5, [{ ...edge, type: 'AUTHENTICATES_AS', op: 'close', atMs: far }]),
    ],
    -1,
  )
  const found = await view.edgesFrom(nodes, { types, at: 3_000_000_000 })
  assert.equal(found.length, 3)
  for (const { validTo } of found) assert.ok(validTo !== null && validTo > 4_000_000_000)
})
