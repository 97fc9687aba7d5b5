import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { createBell, CordonError, ManualClock, systemRandom, type RpcPeer } from '#kit'
import { defaultTenant } from '#model'
import type { SourceDesk } from '#api'
import { appendReceipt, createLedger, receiptArgs, type Ledger } from '#ledger'
import { openEventLog } from '#log'
import { findSource, sourceContext } from '#sources'
import { openLocalStore, type Reader } from '#store'
import { createKeyFiles, openCoreVault, openHandsVault, type HandsVault } from '#vault'

import { createRegistry } from '../registry.ts'
import { remote, type HandsForCore } from '../socket.ts'
import type { StreamHealth } from '../socket.ts'
import { writerModules } from '../writer-modules.ts'
import { createIntakeDesk } from './intake-desk.ts'
import { createSourceDesk } from './source-desk.ts'

const tenant = defaultTenant
const dayMs = 24 * 3_600_000
const nowMs = 1_800_000_000_000

type Open = {
  desk: SourceDesk
  reader: Reader
  vault: HandsVault
  ledger: Ledger
  vendor: { password: string }
  health: Map<string, StreamHealth>
}

/** Hands stands in: it opens what is sealed, as the real one does, and the vendor takes one password. */
async function open(): Promise<Open> {
  const keys = join(mkdtempSync(join(tmpdir(), 'cordon-care-')), 'keys')
  createKeyFiles(keys, systemRandom)
  const core = openCoreVault(keys)
  const vault = openHandsVault(keys)
  const store = openLocalStore(writerModules())
  const vendor = { password: 'EXAMPLE-1' }
  const health = new Map<string, StreamHealth>()
  const check = (): unknown => {
    const sealed = findSource(store.reader, tenant, 'db')?.sealedSee ?? ''
    const text = vault.opener.open(sealed, sourceContext(tenant, 'db', 'see'))
    if (!text.includes(vendor.password)) throw new CordonError('ERR_VENDOR_AUTH', 'the login is refused')
    return { authority: '7301', missing: [], excess: [], says: [] }
  }
  const hands: RpcPeer = {
    call: async (method) => (method === 'source.check' ? check() : null),
    notify: () => undefined,
    close: () => undefined,
    closed: new Promise(() => undefined),
  }
  const clock = new ManualClock(nowMs)
  const log = openEventLog({ ...store, keys: core.logKeys })
  const desk = createSourceDesk({
    tenant,
    ...store,
    receipt: (what, facts, sealed) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: 1, customer: null, facts, sealed }, systemRandom)),
    sealer: core.sealer,
    scrub: (json) => json,
    registry: createRegistry(undefined),
    hands: () => hands,
    intake: createIntakeDesk(remote<HandsForCore>(() => hands)),
    health,
    clock,
    bell: createBell(),
    feed: (batch) => log.append(batch),
  })
  await desk.add(
    {
      id: 'db',
      connector: 'postgres',
      config: { host: 'db.example.com', user: 'cordon_see', logs: 'none' },
      secrets: { see: { password: 'EXAMPLE-1' }, contain: {} },
    },
    'ada',
  )
  return {
    desk,
    reader: store.reader,
    vault,
    ledger: createLedger({ ...store, keys: core.ledgerKeys, clock }),
    vendor,
    health,
  }
}

test('a new secret takes the place of the old one while the source runs, and a leaf says who did it', async () => {
  const { desk, vendor, ledger, reader, vault } = await open()
  vendor.password = 'EXAMPLE-2'
  const rotated = await desk.rotate('db', { see: { password: 'EXAMPLE-2' }, contain: {}, make: false }, 'grace')
  assert.deepEqual(rotated, { source: 'db', replaced: ['see'], missing: [], setup: [] })
  const source = findSource(reader, tenant, 'db')
  assert.match(vault.opener.open(source?.sealedSee ?? '', sourceContext(tenant, 'db', 'see')), /EXAMPLE-2/)
  assert.equal(source?.sealedContain, null)
  const leaf = ledger.leaf(tenant, 1)?.receipt
  assert.deepEqual([leaf?.what, leaf?.facts['uses'], leaf?.sealed['by']], ['source.rotated', 'see', 'grace'])
})

