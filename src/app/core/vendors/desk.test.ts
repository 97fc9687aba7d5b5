import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, systemRandom } from '#kit'
import { defaultTenant, entityId, type Finding, type Incident, type TenantId } from '#model'
import { createMemoryEstate } from '#estate'
import { appendReceipt, receiptArgs } from '#ledger'
import { ledgerWriter } from '#ledger/writer'
import { respondWriter } from '#respond'
import { waitingFindings } from '#respond/findings'
import { findingsWriter } from '#respond/writer'
import { openLocalStore } from '#store'
import { vendorRule, type Bounds } from '#vendors'
import { vendorsWriter } from '#vendors/writer'
import type { ReceiptOf } from '#api'
import { routes } from '#api/contract'

import { keepReceipt, receiptsModule } from '../../../../test/simulation/respond-world.ts'
import { createVendorDesk } from './desk.ts'
import { createVendorWatch } from './watch.ts'

const startMs = Date.UTC(2026, 5, 1)
const other: TenantId = 't_other'
const idOf = (n: number): string => `vendor:google-project:${n}`

/** Apps of three projects that bear one name, and the desks of two companies over one store. */
function openDesks(bounds: Bounds = {}) {
  const clock = new ManualClock(startMs)
  const store = openLocalStore([
    ledgerWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
    vendorsWriter,
  ])
  const apps = [1, 2, 3].map((n) => entityId('app', 'C0lab', `${n}-x.apps.googleusercontent.com`))
  const estate = createMemoryEstate({
    edges: [],
    facts: apps.map((entity) => ({ entity, observedAtMs: startMs, attributes: { name: 'Notes' } })),
  })
  /** Whom every vendor reaches at most, and the findings that wait at each moment one was made. */
  const people = { most: 0 }
  const told: Finding[] = []
  const incidents: Incident[] = []
  const receiptOf =
    (tenant: TenantId): ReceiptOf =>
    (what, facts, sealed) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom))
  const deskOf = (tenant: TenantId) =>
    createVendorDesk({
      ...store,
      tenant,
      clock,
      view: () => Promise.resolve(estate),
      sources: () => [],
      posture: { now: () => Promise.resolve({ checks: [], findings: [], excepted: new Set() }) },
      registry: { find: () => undefined },
      responder: {
        list: () => incidents,
        open: () => assert.fail('nobody pauses anything here'),
        report: () => assert.fail('nobody pauses anything here'),
        undo: () => assert.fail('nobody pauses anything here'),
      },
      sight: () => ({ byAuthority: {}, late: ['`mail` has not delivered'] }),
      receipt: receiptOf(tenant),
    })
  const leaves = () =>
    store.reader
      .all<{ leaf: string }>(
        'SELECT CAST(entry AS TEXT) AS leaf FROM ledger_leaf WHERE tenant = ? ORDER BY idx',
        defaultTenant,
      )
      .map(({ leaf }) => leaf)
  const desk = deskOf(defaultTenant)
  const watch = createVendorWatch({
    ...store,
    tenant: defaultTenant,
    receipt: receiptOf(defaultTenant),
    clock,
    view: () => Promise.resolve(estate),
    sources: () => [],
    registry: { find: () => undefined },
    look: {
      now: async (isFirst) => {
        const seen = await desk.now(isFirst)
        const all = seen.all.map((one) => ({
          ...one,
          exposure: { ...one.exposure, people: { atLeast: 0, atMost: people.most } },
        }))
        return { ...seen, all }
      },
    },
    bounds,
    onFindings: () =>
      void told.push(...waitingFindings(store.reader, defaultTenant, 0, 100).map(({ finding }) => finding)),
  })
  return { clock, desk, elsewhere: deskOf(other), watch, leaves, people, told, incidents }
}

