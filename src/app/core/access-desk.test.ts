import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant, entityId, type Edge } from '#model'
import { createMemoryEstate } from '#estate'

import { createAccessDesk } from './access-desk.ts'

const nowMs = Date.UTC(2026, 2, 24)
const table = entityId('resource', 'pg', 'rel/1')
const readersTotal = 25
const edges = Array.from({ length: readersTotal }, (_, n): Edge => ({
  edge: n + 1,
  src: entityId('identity', 'pg', `role/${n}`),
  type: 'CAN_READ',
  dst: table,
  validFrom: 0,
  validTo: null,
  observedAtMs: nowMs,
  confidence: 'observed',
  conditional: n % 5 === 0,
  note: null,
  evidence: n + 1,
}))
const desk = createAccessDesk({
  tenant: defaultTenant,
  clock: new ManualClock(nowMs),
  view: () => Promise.resolve(createMemoryEstate({ edges })),
  sight: () => ({ byAuthority: { pg: { logged: ['read'], blind: [] } }, late: [] }),
  gaps: () => assert.fail('nobody asks for gaps here'),
  trim: () => assert.fail('nobody asks what nobody uses here'),
  trimStages: {
    trimStage: () => assert.fail('nobody takes anything here'),
    giveBack: () => assert.fail('nothing was taken here'),
  },
})
const asked = { of: table, usedMs: 1_000, max: 10 }

test('pages of one answer hold every reader once, and the totals are of all', async () => {
  const seen: string[] = []
  for (let page = await desk.readers(asked); page.readers.length > 0;) {
    assert.deepEqual([page.total, page.certain], [readersTotal, 20])
    seen.push(...page.readers.map(({ entity }) => entity))
    page = await desk.readers({ ...asked, after: page.readers.at(-1)?.entity })
  }
  assert.deepEqual([seen.length, new Set(seen).size], [readersTotal, readersTotal])
  const stranger = await desk.readers({ ...asked, after: entityId('identity', 'pg', 'role/404') })
  assert.deepEqual(stranger.readers, [], 'a cursor that is none begins nothing anew')
  const one = await desk.reach({ of: entityId('identity', 'pg', 'role/1'), max: 10 })
  assert.deepEqual(
    one.things.map(({ resource, may }) => [resource, may]),
    [[table, ['read']]],
  )
})

test('a time to come is refused', async () => {
  await assert.rejects(desk.readers({ ...asked, atMs: nowMs + 1 }), { code: 'ERR_ACCESS_TIME', place: 'atMs' })
  await assert.rejects(desk.reach({ of: table, atMs: nowMs + 1, max: 1 }), { code: 'ERR_ACCESS_TIME' })
})
