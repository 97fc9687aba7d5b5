import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'

import { createHttp, seededRandom, systemClock, systemRandom, toBase64url } from '#kit'
import { entityId } from '#model'
import { createClient } from '#cli'

import { startRig, type Life } from '../simulation/product-rig.ts'
import { signValue } from '../simulation/respond-world.ts'

/**
 * The whole product, killed with `kill -9` at each step of a lease's life. What opens is asked of the product's own table of
 * keys, over the API; the end of a lease comes while everything is dead, too.
 */
test('killed whenever, a lease is given once, and its right is gone at its end with a proof', async () => {
  const { rig, ...first } = await startRig(seededRandom(11), { losesAnswer: 0, beforeMs: 0, afterMs: 0 })
  let { core, hands }: { core: Life; hands: Life } = first
  after(() => {
    rig.close()
    rmSync(rig.dir, { recursive: true, force: true })
  })
  const killAll = async (): Promise<void> => {
    for (const { child, ended } of [core, hands]) {
      child.kill('SIGKILL')
      await ended
    }
  }
  const startAll = async (crashAt = ''): Promise<void> => {
    core = rig.launch('core')
    hands = rig.launch('hands', crashAt)
    await Promise.all([core.ready, hands.ready])
  }
  const { admin, signer } = rig
  const owner = entityId('identity', 'cordon', 'svc-annotator')
  const { id, token } = await admin.call('key.issue', { body: { owner: 'svc-annotator' } })
  await admin.call('key.kill', { params: { key: id } })
  const opens = async () => (await admin.call('key.verify', { body: { token } })).valid
  const made = await admin.call('user.create', { body: { name: 'bob', roles: ['responder'] } })
  const bob = createClient({ url: rig.url, token: made.token, user: 'bob' }, createHttp([rig.url]))
  const until = async <T>(what: string, look: () => Promise<T | false>): Promise<T> => {
    const endMs = performance.now() + 20_000
    for (;;) {
      const found = await look().catch(() => false as const)
      if (found !== false) return found
      assert.ok(performance.now() < endMs, `${what}: waited in vain`)
      await systemClock.sleep(100)
    }
  }
  const body = { of: owner, what: `credential:cordon:${id}`, forMs: 4_000, why: 'release 12' }
  const asked = await until('asked', () => bob.call('lease.ask', { body }))
  assert.deepEqual([asked.state, await opens()], ['asked', false])
  await killAll()
  await startAll('respond.after-apply')

  const nowMs = systemClock.nowMs()
  const approval = {
    plan: asked.plan ?? '',
    incident: asked.incident,
    approver: signer.name,
    envelope: { verbs: ['keys.key.lend'], connectors: ['keys'], furtherTargetsMax: 0, expiresAtMs: nowMs + 600_000 },
    nonce: toBase64url(systemRandom(18)),
    atMs: nowMs,
  }
  const signed = { approval, keyId: signer.keyId, signature: signValue(signer.privateKey, approval) }
  await admin.call('incident.approve', { params: { incident: asked.incident }, body: signed })
  assert.equal(await hands.ended, 'SIGKILL', 'hands die with the call behind them and its answer not kept')
  assert.equal(await opens(), true)
  // Its end comes while all of it is dead.
  core.child.kill('SIGKILL')
  await core.ended
  await systemClock.sleep(4_000)
  await startAll()
  assert.equal(await opens(), false, 'the key itself has its end')
  const over = await until('ended', async () => {
    const shown = await admin.call('lease.show', { params: { lease: asked.id } })
    return shown.state === 'ended' && shown
  })
  assert.equal(over.proof?.kind, 'probed')
  const { incident } = await admin.call('incident.show', { params: { incident: asked.incident } })
  await until('closed', async () => {
    const now = await admin.call('incident.show', { params: { incident: incident.id } })
    return now.incident.state === 'closed'
  })
})