test('what a person says of a vendor stands from then on, is a leaf of the ledger, and is said of no other company', async () => {
  const { desk, elsewhere, leaves } = openDesks()
  await assert.rejects(desk.show({ vendor: 'notes', history: 'no' }), { code: 'ERR_VENDOR_AMBIGUOUS' })
  await assert.rejects(desk.show({ vendor: 'quill', history: 'no' }), { code: 'ERR_VENDOR_UNKNOWN' })
  await desk.name({ vendor: idOf(2), into: idOf(1) }, 'grace')
  const { vendor } = await desk.name({ vendor: idOf(2), name: 'Quill', owner: 'ada' }, 'grace')
  assert.equal(vendor, idOf(1), 'a word on one that was joined is on the whole')
  const shown = (await desk.show({ vendor: 'QUILL', history: 'no' })).vendor
  assert.deepEqual([shown.vendor, shown.joined, shown.owner, shown.apps.length], [idOf(1), [idOf(2)], 'ada', 2])
  const names = async (of: typeof desk) =>
    (await of.list({ state: 'others' })).vendors.map((row) => [row.vendor, row.name])
  assert.deepEqual(await names(desk), [
    [idOf(1), 'Quill'],
    [idOf(3), 'Notes'],
  ])
  assert.equal((await names(elsewhere)).length, 3)
  assert.deepEqual(
    leaves().map((leaf) => /vendor\.[a-z-]+/.exec(leaf)?.[0]),
    ['vendor.named', 'vendor.named'],
  )
  assert.doesNotMatch(leaves().join('\n'), /grace|Quill/, 'people and their words are sealed')
})

test('a vendor is joined into itself by no way round, and taken apart it stands as before', async () => {
  const { desk } = openDesks()
  await desk.name({ vendor: idOf(1), into: idOf(2) }, 'grace')
  await desk.name({ vendor: idOf(2), into: idOf(3) }, 'grace')
  assert.equal((await desk.list({ state: 'others' })).total, 1)
  await assert.rejects(desk.name({ vendor: idOf(3), into: idOf(1) }, 'grace'), { code: 'ERR_VENDOR_JOIN' })
  await desk.name({ vendor: idOf(1), into: null }, 'grace')
  assert.equal((await desk.list({ state: 'others' })).total, 2)
  await desk.name({ vendor: idOf(3), into: null }, 'grace')
  assert.equal((await desk.list({ state: 'others' })).total, 3)
  await assert.rejects(desk.name({ vendor: idOf(3), into: null }, 'grace'), { code: 'ERR_VENDOR_JOIN' })
})

test('every answer names the sources it lacked and has the shape that the contract states', async () => {
  const { desk } = openDesks()
  const listed = await desk.list({ state: 'all' })
  assert.deepEqual(listed.lacking, ['`mail` has not delivered'])
  routes['vendor.list'].response.parse(listed)
  routes['vendor.show'].response.parse(await desk.show({ vendor: idOf(1), history: 'no' }))
})

const dayMs = 86_400_000
const report = {
  vendor: idOf(1),
  kind: 'soc2',
  digest: 'ab'.repeat(32),
  says: 'type 2, no exception',
  issuer: 'their auditor',
  validUntilMs: startMs + 60 * dayMs,
} as const

test('a claim is fresh, then ends soon, then has run out by itself, and the history says when and why', async () => {
  const { clock, desk, elsewhere, watch, leaves } = openDesks()
  await watch.run()
  const { number } = await desk.claim(report, 'grace')
  const stateOf = async () =>
    (await desk.claims({ vendor: idOf(1), state: 'standing' })).claims.map(({ state }) => state)
  const history = async () =>
    (await desk.show({ vendor: idOf(1), history: 'yes' })).history?.map(({ because }) => because)
  assert.deepEqual(await stateOf(), ['fresh'])
  await watch.run()
  await watch.run()
  assert.deepEqual(await history(), [['0 to 1 claim that holds'], ['first seen']])
  await clock.advance(31 * dayMs)
  assert.deepEqual(await stateOf(), ['ends-soon'])
  await clock.advance(29 * dayMs)
  assert.deepEqual(await stateOf(), ['lapsed'])
  await watch.run()
  assert.deepEqual((await history())?.[0], ['new reason lapsed', '1 to 0 claims that hold'])
  routes['vendor.show'].response.parse(await desk.show({ vendor: idOf(1), history: 'yes' }))
  routes['vendor.claims'].response.parse(await desk.claims({ state: 'all' }))
  await desk.withdraw(number, 'grace')
  await assert.rejects(desk.withdraw(number, 'grace'), { code: 'ERR_VENDOR_UNKNOWN' })
  assert.deepEqual([await stateOf(), (await desk.claims({ state: 'all' })).claims.length], [[], 1])
  assert.deepEqual((await elsewhere.claims({ state: 'all' })).claims, [])
  assert.deepEqual(
    leaves().map((leaf) => /vendor\.[a-z-]+/.exec(leaf)?.[0]),
    ['vendor.noted', 'vendor.claimed', 'vendor.noted', 'vendor.noted', 'vendor.claim-withdrawn'],
  )
  assert.doesNotMatch(leaves().join('\n'), /grace|exception|auditor/)
})

