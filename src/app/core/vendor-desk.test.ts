import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, systemRandom } from '#kit'
import { defaultTenant, entityId, type TenantId } from '#model'
import { createMemoryEstate } from '#estate'
import { appendReceipt, receiptArgs } from '#ledger'
import { ledgerWriter } from '#ledger/writer'
import { respondWriter } from '#respond'
import { openLocalStore } from '#store'
import { vendorsWriter } from '#vendors/writer'
import { routes } from '#api/contract'

import { keepReceipt, receiptsModule } from '../../../test/simulation/respond-world.ts'
import { createVendorDesk } from './vendor-desk.ts'

const startMs = Date.UTC(2026, 5, 1)
const other: TenantId = 't_other'
const idOf = (n: number): string => `vendor:google-project:${n}`

/** Apps of three projects that bear one name, and the desks of two companies over one store. */
export function openDesks() {
  const clock = new ManualClock(startMs)
  const store = openLocalStore([ledgerWriter, receiptsModule, respondWriter({ receipts: keepReceipt }), vendorsWriter])
  const apps = [1, 2, 3].map((n) => entityId('app', 'C0lab', `${n}-x.apps.googleusercontent.com`))
  const estate = createMemoryEstate({
    edges: [],
    facts: apps.map((entity) => ({ entity, observedAtMs: startMs, attributes: { name: 'Notes' } })),
  })
  const deskOf = (tenant: TenantId) =>
    createVendorDesk({
      ...store,
      tenant,
      clock,
      view: () => Promise.resolve(estate),
      sources: () => [],
      posture: { now: () => Promise.resolve({ checks: [], findings: [], excepted: new Set() }) },
      responder: { list: () => [] },
      sight: () => ({ byAuthority: {}, late: ['`mail` has not delivered'] }),
      receipt: (what, facts, sealed) =>
        appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom)),
    })
  const leaves = () =>
    store.reader
      .all<{ leaf: string }>(
        'SELECT CAST(entry AS TEXT) AS leaf FROM ledger_leaf WHERE tenant = ? ORDER BY idx',
        defaultTenant,
      )
      .map(({ leaf }) => leaf)
  return { clock, desk: deskOf(defaultTenant), elsewhere: deskOf(other), leaves }
}

test('what a person says of a vendor stands from then on, is a leaf of the ledger, and is said of no other company', async () => {
  const { desk, elsewhere, leaves } = openDesks()
  await assert.rejects(desk.show({ vendor: 'notes' }), { code: 'ERR_VENDOR_AMBIGUOUS' })
  await assert.rejects(desk.show({ vendor: 'quill' }), { code: 'ERR_VENDOR_UNKNOWN' })
  await desk.name({ vendor: idOf(2), into: idOf(1) }, 'grace')
  const { vendor } = await desk.name({ vendor: idOf(2), name: 'Quill', owner: 'ada' }, 'grace')
  assert.equal(vendor, idOf(1), 'a word on one that was joined is on the whole')
  const shown = (await desk.show({ vendor: 'QUILL' })).vendor
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
  routes['vendor.show'].response.parse(await desk.show({ vendor: idOf(1) }))
})
