import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant } from '#model'
import { addSource, noteGaps, sourcesWriter, updateSource } from '#sources'
import { openLocalStore } from '#store'

import { createRegistry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'
import { openTellings } from './tellings.ts'

const tenant = defaultTenant
const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 2, 24)
const createdAtMs = nowMs - 200 * dayMs
const org = '127.0.0.1/org/1'

async function open() {
  const registry = createRegistry(undefined, [])
  const store = openLocalStore([sourcesWriter])
  const config = { org: 'acme', app: { id: '1234', installation: 1 } }
  await store.writer.submit(
    addSource({
      tenant,
      id: 'code',
      connector: 'github',
      config,
      authority: org,
      trust: 'vendor',
      scope: { about: [] },
      sealedSee: null,
      sealedContain: null,
      createdAtMs,
    }),
  )
  const health = new Map<string, StreamHealth>()
  const hear = (stream: string, lastSuccessAtMs: number): void =>
    void health.set(`code/${stream}`, { source: 'code', stream, lastSuccessAtMs, lagMs: null, error: null })
  for (const { name } of registry.find('github')?.connector.streams ?? []) hear(name, nowMs)
  const tell = openTellings({ ...store, registry, health, clock: new ManualClock(nowMs) })
  return { store, hear, telling: () => tell(tenant).get(org) }
}

test('a source tells of use since it was made, with its own word of what is logged only partly', async () => {
  const { store, telling } = await open()
  const told = telling()
  assert.deepEqual([told?.sinceMs, told?.late, told?.gaps], [createdAtMs, null, []])
  assert.ok(told?.logged.includes('read'))
  assert.match(told?.partly.read ?? '', /over the web/)
  assert.equal(told?.partly.admin, undefined)
  store.close()
})

test('history counts once it has come in whole, and no further back than its vendor keeps it', async () => {
  const { store, hear, telling } = await open()
  const backfillSinceMs = createdAtMs - 300 * dayMs
  await store.writer.submit(updateSource({ tenant, id: 'code', revision: 1, change: { backfillSinceMs } }))
  assert.equal(telling()?.sinceMs, createdAtMs, 'asked for, and not there yet')
  hear('audit#backfill', nowMs)
  hear('git#backfill', nowMs)
  const since = telling()?.sinceMs ?? 0
  // Git events are kept for 7 days, and the least of the streams decides.
  assert.equal(since, createdAtMs - 7 * dayMs)
  store.close()
})

test('a gap that was not made good, and a stream that is late, are said', async () => {
  const { store, hear, telling } = await open()
  const gap = { fromMs: nowMs - 9 * dayMs, toMs: nowMs - 8 * dayMs, reason: 'cursor-expired', of: 'audit' } as const
  await store.writer.submit(
    noteGaps({
      tenant,
      gaps: [
        { source: 'code', offset: 1, gap: { ...gap, recovered: false } },
        { source: 'code', offset: 2, gap: { ...gap, toMs: nowMs - 7 * dayMs, recovered: true } },
      ],
    }),
  )
  assert.deepEqual(
    telling()?.gaps.map(({ toMs }) => toMs),
    [gap.toMs],
  )
  hear('audit', nowMs - 5 * dayMs)
  assert.match(telling()?.late ?? '', /`code` has not delivered `audit`/)
  store.close()
})
