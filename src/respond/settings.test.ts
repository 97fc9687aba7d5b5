import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant } from '#model'

import { looseningWaitMs } from './setting-writer.ts'
import { rungOf } from './settings.ts'
import {
  credential,
  enroll,
  makeCore,
  receiptsOf,
  signValue,
  type Signer,
} from '../../test/simulation/respond-world.ts'
import type { Core } from '../../test/simulation/respond-world.ts'

const rung = (name: 'observe' | 'recommend' | 'ask' | 'auto') => ({
  connector: 'lab',
  verb: 'lab.key.disable',
  population: '*',
  rung: name,
})
const now = (core: Core) => rungOf(core.reader, defaultTenant, 'lab', 'lab.key.disable', 'contractors')

async function consent(core: Core, signer: Signer, loosening: string) {
  const value = { loosening, approver: signer.name, nonce: `n-${signer.name}`, atMs: core.clock.nowMs() }
  return core.responder.consent(defaultTenant, {
    consent: value,
    keyId: signer.keyId,
    signature: signValue(signer.privateKey, value),
  })
}

test('a promotion waits, and the leaf says from what to what', async () => {
  const core = makeCore()
  assert.equal(now(core), 'observe')
  const change = await core.responder.setLadder(defaultTenant, rung('auto'), 'ann')
  assert.deepEqual([change.effective, change.effectiveAtMs], [false, core.clock.nowMs() + looseningWaitMs])
  assert.equal(now(core), 'observe')
  await core.clock.advance(looseningWaitMs)
  await core.responder.tick()
  assert.equal(now(core), 'auto')
  const [leaf] = receiptsOf(core.reader, 'setting.changed')
  assert.deepEqual([leaf?.facts['from'], leaf?.facts['to']], ['observe', 'auto'])
  assert.equal(receiptsOf(core.reader, 'loosening.asked').length, 1)
})

test('two approvers let a promotion take effect at once; one does not', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const ben = await enroll(core, 'ben', ann)
  const { loosening } = await core.responder.setLadder(defaultTenant, rung('auto'), 'ann')
  assert.equal((await consent(core, ann, loosening ?? '')).effective, false)
  await assert.rejects(consent(core, ann, loosening ?? ''), /consented already/)
  assert.equal(now(core), 'observe')
  assert.equal((await consent(core, ben, loosening ?? '')).effective, true)
  assert.equal(now(core), 'auto')
})

test('a demotion is at once; a cancelled promotion never comes', async () => {
  const core = makeCore()
  await core.responder.setLadder(defaultTenant, rung('auto'), 'ann')
  const [pending] = core.responder.loosenings(defaultTenant)
  await core.responder.cancelLoosening(defaultTenant, pending?.id ?? '', 'ben')
  await core.clock.advance(looseningWaitMs * 2)
  await core.responder.tick()
  assert.equal(now(core), 'observe')
  await core.responder.setLadder(defaultTenant, rung('ask'), 'ann')
  await core.clock.advance(looseningWaitMs)
  await core.responder.tick()
  assert.equal(now(core), 'ask')
  assert.equal((await core.responder.setLadder(defaultTenant, rung('observe'), 'ann')).effective, true)
  assert.equal(now(core), 'observe')
})

test('taking the protection off an entity is a loosening', async () => {
  const core = makeCore()
  const entity = credential('glass')
  await core.responder.protect(defaultTenant, { entity, why: 'break-glass' }, 'ann')
  assert.equal((await core.responder.unprotect(defaultTenant, entity, 'ann')).effective, false)
  assert.equal(core.responder.protectedEntities(defaultTenant).length, 1)
})
