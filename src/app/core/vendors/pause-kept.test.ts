import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ManualClock, seededBytes, seededRandom, silentDiagnose, systemRandom } from '#kit'
import { defaultTenant, entityId, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { appendReceipt, receiptArgs } from '#ledger'
import { createPolicy } from '#policy'
import { addSource } from '#sources'
import { openLocalStore } from '#store'

import { makeStatements } from '../../../../test/simulation/statements.ts'
import { createRegistry } from '../../registry.ts'
import { writerModules } from '../../writer-modules.ts'
import { composeResponse } from '../response.ts'
import { createVendorDesk } from './desk.ts'

const tenant = defaultTenant
const startMs = Date.UTC(2026, 5, 1)
const org = '00o1lab'
const { edge, fact } = makeStatements(startMs)
const app = entityId('app', org, '0oa1notes')
const [ada, patients, prices] = [
  entityId('identity', org, '00u1ada'),
  entityId('resource', org, 'api/patients'),
  entityId('resource', org, 'api/prices'),
]
const health: EntityId = entityId('class', 'declared', 'health')
const grant = entityId('credential', org, 'grant/00u1ada/oag1')
const estate = createMemoryEstate({
  edges: [
    edge(app, 'ACTS_AS', ada),
    edge(grant, 'AUTHENTICATES_AS', ada),
    edge(grant, 'CAN_READ', patients),
    edge(patients, 'CLASSIFIED_AS', health),
    edge(ada, 'CAN_READ', prices),
  ],
  facts: [
    fact(app, { name: 'Notes' }),
    fact(health, { name: 'health' }),
    fact(ada, { kind: 'human', login: 'ada' }),
    fact(grant, { kind: 'grant', client: '0oa1notes', owner: ada, scopes: 'patients.read' }),
  ],
})

const sources = [{ id: 'okta', connector: 'okta', authority: org }]
const policy = createPolicy()

/** Core as a process has it: nothing in its memory but what a start makes, all else in the store. */
function startCore(path: string, clock: ManualClock) {
  const store = openLocalStore(writerModules(), path)
  const registry = createRegistry(undefined, [])
  const random = seededBytes(seededRandom(clock.nowMs()))
  const parts = { ...store, clock, registry, random, diagnose: silentDiagnose }
  const { responder } = composeResponse({
    ...parts,
    view: () => Promise.resolve(estate),
    policy,
    health: new Map(),
    onWork: () => undefined,
  })
  const desk = createVendorDesk({
    ...parts,
    tenant,
    view: () => Promise.resolve(estate),
    sources: () => sources,
    posture: { now: () => Promise.resolve({ checks: [], findings: [], excepted: new Set() }) },
    responder,
    sight: () => ({ byAuthority: {}, late: [] }),
    receipt: (what, facts, sealed) =>
      appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom)),
  })
  const paused = async () => (await desk.list({ state: 'all' })).vendors.flatMap((one) => one.paused)
  return { ...store, desk, responder, paused }
}

test('a pause for one class outlives a restart: what it is of, that it stands, and who answered for its end', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'cordon-pause-'))
  t.after(() => rmSync(home, { recursive: true }))
  const path = join(home, 'cordon.db')
  const clock = new ManualClock(startMs)
  const first = startCore(path, clock)
  const scope = { about: [] }
  const source = { tenant, id: 'okta', connector: 'okta', authority: org, scope, config: { org: 'lab.okta.example' } }
  await first.writer.submit(
    addSource({ ...source, trust: 'vendor', sealedSee: null, sealedContain: 'sealed', createdAtMs: startMs }),
  )
  const asked = { vendor: 'Notes', class: 'health', dryRun: false, forGood: false }
  const { batches, stops } = await first.desk.pause(asked, 'ada')
  assert.deepEqual(
    stops.map(({ target, verbs }) => [target, verbs.map(({ verb }) => verb)]),
    [[app, ['okta.app.deactivate']]],
  )
  const [incident] = batches.map((one) => one.incident)
  const standing = [{ incident, sinceMs: startMs, class: health }]
  assert.deepEqual(await first.paused(), standing)
  const held = await first.desk.resume({ vendor: 'Notes' }, 'ada')
  const unmet = held.checks.filter(({ state }) => state !== 'met').map(({ check }) => check)
  assert.deepEqual([held.state, held.missing, unmet.length > 0], ['held', 2, true])
  assert.equal((await first.desk.resume({ vendor: 'Notes', override: 'a mistake' }, 'ada')).state, 'waits')
  first.close()

  await clock.advance(3_600_000)
  const again = startCore(path, clock)
  assert.deepEqual(await again.paused(), standing)
  await assert.rejects(again.desk.pause(asked, 'grace'), { code: 'ERR_VENDOR_STATE' }, 'it is paused for that class')
  const { trigger } = again.responder.list(tenant)[0] ?? assert.fail('no incident')
  assert.ok(trigger.kind === 'pause')
  assert.deepEqual([trigger.class, trigger.things.map(({ target }) => target)], [health, [app]])
  // The checks are looked at anew; ada's word of before counts, and it is still one person's.
  const still = await again.desk.resume({ vendor: 'Notes' }, 'grace')
  assert.deepEqual([still.state, still.checks], ['held', held.checks])
  assert.equal((await again.desk.resume({ vendor: 'Notes', override: 'again' }, 'ada')).state, 'waits')
  const last = await again.desk.resume({ vendor: 'Notes', override: 'I have seen it' }, 'grace')
  // Nothing was taken yet, as nobody approved: there is nothing to give back.
  assert.deepEqual([last.state, last.asked, last.refused.length], ['resuming', 0, 1])
  again.close()
})
