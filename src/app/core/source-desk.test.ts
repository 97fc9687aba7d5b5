import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { z } from 'zod'

import { createBell, systemClock, systemRandom, type RpcPeer } from '#kit'
import { defaultTenant, nothingNormalized, type EntityId } from '#model'
import type { SourceDesk } from '#api'
import { appendReceipt, createLedger, receiptArgs, type Ledger } from '#ledger'
import { openEventLog, type EventLog } from '#log'
import { addSource, withinScope } from '#sources'
import { openLocalStore } from '#store'
import { createKeyFiles, openCoreVault } from '#vault'
import { defineConnector } from '#sources/contract'
import { hostEntity } from '#connectors/host'

import { createRegistry, type Registry } from '../registry.ts'
import { remote, type HandsForCore } from '../socket.ts'
import { writerModules } from '../writer-modules.ts'
import { createIntakeDesk } from './intake-desk.ts'
import { createSourceDesk } from './source-desk.ts'

const tenant = defaultTenant
const record = Buffer.from('{"snapshot":{"id":"x","part":0,"complete":true,"takenAtMs":1},"rows":[]}\n')

/** A desk over a real store and log, with one source of each connector; hands stands in with the authority it would find. */
async function openDesk(
  registry: Registry = createRegistry(undefined),
): Promise<{ desk: SourceDesk; log: EventLog; ledger: Ledger }> {
  const keys = join(mkdtempSync(join(tmpdir(), 'cordon-desk-')), 'keys')
  createKeyFiles(keys, systemRandom)
  const vault = openCoreVault(keys)
  const store = openLocalStore(writerModules())
  const hands: RpcPeer = {
    call: () => Promise.resolve({ authority: 'brightwater.example', missing: [], excess: [], says: [] }),
    notify: () => undefined,
    close: () => undefined,
    closed: new Promise(() => undefined),
  }
  const log = openEventLog({ ...store, keys: vault.logKeys })
  const desk = createSourceDesk({
    tenant,
    ...store,
    receipt: (what, facts, sealed) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: 1, customer: null, facts, sealed }, systemRandom)),
    sealer: vault.sealer,
    scrub: (json) => json,
    registry,
    hands: () => hands,
    intake: createIntakeDesk(remote<HandsForCore>(() => hands)),
    health: new Map(),
    clock: systemClock,
    bell: createBell(),
    feed: (batch) => log.append(batch),
  })
  for (const id of registry.ids) {
    const { connector, trust, scope } = registry.find(id) ?? assert.fail(`the registry has ${id}`)
    const empty = {
      tenant,
      config: connector.example ?? {},
      authority: 'x',
      sealedSee: null,
      sealedContain: null,
      createdAtMs: 1,
    }
    await store.writer.submit(addSource({ ...empty, id, connector: id, trust, scope: scope('x') }))
  }
  return { desk, log, ledger: createLedger({ ...store, keys: vault.ledgerKeys, clock: systemClock }) }
}
const send = (desk: SourceDesk, source: string, host: string | null, stream = 'log', bytes = record) =>
  desk.ingest({
    source,
    stream,
    partial: 'reject',
    batch: undefined,
    bytes,
    encoding: undefined,
    contentType: undefined,
    token: { host },
  })

test("nobody but Cordon itself speaks in a vendor's name: no token, no upload", async () => {
  const { desk } = await openDesk()
  for (const source of ['oidc', 'postgres', 'keys']) {
    await assert.rejects(desk.createIngestToken(source, {}, 'ada'), { code: 'ERR_SOURCE_PUSH' })
    await assert.rejects(send(desk, source, null), { code: 'ERR_SOURCE_PUSH' })
  }
  assert.equal((await send(desk, 'declared', null)).accepted, 1)
})

test('a token for reports of hosts is bound to one host, and one for a system to none', async () => {
  const { desk } = await openDesk()
  await assert.rejects(desk.createIngestToken('host', {}, 'ada'), { code: 'ERR_INGEST_TOKEN' })
  await assert.rejects(desk.createIngestToken('host', { host: 'runner-7/etc' }, 'ada'), { code: 'ERR_INGEST_TOKEN' })
  await assert.rejects(desk.createIngestToken('declared', { host: 'runner-7' }, 'ada'), { code: 'ERR_INGEST_TOKEN' })
  const { token } = await desk.createIngestToken('host', { host: 'runner-7' }, 'ada')
  assert.deepEqual(desk.verifyIngestToken(token)?.host, 'runner-7')
})

