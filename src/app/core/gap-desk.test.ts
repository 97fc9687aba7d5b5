import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant, entityId, type Edge, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { routes } from '#api/contract'

import { renderGaps } from '../../cli/gaps.ts'
import { createRegistry } from '../registry.ts'
import { createGapDesk, toldOf, type GapParts } from './gap-desk.ts'

const nowMs = Date.UTC(2026, 2, 24)
const table = entityId('resource', 'pg', 'rel/1')
const users = Array.from({ length: 3 }, (_, n) => entityId('identity', 'pg', `role/${n}`))
const edge = (src: EntityId, type: Edge['type'], dst: EntityId, n: number): Edge => ({
  edge: n,
  src,
  type,
  dst,
  validFrom: 1,
  validTo: null,
  observedAtMs: 1,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: n,
})
const registry = createRegistry(undefined, [])
const source = (connector: string, lastSuccessAtMs: number | null) => ({
  id: 'cloud',
  connector,
  authority: '500000000001',
  streams: [{ name: 'inventory', lastSuccessAtMs }],
})
const parts = (more: Partial<GapParts> = {}): GapParts => ({
  tenant: defaultTenant,
  clock: new ManualClock(nowMs),
  view: () =>
    Promise.resolve(
      createMemoryEstate({
        edges: users.map((one, n) => edge(one, 'CAN_READ', table, n + 1)),
        facts: users.map((entity, n) => ({
          entity,
          observedAtMs: 1,
          attributes: { kind: 'human', name: `user ${n}`, mfa: false },
        })),
        people: [{ resource: table, persons: [{ person: 'person:hr:1', customer: null }] }],
      }),
    ),
  tells: () => new Map(),
  spared: () => new Set(),
  late: () => ['`pg` has not delivered `log` for a while'],
  sources: { list: () => [] },
  registry,
  ...more,
})

test('as many changes as were asked for, the total of all, and what is lacking', async () => {
  const answer = await createGapDesk(parts())({ windowMs: 90 * 86_400_000, max: 2 })
  routes['access.gaps'].response.parse(answer)
  assert.deepEqual([answer.gaps.length, answer.total, answer.found], [2, 3, 3])
  assert.deepEqual(
    answer.untold.map(({ kind, count }) => [kind, count]),
    [['standing', 3]],
  )
  const text = renderGaps(answer).join('\n')
  assert.match(text, /no factor +user \d +identity:pg:role\/\d +they enrol a security key.* nobody: not used/)
  assert.match(text, /2 of 3 shown.*\nnot told \(standing access\) of 3 in pg: .*\nlacking: `pg`/)
})

test('conditions are told only where a stream that tells them came whole once', () => {
  assert.deepEqual([...toldOf('conditions', [source('aws', nowMs)], registry)], ['500000000001'])
  assert.deepEqual([...toldOf('conditions', [source('aws', null)], registry)], [])
  assert.deepEqual([...toldOf('conditions', [source('okta', nowMs)], registry)], [])
})

test('rules of sign-in are told where nothing that they rest on is kept from us', () => {
  type Streams = GapParts['sources'] extends { list(): readonly (infer One)[] } ? One[keyof One & 'streams'] : never
  const told = (...streams: Streams): boolean =>
    toldOf('sign-in-rules', [{ connector: 'okta', authority: '00o1', streams }], registry).has('00o1')
  const read = (name: string, ...untold: string[]) => ({
    name,
    lastSuccessAtMs: nowMs,
    blind: untold.length === 0 ? [] : [{ untold }],
  })
  assert.equal(told(read('directory', 'keys'), read('sign-on')), true)
  assert.equal(told(read('directory'), { name: 'sign-on', lastSuccessAtMs: null }), false)
  assert.equal(told(read('directory'), read('sign-on', 'sign-in-rules')), false)
  assert.equal(told(read('directory', 'sign-in-rules'), read('sign-on')), false, 'who is in which group')
})
