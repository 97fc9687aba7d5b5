import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp } from '#kit'
import { defaultTenant } from '#model'
import { vaultHolder, vaultOrigins } from '#connectors/vault'

import { receiptsOf } from '../../simulation/respond-world.ts'
import { startMortalHands, type Dies, type OutwardCall } from '../mortal-hands.ts'
import { ask } from '../vault/company.ts'
import { openShop, owner, type Shop } from './shop.ts'

const limits = { idleMs: 1_000, requestTimeoutMs: 10_000, leaseMs: 30_000 }
const stepMs = 500
const simulatedMsMax = 900_000

const startHands = ({ core, home, config, company, vaultSide }: Shop, worker: string, dies: Dies) =>
  startMortalHands({
    core,
    worker,
    limits,
    dies,
    home,
    sources(through) {
      const http = vaultSide.httpFor('contain', through(createHttp(vaultOrigins(company.config))))
      const rest = { isOwn: () => false }
      return {
        unseal: (source) => Promise.resolve(source === 'vault' ? { token: company.tokens.contain } : {}),
        sourceFor: ({ source }) =>
          source === 'keys'
            ? { config, authority: 'cordon', http: createHttp([]), ...rest }
            : { config: company.config, authority: company.authority, http, ...rest },
        placeFor: ({ placeSource }) =>
          placeSource === 'vault'
            ? { holder: vaultHolder, source: { config: company.config, authority: company.authority, http, ...rest } }
            : undefined,
      }
    },
  })

/** From the plan to the end; hands die behind their call number `last`, and others come. */
async function run(last: number) {
  const shop = await openShop()
  const { core, keys, leaked, vault, path } = shop
  await shop.tell()
  const { plan } = await shop.plan()
  const wishes = plan.steps.map((planned) => {
    const { key: _, generation: __, ...step } = planned
    return { ...step, level: 0 as const }
  })
  const incident = await core.open(wishes)
  await core.responder.contain(defaultTenant, incident, 'ann')
  const calls: OutwardCall[] = []
  const dying: Dies = (call) => (calls.push(call) > last ? 'behind' : undefined)
  let hands = startHands(shop, 'hands-0', dying)
  let restarts = 0
  const isOpen = () => core.reader.get(`SELECT 1 FROM action WHERE state <> 'contained' LIMIT 1`) !== undefined
  for (let ms = 0; ms < simulatedMsMax && isOpen(); ms += stepMs) {
    await core.clock.advance(stepMs)
    // Calls over loopback take real time.
    do await new Promise((resolve) => setImmediate(resolve))
    while (hands.isBusy())
    if (!hands.isDead()) continue
    hands = startHands(shop, `hands-${++restarts}`, () => undefined)
    await core.clock.advance(limits.leaseMs)
  }
  hands.end()
  const { actions } = await core.responder.report(defaultTenant, incident)
  const now = await shop.read()
  const tables = core.reader.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
  const kept = JSON.stringify([
    tables.map(({ name }) => core.reader.all(`SELECT * FROM "${name}"`)),
    receiptsOf(core.reader),
  ])
  const found = {
    states: actions.map(({ state }) => state),
    restarts,
    thief: await shop.opens(leaked.token),
    consumer: await shop.opens(now),
    old: (await ask(vault, 'GET', `secret/data/${path}?version=1`)).status,
    live: keys.list(defaultTenant).filter(({ state }) => state === 'live').length,
    isValueKept: kept.includes(now),
  }
  await shop.close()
  return { calls, found }
}

test('whatever call to Vault or to core is the last of hands: one successor in place, no orphan, no value kept', async () => {
  const whole = await run(Infinity)
  const said = whole.calls.map(({ says }) => says)
  for (const part of ['attempt', 'issueSuccessor', 'PATCH ', 'applied', 'killKey', 'probed', '/destroy/']) {
    assert.ok(
      said.some((says) => says.includes(part)),
      `${part} is among the calls`,
    )
  }
  const at = (part: string): number => said.findIndex((says) => says.includes(part))
  assert.ok(at('issueSuccessor') < at('killKey'), 'handed over before the old one dies')
  assert.ok(at('killKey') < at('/destroy/'), 'and what stood there is destroyed when it is dead')
  const expected = (restarts: number) => ({
    states: ['contained', 'contained', 'contained'],
    old: 404,
    restarts,
    thief: 'dead',
    consumer: `${owner} gateway`,
    live: 1,
    isValueKept: false,
  })
  assert.deepEqual(whole.found, expected(0))
  for (const [last, says] of said.entries()) {
    const { found } = await run(last)
    // Behind the very last call nothing is left to do.
    assert.deepEqual(found, expected(found.restarts), `dead behind call ${last}, ${says.slice(0, 60)}`)
    assert.ok(found.restarts === 1 || last >= said.length - 2, `hands died at call ${last}`)
  }
})