test("a host names what it stores by fingerprint or by a key's own id, never by a vendor's id", () => {
  const scope = createRegistry(undefined).find('host')?.scope('host')
  assert.ok(scope !== undefined)
  const stores = (dst: EntityId): number => {
    const edge = {
      src: hostEntity('runner-7'),
      type: 'STORES',
      dst,
      confidence: 'observed',
      op: 'open',
      atMs: 1,
    } as const
    return withinScope({ scope, trust: 'host' }, hostEntity('runner-7'), { ...nothingNormalized(), edges: [edge] })
      .refused
  }
  assert.equal(stores('credential:fp:k1.EXAMPLE'), 0)
  assert.equal(stores('credential:cordon:EXAMPLE'), 0)
  assert.equal(stores('credential:7301:role/16384/password'), 1)
})

test('what is uploaded under a bound token carries its host, whatever the text says', async () => {
  const { desk, log } = await openDesk()
  const { firstOffset } = await send(desk, 'host', 'runner-7')
  assert.equal((await log.event(tenant, firstOffset ?? 0))?.boundTo, 'host:host:runner-7')
})

/** One connector, `gateway`: Cordon reads its inventory, and is sent its calls where the configuration says so. */
function gatewayRegistry(): Registry {
  const declared = createRegistry(undefined).find('declared') ?? assert.fail('the registry has it')
  const rhythm = { delayMs: { typical: 0, worst: 0 }, everyMs: 1000 }
  const connector = defineConnector<{ sends: boolean }>({
    ...declared.connector,
    id: 'gateway',
    config: z.strictObject({ sends: z.boolean().default(true) }),
    example: { sends: true },
    coverage: () => ({ sees: [], logged: [], blind: [] }),
    check: () => Promise.resolve({ authority: 'x', missing: [], excess: [], says: [] }),
    streams: [
      { ...rhythm, name: 'inventory', kind: 'snapshot', lists: () => [], page: () => assert.fail('never pulled here') },
      {
        ...rhythm,
        name: 'calls',
        kind: 'push',
        isOn: ({ sends }) => sends,
        keep: ({ call = null }) => [{ native: undefined, eventAtMs: null, raw: { call } }],
      },
    ],
  })
  const gateway = { ...declared, id: 'gateway', connector }
  return { ids: ['gateway'], find: (id) => (id === 'gateway' ? gateway : undefined), all: () => [gateway] }
}

test('a system that Cordon reads itself takes into its pushed streams alone, and keeps what they say', async () => {
  const { desk, log } = await openDesk(gatewayRegistry())
  const refused = { code: 'ERR_SOURCE_PUSH', hint: 'send them to `calls`' }
  await assert.rejects(send(desk, 'gateway', null, 'inventory'), refused)
  await assert.rejects(send(desk, 'gateway', null, 'anything'), refused)
  const { firstOffset } = await send(desk, 'gateway', null, 'calls', Buffer.from('{"call":"c1","prompt":"PRIVATE"}'))
  assert.equal((await log.event(tenant, firstOffset ?? 0))?.raw, '{"call":"c1"}')
  await desk.add(
    { id: 'polled', connector: 'gateway', config: { sends: false }, secrets: { see: {}, contain: {} } },
    'ada',
  )
  await assert.rejects(send(desk, 'polled', null, 'calls'), { code: 'ERR_SOURCE_PUSH', hint: /reads all of it/ })
})

test('what is read from a folder may be handed in by hand as well, where nothing is pushed', async () => {
  const { desk } = await openDesk()
  const { accepted } = await send(desk, 'osv', null, 'records', Buffer.from('{"id":"HOUSE-1"}'))
  assert.equal(accepted, 1)
})

test('connecting, disconnecting and giving tokens are leaves that name who did it', async () => {
  const { desk, ledger } = await openDesk()
  const body = {
    connector: 'declared',
    config: { authority: 'brightwater.example' },
    secrets: { see: {}, contain: {} },
  }
  await desk.add({ id: 'payroll', ...body }, 'ada')
  await desk.createIngestToken('payroll', {}, 'ada')
  await desk.remove('payroll', 'grace')
  const leaves = [0, 1, 2].map((index) => ledger.leaf(tenant, index)?.receipt)
  assert.deepEqual(
    leaves.map((leaf) => [leaf?.what, leaf?.sealed['by']]),
    [
      ['source.added', 'ada'],
      ['ingest-token.made', 'ada'],
      ['source.removed', 'grace'],
    ],
  )
})
