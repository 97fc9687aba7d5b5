import assert from 'node:assert/strict'
import { test } from 'node:test'

import { z } from 'zod'

import { hashId, isObject, type Json } from '#kit'
import { defaultTenant, entityId, nothingNormalized, type Edge, type Normalized } from '#model'
import { estateWriter, openEstate, projectionState, type EstateView } from '#estate'
import { logWriter, openEventLog } from '#log'
import { addSource, sourcesWriter } from '#sources'
import { defineConnector } from '#sources/contract'
import { findingsWriter, type Detected } from '#respond/findings'
import { openLocalStore, type Writer } from '#store'

import { logKeysOf } from '../../../test/simulation/log-keys.ts'
import { keep, knownSources, projectAgain, projectEventsMax, projectScoped, type Connectors } from './projecting.ts'

const tenant = defaultTenant
const types = ['MEMBER_OF', 'ASSUMES'] as const
const events = projectEventsMax + 50
const nothing: Detected = { tenant, findings: [], watermarkMs: null }

/** Version 2 of the connector states another type of edge. */
const labAt = (version: number): ReturnType<Connectors['find']> => ({
  connector: defineConnector({
    id: 'lab',
    version,
    title: 'Lab',
    config: z.record(z.string(), z.never()),
    secrets: { see: [], contain: [] },
    streams: [],
    coverage: () => ({ sees: [], logged: [], blind: [] }),
    check: async () => ({ authority: 'lab', missing: [], excess: [], says: [] }),
    normalize: ({ raw }: { raw: Json }): Normalized => ({
      ...nothingNormalized(),
      edges: [
        {
          src: entityId('identity', 'lab', isObject(raw) ? JSON.stringify(raw['n']) : 'none'),
          dst: entityId('identity', 'lab', 'all'),
          type: types[version - 1] ?? 'MEMBER_OF',
          confidence: 'observed',
          op: 'open',
          atMs: 5000,
        },
      ],
    }),
  }),
})

async function story() {
  const { writer, reader } = openLocalStore([logWriter(), sourcesWriter, estateWriter, findingsWriter])
  const log = openEventLog({ writer, reader, keys: logKeysOf('example') })
  for (const id of ['a', 'b']) {
    await writer.submit(
      addSource({
        tenant,
        id,
        connector: 'lab',
        config: {},
        authority: 'lab',
        sealedSee: null,
        sealedContain: null,
        trust: 'vendor',
        scope: { about: [{ authority: 'lab' }] },
        createdAtMs: 1,
      }),
    )
  }
  const append = async (source: string, count: number): Promise<void> => {
    const list = Array.from({ length: count }, (_, n) => ({
      id: hashId('evt', source, `${log.head(tenant)} ${n}`),
      stream: 'log',
      eventAtMs: 5000,
      raw: JSON.stringify({ n: `${source}-${n}` }),
    }))
    await log.append({ tenant, source, arrivedAtMs: 10_000, events: list })
  }
  const parts = (version: number, by: Writer = writer) => ({
    reader,
    writer: by,
    log,
    registry: { find: () => labAt(version) },
    estate: openEstate({ reader, tenant, snapshotPath: null }),
  })
  const follow = async (version: number): Promise<void> => {
    const all = parts(version)
    for (let after = projectionState(reader, tenant).through; ;) {
      const page = await log.read(tenant, after, projectEventsMax)
      const last = page.at(-1)
      if (last === undefined) return
      await keep(all, knownSources(all), projectScoped(page, knownSources(all), { refused: 0 }), last.offset, nothing)
      after = last.offset
    }
  }
  const held = async (view: EstateView): Promise<[number, number]> => {
    const edges = await view.edgesTo([entityId('identity', 'lab', 'all')], { types: [...types] })
    const of = (type: Edge['type']): number => edges.filter((edge) => edge.type === type).length
    return [of('MEMBER_OF'), of('ASSUMES')]
  }
  return { writer, append, parts, follow, held, view: () => parts(1).estate.view() }
}

/** Ends like a process that is killed: after some submissions nothing goes through any more. */
function dyingAfter(writer: Writer, submissions: number): Writer {
  let left = submissions
  const submit: Writer['submit'] = (...commands) =>
    left-- > 0 ? writer.submit(...commands) : Promise.reject(new Error('killed'))
  return { submit, waiting: 0, close: () => Promise.resolve() }
}

test('another version of a connector states its sources anew, wherever the work was interrupted', async () => {
  for (let submissions = 0; submissions < 8; submissions++) {
    const { writer, append, parts, follow, held, view } = await story()
    await append('a', events)
    await append('b', 10)
    await follow(1)
    assert.deepEqual(await held(view()), [events + 10, 0])
    await projectAgain(parts(2, dyingAfter(writer, submissions))).catch(() => undefined)
    const again = parts(2)
    await projectAgain(again)
    assert.deepEqual(await held(again.estate.view()), [0, events + 10], `killed after ${submissions} submissions`)
    assert.deepEqual(await held(view()), [0, events + 10], 'and on disk')
    await append('a', 1)
    await follow(2)
    assert.deepEqual(await held(view()), [0, events + 10])
  }
})

test('a source whose connector is gone does not hold up the others', async () => {
  const { append, parts, follow, held } = await story()
  await append('a', 3)
  await follow(2)
  await append('a', 3)
  const gone = { ...parts(2), registry: { find: () => undefined } }
  const page = await gone.log.read(tenant, 3, 10)
  await keep(gone, knownSources(gone), projectScoped(page, knownSources(gone), { refused: 0 }), 6, nothing)
  assert.deepEqual(await held(gone.estate.view()), [0, 3])
})
