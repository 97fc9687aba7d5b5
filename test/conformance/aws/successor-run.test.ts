import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

import { createHttp } from '#kit'
import { defaultTenant, entityId } from '#model'
import { awsHolder, awsOrigins } from '#connectors/aws'

import { makeCore, receiptsOf, type Core } from '../../simulation/respond-world.ts'
import { startMortalHands } from '../mortal-hands.ts'
import { planOf } from '../plan.ts'
import { account, heldOf, openCordon, tried } from './company.ts'
import { foundShop, readPair, rereadSeconds, sourceOf, worksInShop, type Shop } from './shop.ts'

const limits = { idleMs: 1_000, requestTimeoutMs: 60_000, leaseMs: 180_000 }
const stepMs = 500
const simulatedMsMax = 900_000

function startHands(core: Core, shop: Shop, worker: string, dies?: { at: string; when: 'before' | 'behind' }) {
  const cordon = openCordon(shop)
  return startMortalHands({
    core,
    worker,
    limits,
    dies: ({ to, says }) => (to === 'vendor' && dies !== undefined && says.includes(dies.at) ? dies.when : undefined),
    sources(through) {
      const http = cordon.httpFor('contain', through(createHttp(awsOrigins(shop.config))))
      const handle = { config: shop.config, authority: account, http, isOwn: () => false }
      return {
        unseal: () => Promise.resolve(shop.secrets),
        sourceFor: () => handle,
        placeFor: () => ({ holder: awsHolder, source: handle }),
      }
    },
  })
}

const deaths = [
  undefined,
  { at: 'Action=CreateAccessKey', when: 'behind' },
  { at: 'secretsmanager.PutSecretValue', when: 'before' },
  { at: 'secretsmanager.PutSecretValue', when: 'behind' },
] as const

for (const dies of deaths) {
  const name = dies === undefined ? 'undisturbed' : `hands die ${dies.when} ${dies.at}`
  test(`from the signed plan to the end, ${name}: the consumer goes on, the thief is refused, no value is kept`, async (t) => {
    const shop = await foundShop()
    t.after(shop.close)
    const { ciKey, standby, secret } = shop
    const cordon = openCordon(shop)
    await cordon.pull('inventory')
    const core = makeCore()
    const leaked = entityId('credential', 'aws', ciKey.id)
    const { plan } = await planOf({
      house: cordon,
      sources: [sourceOf(shop)],
      trigger: { kind: 'credential', credential: leaked },
      fromMs: shop.clock.nowMs(),
      nowMs: shop.clock.nowMs(),
      by: 'aws',
    })
    const wishes = plan.steps.map((planned) => {
      const { key: _, generation: __, ...step } = planned
      return { ...step, level: 0 as const }
    })
    const incident = await core.open(wishes)
    await core.responder.contain(defaultTenant, incident, 'ann')

    let hands = startHands(core, shop, 'hands-0', dies)
    let restarts = 0
    const report = () => core.responder.report(defaultTenant, incident)
    for (let ms = 0; ms < simulatedMsMax; ms += stepMs) {
      await core.clock.advance(stepMs)
      shop.clock.pass(stepMs)
      // Calls over loopback take real time.
      await wait(2)
      if (hands.isDead()) {
        hands = startHands(core, shop, `hands-${++restarts}`)
        await core.clock.advance(limits.leaseMs)
        shop.clock.pass(limits.leaseMs)
      }
      if (ms % (rereadSeconds * 1000) === 0) assert.equal(typeof (await worksInShop(shop)), 'string')
      if (core.reader.get(`SELECT 1 FROM action WHERE state <> 'contained' LIMIT 1`) === undefined) break
    }
    hands.end()
    assert.equal(restarts, dies === undefined ? 0 : 1)
    const { actions } = await report()
    assert.deepEqual(
      actions.map(({ state }) => state),
      actions.map(() => 'contained'),
    )
    shop.clock.pass(shop.state.lagMs)
    assert.equal(await tried(shop, heldOf(ciKey)), 'InvalidClientTokenId')
    assert.equal(await worksInShop(shop), 'works')
    assert.deepEqual([standby.keys.length, secret.versions.size], [1, 2], 'one successor, written once')
    assert.equal((await readPair(shop)).accessKeyId, standby.keys[0]?.id)

    // By the declared rule a leaked key outlives a lost hand-over by a minute at most: here the lease is longer.
    const at = (verb: string) => actions.find((action) => action.verb === verb)
    if (dies === undefined) {
      assert.ok((at('aws.key.hand-over')?.provenAtMs ?? 0) <= (at('aws.key.deactivate')?.appliedAtMs ?? 0))
    }
    const tables = core.reader.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    const kept = JSON.stringify([
      tables.map(({ name: table }) => core.reader.all(`SELECT * FROM "${table}"`)),
      receiptsOf(core.reader),
    ])
    assert.ok(kept.includes(standby.keys[0]?.id ?? 'none'), 'the report names the key')
    assert.ok(!kept.includes('secret-of-AKIA'), 'no value of any key is kept')
  })
}
