import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createBell, ManualClock, systemRandom, type JsonObject } from '#kit'
import { keysWriter } from '#guards'
import { logWriter, openEventLog } from '#log'
import { defaultTenant } from '#model'
import { addSource, pageBatch, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'
import { createKeyFiles, openCoreVault } from '#vault'

import { createRegistry } from '../registry.ts'
import type { StreamHealth } from '../socket.ts'
import { createFeed, pushedFeed } from './feed.ts'
import { deliverKeyRecords } from './own-keys.ts'
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

const hourMs = 3_600_000

/** A source that pushes, in a store on disk that can be closed and opened again. */
async function openPushed(t: { after(end: () => void): void }) {
  const home = mkdtempSync(join(tmpdir(), 'cordon-sight-'))
  t.after(() => rmSync(home, { recursive: true }))
  const keys = join(home, 'keys')
  createKeyFiles(keys, systemRandom)
  const clock = new ManualClock(nowMs)
  const start = () => {
    const store = openLocalStore([sourcesWriter, logWriter(), keysWriter], join(home, 'cordon.db'))
    const log = openEventLog({ ...store, keys: openCoreVault(keys).logKeys })
    const feed = pushedFeed(createFeed({ log, bell: createBell() }, { wake: () => undefined }), clock)
    const health = new Map<string, StreamHealth>()
    const sight = openSight({ ...store, registry: createRegistry(undefined, []), health, clock })
    const send = async (native: string, source = 'crm') => {
      const events = [{ native, eventAtMs: null, raw: {} }]
      return feed(pageBatch({ tenant, source, stream: 'log', events, cursor: null }, clock.nowMs(), (json) => json))
    }
    const spots = (): string[] => sight.blindSpots(tenant)
    return { ...store, feed, health, send, spots }
  }
  const first = start()
  for (const [id, connector, config] of [
    ['crm', 'declared', { authority: 'crm.example.com' }],
    ['cordon-keys', 'keys', {}],
  ] as const)
    await first.writer.submit(
      addSource({
        tenant,
        id,
        connector,
        config,
        authority: `${id}.example.com`,
        trust: 'vendor',
        scope: { about: [] },
        sealedSee: null,
        sealedContain: null,
        createdAtMs: nowMs,
      }),
    )
  return { clock, first, start }
}

test('what is pushed is seen from its first delivery on, over a restart, until none has come for too long', async (t) => {
  const { clock, first, start } = await openPushed(t)
  const saysCrm = (spots: string[]): boolean => spots.some((spot) => spot.includes('`crm` has not delivered `log`'))
  assert.ok(saysCrm(first.spots()), 'nothing ever came')
  await first.send('1')
  assert.ok(!saysCrm(first.spots()))
  await clock.advance(hourMs)
  // The same event again is a duplicate in the log, and a delivery all the same.
  assert.equal((await first.send('1')).appended, 0)
  first.close()

  const again = start()
  await clock.advance(hourMs)
  assert.ok(!saysCrm(again.spots()), 'after a restart what was delivered before it counts')
  await clock.advance(hourMs)
  assert.ok(saysCrm(again.spots()), 'three hours after the first, two after the last')
  again.close()
})

test('of Cordon’s own keys silence is no blind spot while core looks, and is one when it cannot', async (t) => {
  const { clock, first } = await openPushed(t)
  const saysKeys = (): boolean => first.spots().some((spot) => spot.includes('`cordon-keys`'))
  const look = async () => deliverKeyRecords({ tenant, ...first, clock, scrub: (json) => json }, first)
  assert.ok(saysKeys())
  await look()
  assert.ok(!saysKeys(), 'no key did anything, and that is known')
  await clock.advance(hourMs)
  assert.ok(saysKeys())
  await look()
  assert.ok(!saysKeys())
  first.close()
})
