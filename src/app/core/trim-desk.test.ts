import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant, entityId, type Edge, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { routes } from '#api/contract'

import { createRegistry } from '../registry.ts'
import { createTrimDesk } from './trim-desk.ts'

const nowMs = Date.UTC(2026, 2, 24)
const dayMs = 86_400_000
const at = (kind: 'identity' | 'resource', name: string): EntityId => entityId(kind, 'pg', name)
const edge = (src: EntityId, type: Edge['type'], dst: EntityId, n: number): Edge => ({
  edge: n,
  src,
  type,
  dst,
  validFrom: 1,
  validTo: null,
  observedAtMs: nowMs,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: n,
})
const users = Array.from({ length: 25 }, (_, n) => at('identity', `role/${n}`))
const [kept = users[0] ?? at('identity', 'none')] = users
const table = at('resource', 'rel/1')
const key = entityId('credential', 'aws', 'AKIAEXAMPLE000000001')
const robot = entityId('identity', '500000000001', 'AIDAEXAMPLE')
const fact = (entity: EntityId, attributes: EntityFact['attributes']): EntityFact => ({
  entity,
  observedAtMs: nowMs,
  attributes,
})

const desk = createTrimDesk({
  tenant: defaultTenant,
  clock: new ManualClock(nowMs),
  view: () =>
    Promise.resolve(
      createMemoryEstate({
        edges: [
          ...users.map((one, n) => edge(one, 'CAN_READ', table, n + 1)),
          edge(key, 'AUTHENTICATES_AS', robot, 100),
        ],
        facts: [
          ...users.map((one) => fact(one, { kind: 'human', name: one })),
          fact(key, { kind: 'key', tellsUse: true, createdAtMs: nowMs - 300 * dayMs, account: '500000000001' }),
          fact(robot, { kind: 'service' }),
        ],
      }),
    ),
  tells: () => new Map([['pg', { logged: ['read'], partly: {}, sinceMs: 0, gaps: [], late: null }]]),
  spared: () => new Set([kept]),
  late: () => ['`pg` has not delivered `log` for a while'],
  sources: { list: () => [{ id: 'cloud', connector: 'aws', authority: '500000000001' }] },
  registry: createRegistry(undefined, []),
})
const asked = { windowMs: 90 * dayMs, partly: 'false', max: 10 } as const

test('pages hold every proposal once, and counts are of all', async () => {
  const seen: string[] = []
  const first = await desk(asked)
  routes['access.trim'].response.parse(first)
  for (let page = first; page.proposals.length > 0; page = await desk({ ...asked, after: seen.at(-1) })) {
    assert.equal(page.total, 25)
    seen.push(...page.proposals.map(({ id }) => id))
  }
  assert.equal(new Set(seen).size, 25)
  assert.deepEqual(
    first.held.map(({ why, rights }) => [why, rights]),
    [['break-glass', 1]],
  )
  assert.deepEqual(
    first.heldRights.map(({ of }) => of),
    [kept],
  )
  assert.deepEqual(first.lacking, ['`pg` has not delivered `log` for a while'])
  assert.deepEqual((await desk({ ...asked, after: 'trm_none' })).proposals, [])
})

test('asked about one, only what concerns it is told; of a key, which action ends it', async () => {
  const of = await desk({ ...asked, of: users[3] })
  assert.deepEqual(
    of.proposals.map((one) => one.of),
    [users[3]],
  )
  const all = await desk({ ...asked, of: table })
  assert.equal(all.total, 24)
  const keys = await desk({ ...asked, of: key })
  assert.deepEqual(
    keys.proposals.map(({ verbs }) => verbs.map(({ source, verb }) => `${source} ${verb}`)),
    [['cloud aws.key.deactivate']],
  )
  await assert.rejects(desk({ ...asked, of: 'nobody' }), { code: 'ERR_ACCESS_UNKNOWN', place: 'of' })
})
