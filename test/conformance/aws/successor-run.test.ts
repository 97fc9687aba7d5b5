import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

import { createHttp, type Clock, type Http } from '#kit'
import { defaultTenant, entityId } from '#model'
import { awsHolder, awsOrigins } from '#connectors/aws'
import type { ActionDesk } from '#respond'
import { createRunner } from '#respond/hands'

import { createRegistry } from '../../../src/app/registry.ts'
import { noHome } from '../../simulation/respond-hands.ts'
import { makeCore, receiptsOf, type Core } from '../../simulation/respond-world.ts'
import { planOf } from '../plan.ts'
import { account, heldOf, openCordon, tried } from './company.ts'
import { foundShop, readPair, rereadSeconds, sourceOf, worksInShop, type Shop } from './shop.ts'

const limits = { idleMs: 1_000, requestTimeoutMs: 60_000, leaseMs: 180_000 }
const stepMs = 500
const simulatedMsMax = 900_000

const registry = createRegistry(undefined)
const never = new Promise<never>(() => undefined)

/** A process of hands that dies at one call of the vendor's, before it is sent or before its answer is heard. */
function startHands(core: Core, shop: Shop, worker: string, dies?: { at: string; when: 'before' | 'behind' }) {
  let isDead = false
  const alive = <T>(work: () => Promise<T>): Promise<T> =>
    isDead ? never : work().then((value) => (isDead ? never : value))
  const plain = createHttp(awsOrigins(shop.config))
  const http: Http = {
    request: (url, request) =>
      alive(async () => {
        const headers = new Headers(request?.headers)
        const said = `${headers.get('x-amz-target')} ${String(request?.body)}`
        const isIt = dies !== undefined && said.includes(dies.at)
        if (isIt && dies.when === 'before') isDead = true
        if (isDead) return never
        const response = await plain.request(url, request)
        if (isIt) isDead = true
        return response
      }),
  }
  const { desk } = core
  const mine: ActionDesk = {
    claim: (...args) => alive(() => desk.claim(...args)),
    attempt: (...args) => alive(() => desk.attempt(...args)),
    applied: (...args) => alive(() => desk.applied(...args)),
    probed: (...args) => alive(() => desk.probed(...args)),
    failed: (...args) => alive(() => desk.failed(...args)),
    undone: (...args) => alive(() => desk.undone(...args)),
    release: (...args) => alive(() => desk.release(...args)),
  }
  const clock: Clock = {
    nowMs: () => core.clock.nowMs(),
    monotonicMs: () => core.clock.monotonicMs(),
    sleep: (ms, signal) => alive(() => core.clock.sleep(ms, signal)),
  }
  const cordon = openCordon(shop)
  const signed = cordon.httpFor('contain', http)
  const handle = { config: shop.config, authority: account, http: signed, isOwn: () => false }
  const runner = createRunner({
    desk: mine,
    worker,
    clock,
    unit: () => 0.5,
    home: noHome,
    lent: () => undefined,
    unseal: () => Promise.resolve(shop.secrets),
    actionFor: (connector, verb) => registry.find(connector)?.actions.find((action) => action.verb === verb),
    sourceFor: () => handle,
    placeFor: () => ({ holder: awsHolder, source: handle }),
    limits,
  })
  const life = new AbortController()
  void runner.run(life.signal)
  return { isDead: () => isDead, end: () => life.abort() }
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
