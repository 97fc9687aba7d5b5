import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { z } from 'zod'

import { ManualClock, silentDiagnose } from '#kit'
import { defaultTenant, entityId, nothingNormalized, type SourceId } from '#model'
import type { BehaviourFinding } from '#detect/behaviour'
import type { Source } from '#sources'
import { defineConnector, type NormalizeInput } from '#sources/contract'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { createBehaviourDesk } from './behaviour-desk.ts'
import type { Connectors, Known, Scoped } from './projecting.ts'
import { openStateFile } from './state-file.ts'

const day = 86_400_000
const hour = 3_600_000
const startMs = Date.UTC(2026, 0, 5)
const who = entityId('identity', 'lab', 'service')

const lab = defineConnector({
  id: 'lab',
  version: 1,
  title: 'Lab',
  config: z.record(z.string(), z.never()),
  secrets: { see: [], contain: [] },
  streams: [{ name: 'log', kind: 'push' as const, delayMs: { typical: 1_000, worst: 60_000 }, everyMs: 1_000 }],
  coverage: () => ({ sees: [], logged: [], blind: [] }),
  check: async () => ({ authority: 'lab', missing: [], excess: [], says: [] }),
  normalize: ({ raw, eventAtMs }: NormalizeInput) => {
    const { of, from, records } = z.object({ of: z.string(), from: z.string(), records: z.number() }).parse(raw)
    const atMs = eventAtMs ?? 0
    return {
      ...nothingNormalized(),
      facts: [{ entity: who, observedAtMs: atMs, attributes: { kind: 'service' } }],
      touches: [
        {
          identity: who,
          credential: null,
          resource: entityId('resource', 'lab', of),
          verb: 'read' as const,
          atMs,
          records,
          origin: from,
        },
      ],
    }
  },
})
const registry: Connectors = { find: () => ({ connector: lab }) }
const source = { id: 'lab', connector: 'lab', authority: 'lab', trust: 'vendor', scope: null } as unknown as Source
const known: ReadonlyMap<SourceId, Known> = new Map([
  ['lab', { source, version: 1, normalizer: { connector: 'lab', authority: 'lab', normalize: lab.normalize } }],
])

let offset = 0
function scoped(atMs: number, raw: { from: string; records: number; of: string }): Scoped {
  offset++
  const event = {
    id: `evt_${offset}` as const,
    tenant: 't_default' as const,
    source: 'lab',
    stream: 'log',
    offset,
    eventAtMs: atMs,
    arrivedAtMs: atMs + 1_000,
    raw: JSON.stringify(raw),
  }
  const item = lab.normalize({ ...event, raw, authority: 'lab' })
  return {
    item: { ...item, ...event, event: event.id },
    trust: { origin: 'vendor', sources: ['lab'], confinedTo: null },
  }
}
const ordinary = Array.from({ length: 31 }, (_, n) => startMs + n * day).flatMap((ms) =>
  Array.from({ length: 8 }, (_, n) => scoped(ms + (8 + n) * hour, { from: '192.0.2.1', records: 100, of: 'a' })),
)
const theft = Array.from({ length: 30 }, (_, n) =>
  scoped(startMs + 31 * day + 2 * hour + n * 60_000, { from: '203.0.113.9', records: 1_000, of: `t${n}` }),
)
const all = [...ordinary, ...theft]

function rig(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-behaviour-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const statePath = join(folder, 'behaviour.snapshot')
  const clock = new ManualClock(startMs)
  const stateFile = openStateFile({
    path: statePath,
    name: 'behaviour',
    tenant: defaultTenant,
    keys: logKeysOf('example'),
  })
  const open = () => createBehaviourDesk({ registry, clock, diagnose: silentDiagnose, stateFile })
  const observe = (desk: ReturnType<typeof open>, items: readonly Scoped[]): BehaviourFinding[] =>
    items.flatMap((one) => {
      desk.observe([one], known)
      return desk.advance(one.item.arrivedAtMs)
    })
  return { open, observe, clock, statePath }
}
const ids = (found: readonly BehaviourFinding[]): string[] => found.map(({ id }) => id)
const end = startMs + 33 * day

test('killed between the state on disk and the findings, it finds the same again under the same id', (context) => {
  const { open, observe } = rig(context)
  const whole = open()
  const expected = ids([...observe(whole, all), ...whole.advance(end)])
  assert.equal(expected.length, 1)

  const first = open()
  observe(first, ordinary)
  first.finish()
  observe(first, theft)
  const second = open()
  const until = second.open(offset, known)
  assert.equal(until, ordinary.at(-1)?.item.offset)
  const found: BehaviourFinding[] = []
  for (const one of theft) {
    second.replay(one, false)
    found.push(...second.advance(one.item.arrivedAtMs))
  }
  assert.deepEqual(ids([...found, ...second.advance(end)]), expected)
})

test('without a state the log teaches, and nothing of it is found', (context) => {
  const { open, clock, statePath } = rig(context)
  for (const text of [null, '', 'no state\n', `{"offset":${offset + 1}}\n`]) {
    if (text !== null) writeFileSync(statePath, text)
    const desk = open()
    assert.equal(desk.open(offset, known), undefined)
    clock.advance(33 * day)
    for (const one of all) desk.replay(one, true)
    assert.deepEqual(desk.advance(end), [])
    assert.equal(desk.show(who)[0]?.isWarm, true)
  }
})

test('what is observed twice counts once, and a record that cannot be read is counted and passed by', (context) => {
  const { open, observe } = rig(context)
  const desk = open()
  observe(desk, ordinary)
  observe(desk, ordinary)
  assert.equal(desk.health().late, 0)
  desk.advance(startMs + 31 * day)
  assert.equal(desk.show(who)[0]?.usual.find(({ volume }) => volume === 'records')?.p99, 800)
  const broken = scoped(startMs + 31 * day, { from: '192.0.2.1', records: 1, of: 'a' })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a faulty connector might hand on
  observe(desk, [{ ...broken, item: { ...broken.item, touches: null as unknown as [] } }])
  assert.equal(desk.health().failed, 1)
})

test('the state is written at most every five minutes, and at the end', (context) => {
  const { open, observe, clock } = rig(context)
  const desk = open()
  observe(desk, ordinary.slice(0, 8))
  desk.save()
  observe(desk, ordinary.slice(8, 16))
  desk.save()
  assert.equal(open().open(offset, known), ordinary[7]?.item.offset)
  clock.advance(300_000)
  desk.save()
  assert.equal(open().open(offset, known), ordinary[15]?.item.offset)
})
