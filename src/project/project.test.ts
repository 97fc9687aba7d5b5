import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { entityId, nothingNormalized, touchVerbs, type LoggedEvent, type Normalized } from '#model'

import { faultOf } from './check.ts'
import { projectEvent, type Normalizer } from './index.ts'

const event: LoggedEvent = {
  id: 'evt_aaaaaaaa',
  tenant: 't_default',
  offset: 7,
  source: 'lab-db',
  stream: 'log',
  eventAtMs: 1000,
  arrivedAtMs: 2000,
  raw: '{"role":"reader"}',
}
const role = entityId('identity', 'lab', 'role/1')
const table = entityId('resource', 'lab', 'rel/1')
const grant = { src: role, type: 'CAN_READ', dst: table, confidence: 'observed', op: 'open', atMs: 5 } as const
const normalizer = (normalize: Normalizer['normalize']): Normalizer => ({
  connector: 'lab',
  authority: 'realm',
  normalize,
})

test('an event becomes what its normalizer states, with its place in the log', () => {
  const item = projectEvent(
    event,
    normalizer(({ raw, authority, stream }) => {
      assert.deepEqual([raw, authority, stream], [{ role: 'reader' }, 'realm', 'log'])
      return { ...nothingNormalized(), edges: [grant] }
    }),
  )
  assert.deepEqual(item, {
    ...nothingNormalized(),
    edges: [grant],
    event: event.id,
    offset: 7,
    source: 'lab-db',
    stream: 'log',
    eventAtMs: 1000,
    arrivedAtMs: 2000,
  })
})

const losses: [string, LoggedEvent, Normalizer | undefined, RegExp][] = [
  ['of a source without connector', event, undefined, /no connector/],
  ['that is not JSON', { ...event, raw: '{' }, normalizer(nothingNormalized), /not JSON/],
  [
    'its normalizer fails on',
    event,
    normalizer(() => assert.fail('surprise: secret-looking EXAMPLE')),
    /^lab cannot read it$/,
  ],
  [
    'that states an impossible time',
    event,
    normalizer(() => ({ ...nothingNormalized(), edges: [{ ...grant, atMs: Number.NaN }] })),
    /^lab states an edge at no time$/,
  ],
  [
    'that states a refusal at no time',
    event,
    normalizer(() => ({
      ...nothingNormalized(),
      refusals: [{ identity: grant.src, resource: grant.dst, atMs: Number.NaN }],
    })),
    /^lab states a refusal of nobody, at nothing or at no time$/,
  ],
]
for (const [what, given, by, why] of losses) {
  test(`an event ${what} is kept as debt, not lost`, () => {
    const item = projectEvent(given, by)
    assert.match(item.unmapped ?? '', why)
    assert.equal(item.ocsf[0]?.class_uid, 0)
    assert.equal(item.ocsf[0]?.metadata.uid, event.id)
    assert.deepEqual([item.edges, item.touches, item.facts], [[], [], []])
  })
}

const whole = (): Normalized => ({
  ...nothingNormalized(),
  edges: [grant, { ...grant, op: 'span', fromMs: 1, toMs: null }],
  touches: [
    { identity: role, credential: null, resource: table, verb: 'read', atMs: 1, records: 3, origin: '10.0.0.1' },
  ],
  facts: [{ entity: role, observedAtMs: 1, attributes: { name: 'reader' } }],
  people: [{ resource: table, complete: true, persons: [{ person: entityId('person', 'hr', '1'), customer: null }] }],
  snapshot: { id: 's', part: 0, complete: true, takenAtMs: 1 },
})

test('one broken value anywhere is found', () => {
  assert.equal(faultOf(whole()), undefined)
  const leaves = paths(whole())
  assert.ok(leaves.length > 25)
  for (const path of leaves) {
    const value = at(whole(), path)
    const broken = typeof value === 'number' ? Number.NaN : typeof value === 'string' ? 'x'.repeat(10_000) : undefined
    if (broken === undefined || ['confidence', 'op', 'id'].includes(path.at(-1) ?? '')) continue
    const damaged = whole()
    put(damaged, path, broken)
    assert.notEqual(faultOf(damaged), undefined, path.join('.'))
  }
})

test('whatever passes has bounded, storable times', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (atMs, records) => {
      const touch = {
        identity: null,
        credential: null,
        resource: table,
        verb: touchVerbs[0],
        atMs,
        records,
        origin: null,
      }
      const fault = faultOf({ ...nothingNormalized(), touches: [touch] })
      assert.equal(fault === undefined, Math.abs(atMs) <= 8.64e15 && Math.abs(records) <= 8.64e15)
    }),
    { seed: 1, numRuns: 500 },
  )
})

function paths(value: unknown, prefix: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [prefix]
  return Object.entries(value).flatMap(([key, item]) => paths(item, [...prefix, key]))
}
const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
function put(value: object, path: readonly string[], leaf: unknown): void {
  const parent = at(value, path.slice(0, -1))
  assert.ok(typeof parent === 'object' && parent !== null)
  Reflect.set(parent, path.at(-1) ?? '', leaf)
}