test('a claim that has run out, or would never, is refused; joined vendors share what they showed', async () => {
  const { desk } = openDesks()
  for (const validUntilMs of [startMs, startMs + 6 * 366 * dayMs])
    await assert.rejects(desk.claim({ ...report, validUntilMs }, 'grace'), { code: 'ERR_VENDOR_CLAIM' })
  await desk.claim(report, 'grace')
  await desk.name({ vendor: idOf(1), into: idOf(2) }, 'grace')
  assert.equal((await desk.show({ vendor: idOf(2), history: 'no' })).vendor.claims.length, 1)
})

test('a vendor that rises past the bound is one finding for each time it does, and offers the pause of it', async () => {
  const { clock, watch, people, told } = openDesks({ people: 100 })
  const day = async (most: number): Promise<number> => {
    people.most = most
    await clock.advance(dayMs)
    const before = told.length
    await watch.run()
    return new Set(told.slice(before).map(({ id }) => id)).size
  }
  assert.deepEqual([await day(100), await day(101), await day(500), await day(90)], [0, 3, 0, 0])
  const [first] = told
  assert.deepEqual([first?.rule, first?.trigger.kind], [vendorRule, 'pause'])
  assert.match(first?.title ?? '', /0 to 101 people/)
  assert.equal(await day(200), 6, 'the three before still wait')
})

test('a pause counts from when somebody asked for it, and neither it nor any other plan is a breach', async () => {
  const { desk, incidents } = openDesks()
  const shown = async () => {
    const row = (await desk.list({ state: 'others' })).vendors.find(({ vendor }) => vendor === idOf(1))
    return [row?.paused.length, row?.incidents]
  }
  const thing = {
    target: entityId('app', 'C0lab', '1-x.apps.googleusercontent.com'),
    mending: 'disable',
    does: 'x',
    owner: null,
  } as const
  const pause: Incident = {
    id: 'inc_aaaaaaaaaaaaaaaa',
    tenant: defaultTenant,
    title: 'pause',
    severity: 'medium',
    urgency: 'working-hours',
    state: 'open',
    trigger: {
      kind: 'pause',
      vendor: entityId('vendor', 'google-project', '1'),
      class: null,
      things: [thing],
      forGood: false,
    },
    window: { fromMs: startMs, toMs: null },
    trust: { origin: 'person', sources: [], confinedTo: null },
    findings: [],
    openedAtMs: startMs,
    plan: null,
  }
  incidents.push(pause)
  assert.deepEqual(await shown(), [0, 0], 'a finding offers it, and nobody has asked')
  incidents[0] = { ...pause, state: 'containing' }
  assert.deepEqual(await shown(), [1, 0])
  incidents[0] = { ...pause, state: 'closed' }
  assert.deepEqual(await shown(), [0, 0])
  incidents.push({ ...pause, id: 'inc_bbbbbbbbbbbbbbbb', trigger: { kind: 'app', app: thing.target } })
  assert.deepEqual(await shown(), [0, 1], 'somebody says that their app went bad')
})
