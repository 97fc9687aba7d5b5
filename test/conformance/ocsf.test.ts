import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import { gapStream, ocsfClasses, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { projectEvent } from '#project'

import type { Registered } from '../../src/app/connectors.ts'
import { createRegistry } from '../../src/app/registry.ts'
import { recordsByConnector } from './ocsf-records.ts'

const project = ({ id, connector }: Registered, stream: string, raw: Json): OcsfEvent[] => {
  const normalizer = { connector: id, authority: 'people.example', normalize: connector.normalize }
  const times = { eventAtMs: Date.UTC(2026, 2, 24, 12), arrivedAtMs: Date.UTC(2026, 2, 24, 13) }
  const record = { id: 'evt_aaaaaaaa', tenant: 't_default', offset: 7, source: 'src', stream, ...times } as const
  const { ocsf, unmapped } = projectEvent({ ...record, raw: JSON.stringify(raw) }, normalizer)
  assert.doesNotMatch(unmapped ?? '', /cannot read|states/, `${id} understands its own records`)
  return ocsf
}

test('every connector makes valid OCSF of every kind of record it knows', () => {
  const registry = createRegistry(undefined).all()
  assert.deepEqual(
    registry.map(({ id }) => id).sort(),
    Object.keys(recordsByConnector).sort(),
    'each connector has records in ocsf-records.ts',
  )
  const seen = new Set<number>()
  for (const one of registry) {
    for (const { stream, raws } of recordsByConnector[one.id] ?? []) {
      for (const raw of raws) {
        const events = project(one, stream, raw)
        assert.ok(events.length > 0, `${one.id}: no event of ${JSON.stringify(raw).slice(0, 120)}`)
        for (const event of events) {
          seen.add(event.class_uid)
          assert.deepEqual(validateOcsf(event), [], `${one.id}: ${JSON.stringify(raw).slice(0, 200)}`)
        }
      }
    }
  }
  assert.ok(seen.size >= 9, `${seen.size} classes: the test must see events`)
})

test('an event of a source without a connector is valid too', () => {
  const times = { eventAtMs: null, arrivedAtMs: 2000 }
  const record = { id: 'evt_aaaaaaaa', tenant: 't_default', offset: 7, source: 'src', stream: 'log', ...times } as const
  const [event] = projectEvent({ ...record, raw: '{}' }, undefined).ocsf
  assert.equal(event?.class_uid, ocsfClasses.base_event.class_uid)
  assert.deepEqual(validateOcsf(event), [])
})

test('what the runtime says of a gap is valid too, and names the stream', () => {
  const gap = { fromMs: 1000, toMs: 2000, reason: 'cursor-expired', recovered: false }
  const raw = JSON.stringify({ stream: 'log', gap })
  const times = { eventAtMs: 2000, arrivedAtMs: 2000 }
  const record = {
    id: 'evt_aaaaaaaa',
    tenant: 't_default',
    offset: 7,
    source: 'src',
    stream: gapStream,
    ...times,
  } as const
  const projected = projectEvent({ ...record, raw }, undefined)
  assert.deepEqual(projected.gap, { ...gap, of: 'log' })
  assert.equal(projected.unmapped, undefined)
  assert.deepEqual(projected.ocsf.map(validateOcsf), [[]])
})
