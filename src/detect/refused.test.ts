import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId, type Exposure, type Refusal, type Trust } from '#model'

import { createDetectors, refusedRule } from './index.ts'

const at = (kind: 'identity' | 'resource', name: string): EntityId => entityId(kind, 'idp', name)
const [ada, bo, group, app] = [
  at('identity', 'ada'),
  at('identity', 'bo'),
  at('identity', 'group'),
  at('resource', 'app'),
]
const trust: Trust = { origin: 'vendor', sources: ['idp'], confinedTo: null }
const epochMs = 1_000_000_000
const none = { atLeast: 0, atMost: 0 }
const exposed = (over: Partial<NonNullable<Exposure['trimmed']>[number]> = {}): Exposure => ({
  trigger: { kind: 'trim', memberships: [], stage: { number: 1, waitMs: 0, most: 0 } },
  window: { fromMs: epochMs, toMs: null },
  asOf: 1,
  hosts: [],
  credentials: [],
  descendants: [],
  trimmed: [
    {
      right: 'trm_aaaaaaaa',
      member: ada,
      group,
      takes: at('resource', 'membership'),
      holders: [ada],
      opens: [app],
      epoch: epochMs / 1000,
      ...over,
    },
  ],
  impact: {
    couldReach: [],
    didTouch: [],
    didChange: [],
    unknown: [],
    people: { couldReach: none, didTouch: none, didChange: none, unknown: none },
    customers: [],
    blindSpots: [],
  },
})
let offset = 0
const event = (...refusals: Refusal[]) => ({
  ocsf: [],
  edges: [],
  touches: [],
  facts: [],
  refusals,
  offset: ++offset,
  source: 'idp',
  trust,
})
const refused = (identity: EntityId, resource: EntityId, atMs = epochMs + 60_000): Refusal => ({
  identity,
  resource,
  atMs,
})

test('who is refused at what a taken membership opened to them is told, once a minute, and opens nothing', () => {
  const detectors = createDetectors({ tenant: 't_default' })
  detectors.watch('inc_a', exposed())
  const [found, ...more] = detectors.observe(event(refused(ada, app)))
  assert.deepEqual(
    [found?.rule, found?.severity, found?.entities, more],
    [refusedRule, 'low', [ada, group, ada, app], []],
  )
  assert.deepEqual(detectors.observe(event(refused(ada, app))), [])
  assert.equal(detectors.observe(event(refused(ada, app, epochMs + 120_000))).length, 1)
  for (const other of [
    refused(bo, app, epochMs + 180_000),
    refused(ada, at('resource', 'elsewhere'), epochMs + 180_000),
    refused(ada, app, epochMs - 1),
  ])
    assert.deepEqual(detectors.observe(event(other)), [])
  assert.deepEqual(detectors.observe({ ...event(refused(ada, app, epochMs + 240_000)), backfill: true }), [])
  detectors.unwatch('inc_a')
  assert.deepEqual(detectors.observe(event(refused(ada, app, epochMs + 300_000))), [])
})

test('a refusal that came before the watch is told by it', () => {
  const detectors = createDetectors({ tenant: 't_default' })
  assert.deepEqual(detectors.observe(event(refused(ada, app))), [])
  assert.equal(detectors.watch('inc_a', exposed()).length, 1)
})

test('where people or things could not be listed, any refusal in that authority counts', () => {
  const detectors = createDetectors({ tenant: 't_default' })
  detectors.watch('inc_a', exposed({ holders: null, opens: null }))
  assert.equal(detectors.observe(event(refused(bo, at('resource', 'elsewhere')))).length, 1)
  assert.deepEqual(detectors.observe(event(refused(bo, entityId('resource', 'other', 'app')))), [])
})
