import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { edgeTypes, entityId, isEdgeType, nothingNormalized, type LoggedEvent, type Normalized } from '#model'
import { applyProjection, estateItems, estateWriter, openEstate } from '#estate'
import { projectEvent } from '#project'
import { openLocalStore } from '#store'

const tenant = 't_default'
const role = entityId('identity', 'lab', 'role/1')
const table = entityId('resource', 'lab', 'rel/1')
const key = entityId('credential', 'lab', 'key')
const types = Object.keys(edgeTypes).filter(isEdgeType)

const whole = (): Normalized => ({
  ...nothingNormalized(),
  edges: [
    { src: role, type: 'CAN_READ', dst: table, confidence: 'observed', op: 'open', atMs: 5, note: 'select' },
    { src: role, type: 'CAN_READ', dst: table, confidence: 'declared', op: 'span', fromMs: 1, toMs: 9 },
    { src: key, type: 'AUTHENTICATES_AS', dst: role, confidence: 'inferred', op: 'close', atMs: 5, conditional: true },
  ],
  touches: [
    { identity: role, credential: key, resource: table, verb: 'read', atMs: 1, records: 3, origin: '10.0.0.1' },
  ],
  facts: [{ entity: role, observedAtMs: 1, attributes: { name: 'reader', canLogin: true, rows: 5, owner: null } }],
  people: [
    {
      resource: table,
      complete: true,
      persons: [{ person: entityId('person', 'hr', '1'), customer: entityId('customer', 'cordon', 'lab-aster') }],
    },
  ],
  snapshot: { id: 's', part: 0, complete: true, takenAtMs: 1, scope: 'x' },
})

const strange = fc.oneof(
  fc.constantFrom<unknown[]>(
    undefined,
    null,
    true,
    Number.NaN,
    Infinity,
    -1,
    1.5,
    -8.64e15,
    8.64e15,
    9e15,
    1e300,
    '',
    'x',
    'a:b:c',
    'identity:lab:\u0000',
    'identity:lab:\ud800',
    'x'.repeat(20_000),
    {},
    [],
    [undefined],
    () => 1,
    Symbol('x'),
    10n,
    '__proto__',
  ),
  fc.integer(),
  // Any character at all; fast-check's own unit for it first makes a table of all million.
  fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) }),
)

function paths(value: unknown, prefix: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [prefix]
  return [prefix, ...Object.entries(value).flatMap(([name, item]) => paths(item, [...prefix, name]))]
}
function put(value: unknown, [name = '', ...rest]: readonly string[], leaf: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (rest.length === 0) Reflect.set(value, name, leaf)
  else put(Reflect.get(value, name), rest, leaf)
}

const event = (offset: number): LoggedEvent => ({
  id: 'evt_aaaaaaaa',
  tenant,
  offset,
  source: 'lab',
  stream: 'log',
  eventAtMs: 1000,
  arrivedAtMs: 2000,
  raw: '{}',
})

test('whatever a normalizer states, the projection goes on: kept and read back, or counted as debt', async () => {
  const leaves = paths(whole()).filter((path) => path.length > 0)
  const damage = fc.array(fc.tuple(fc.constantFrom(...leaves), strange), { minLength: 1, maxLength: 2 })
  let kept = 0
  let debt = 0
  const { writer, reader } = openLocalStore([estateWriter])
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  let offset = 0
  const apply = async (normalized: Normalized): Promise<boolean> => {
    offset++
    const item = projectEvent(event(offset), { connector: 'lab', authority: 'lab', normalize: () => normalized })
    const [applied] = await writer.submit(
      applyProjection({
        tenant,
        source: 'lab',
        skewMs: 2000,
        projectionVersion: 1,
        through: offset,
        items: estateItems([item]),
      }),
    )
    estate.apply(applied)
    return item.unmapped === undefined
  }
  await fc.assert(
    fc.asyncProperty(damage, async (damages) => {
      const normalized = whole()
      for (const [path, leaf] of damages) put(normalized, path, leaf)
      if (await apply(normalized)) kept++
      else debt++
      const view = estate.view()
      const known = await view.find('identity')
      await view.facts(known)
      await view.edgesFrom(known, { types, window: { from: 0, to: 10_000 }, withInferred: true })
      await view.touches({ fromMs: -9e15, toMs: 9e15 })
      await view.customersOf((await view.people([table])).get(table) ?? new Uint32Array())
    }),
    { seed: 3, numRuns: 500 },
  )
  assert.ok(kept > 20 && debt > 20, `${kept} kept, ${debt} refused`)
  assert.equal((await estate.view().facts([role])).get(role)?.['canLogin'] !== undefined, true)
  assert.deepEqual(
    openEstate({ reader, tenant, snapshotPath: null }).stats.edges,
    estate.stats.edges,
    'the graph followed what the store holds',
  )
})
