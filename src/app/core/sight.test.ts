import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, type JsonObject } from '#kit'
import { defaultTenant } from '#model'
import { addSource, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'

import { createRegistry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'
import { openSight } from './sight.ts'

const tenant = defaultTenant
const nowMs = Date.UTC(2026, 2, 24)

/** What a database is said to leave in the dark while its inventory, its rules of sign-in and its sessions come in. */
async function blindSpotsOf(more: JsonObject): Promise<string[]> {
  const store = openLocalStore([sourcesWriter])
  await store.writer.submit(
    addSource({
      tenant,
      id: 'pg',
      connector: 'postgres',
      config: { host: '127.0.0.1', user: 'cordon_see', ...more },
      authority: '127.0.0.1/pg',
      trust: 'vendor',
      scope: { about: [] },
      sealedSee: null,
      sealedContain: null,
      createdAtMs: nowMs,
    }),
  )
  const health = new Map<string, StreamHealth>()
  for (const stream of ['inventory', 'sign-in', 'sessions'])
    health.set(`pg/${stream}`, { source: 'pg', stream, lastSuccessAtMs: nowMs, lagMs: null, error: null })
  const registry = createRegistry(undefined, [])
  const spots = openSight({ ...store, registry, health, clock: new ManualClock(nowMs) }).blindSpots(tenant)
  store.close()
  return spots
}

test('a stream that the configuration has switched off is no blind spot, and one that is on and late is', async () => {
  assert.deepEqual(await blindSpotsOf({}), [])
  const [spot, ...others] = await blindSpotsOf({ people: { database: 'shop', view: 'public.people' } })
  assert.match(spot ?? '', /`pg` has not delivered `people`/)
  assert.deepEqual(others, [])
})