test('a secret that the vendor refuses is put back, and so is said', async () => {
  const { desk, reader, ledger } = await open()
  const before = findSource(reader, tenant, 'db')?.sealedSee
  await assert.rejects(desk.rotate('db', { see: { password: 'EXAMPLE-typo' }, contain: {}, make: false }, 'ada'), {
    code: 'ERR_SOURCE_UNREACHABLE',
    message: '`db` keeps what it had: the login is refused',
  })
  assert.equal(findSource(reader, tenant, 'db')?.sealedSee, before)
  assert.equal(ledger.leaf(tenant, 2)?.receipt.what, 'source.rotation-undone')
  await assert.rejects(desk.rotate('db', { see: { token: 'EXAMPLE' }, contain: {}, make: false }, 'ada'), {
    code: 'ERR_SOURCE_NAME',
  })
})

test('the least role is told of a source, and of a connector before there is one', async () => {
  const { desk } = await open()
  const { see, contain } = desk.role({ source: 'db' })
  assert.match(see?.text.join('\n') ?? '', /create role "cordon_see" login;/)
  assert.equal(contain, null, 'no login that contains is set')
  const config = { host: 'db.example.com', user: 'looker', containUser: 'fireman' }
  const asked = desk.role({ connector: 'postgres', config })
  assert.match(asked.contain?.terraform ?? '', /name += "fireman"/)
  assert.deepEqual(
    asked.contain?.scopes.map(({ name }) => name),
    ['CREATEROLE', 'pg_signal_backend', 'pg_monitor', 'cordon_rights'],
  )
  assert.throws(() => desk.role({ connector: 'postgres', config: {} }), { code: 'ERR_SOURCE_NAME' })
  assert.throws(() => desk.role({ connector: 'nobody', config: {} }), { code: 'ERR_SOURCE_UNKNOWN' })
  assert.throws(() => desk.role({ connector: 'ocsf', config: { authority: 'x.example', intake: { kind: 'ftp' } } }), {
    message: "write one of 'webhook' | 'tail' | 'syslog' | 'bucket'",
    place: 'config: intake.kind',
  })
})

test('history is asked for where there is a feed of pages, and not of the future', async () => {
  const { desk, reader } = await open()
  await desk.add(
    {
      id: 'id',
      connector: 'oidc',
      config: { issuer: 'https://id.example.com', adminUrl: 'https://id.example.com/admin' },
      secrets: { see: {}, contain: {} },
    },
    'ada',
  )
  const asked = await desk.backfill('id', { sinceMs: nowMs - 30 * dayMs }, 'ada')
  assert.deepEqual(asked.streams, [{ stream: 'log', fromMs: null }])
  assert.equal(findSource(reader, tenant, 'id')?.backfillSinceMs, nowMs - 30 * dayMs)
  await assert.rejects(desk.backfill('id', { sinceMs: nowMs + 1 }, 'ada'), { code: 'ERR_SOURCE_NAME' })
  await assert.rejects(desk.backfill('db', { sinceMs: 0 }, 'ada'), { code: 'ERR_SOURCE_NAME' })
})

test('what a thief of this Cordon would hold: only credentials that lie here, with what they permit', async () => {
  const { desk } = await open()
  const [db] = desk.held()
  assert.deepEqual([db?.see, db?.contain, db?.actions], [true, false, []])
  assert.deepEqual(
    db?.permissions.map(({ name, use }) => `${use} ${name}`),
    ['see LOGIN', 'see pg_monitor', 'see pg_hba_file_rules'],
  )
  assert.ok(!JSON.stringify(desk.held()).includes('EXAMPLE'), 'no secret is told')
})

test('a stream that fails says that nobody knows until when it is blind', async () => {
  const { desk, health } = await open()
  const streams = () => new Map(desk.show('db').source.streams.map((stream) => [stream.name, stream.blindUntilMs]))
  assert.equal(streams().get('sessions'), null, 'never read')
  const seen = { source: 'db', stream: 'sessions', lastSuccessAtMs: nowMs - 60_000, lagMs: 0, error: null }
  health.set('db/sessions', seen)
  assert.equal(streams().get('sessions'), nowMs + 2_000)
  health.set('db/sessions', { ...seen, error: 'refused' })
  assert.equal(streams().get('sessions'), null)
})
