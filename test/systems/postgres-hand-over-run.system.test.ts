import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

import { createHttp } from '#kit'
import { defaultTenant } from '#model'
import { postgresActions } from '#connectors/postgres'
import { vaultHolder, vaultOrigins } from '#connectors/vault'

import { startMortalHands, type Dies, type Mortal, type OutwardCall } from '../conformance/mortal-hands.ts'
import { verbIn } from '../conformance/cordon.ts'
import { makeCore, receiptsOf, type Core } from '../simulation/respond-world.ts'
import { postgres15, postgres18, readLog, startCluster, type Cluster } from './postgres-cluster.ts'
import { openShop, type Mode, type Shop } from './postgres-shop.ts'
import { startWire } from './postgres-wire.ts'

const limits = { idleMs: 1_000, requestTimeoutMs: 60_000, leaseMs: 180_000 }
const stepMs = 500
const simulatedMsMax = 3_600_000
/** Real time that a statement is given before the simulated clock goes on. */
const patienceMs = 200
const verbs = ['postgres.role.hand-over', 'postgres.role.disable', 'postgres.sessions.terminate']

/** A process of hands whose statements go over a wire of its own, cut when it dies. */
async function startHands(core: Core, shop: Shop, worker: string, dies: Dies) {
  const { company, vaultSide, config, authority, containSecret } = shop
  let mortal: Mortal | undefined
  const wire = await startWire(config.port, (says, forward) =>
    mortal === undefined ? forward() : mortal({ to: 'vendor', says }, forward),
  )
  const hands = startMortalHands({
    core,
    worker,
    limits,
    dies,
    sources(through, by) {
      mortal = by
      const http = vaultSide.httpFor('contain', through(createHttp(vaultOrigins(company.config))))
      const rest = { isOwn: () => false }
      return {
        unseal: (source) => Promise.resolve(source === 'vault' ? { token: company.tokens.contain } : containSecret),
        sourceFor: ({ source }) =>
          source === 'postgres'
            ? { config: { ...config, port: wire.port }, authority, http: createHttp([]), ...rest }
            : undefined,
        placeFor: ({ placeSource }) =>
          placeSource === 'vault'
            ? { holder: vaultHolder, source: { config: company.config, authority: company.authority, http, ...rest } }
            : undefined,
      }
    },
  })
  return { ...hands, wire }
}

/** From the plan to the end; hands die behind their call number `last`, and others come. */
async function run(cluster: Cluster, mode: Mode, last: number) {
  const core = makeCore()
  const shop = await openShop(cluster, mode, core.clock)
  const { plan } = await shop.plan()
  const wishes = plan.steps
    .filter(({ verb }) => verbs.includes(verb))
    .map((planned) => {
      const { key: _, generation: __, ...step } = planned
      return { ...step, level: 0 as const }
    })
  assert.deepEqual(wishes.map(({ verb }) => verb).toSorted(), verbs.toSorted())
  const incident = await core.open(wishes)
  await core.responder.contain(defaultTenant, incident, 'ann')
  const calls: OutwardCall[] = []
  let hands = await startHands(core, shop, 'hands-0', (call) => (calls.push(call) > last ? 'behind' : undefined))
  let restarts = 0
  const isOpen = () => core.reader.get(`SELECT 1 FROM action WHERE state <> 'contained' LIMIT 1`) !== undefined
  for (let ms = 0; ms < simulatedMsMax && isOpen(); ms += stepMs) {
    await core.clock.advance(stepMs)
    const until = Date.now() + patienceMs
    do await wait(1)
    while (!hands.isDead() && (hands.isBusy() || hands.wire.isOpen()) && Date.now() < until)
    if (!hands.isDead()) continue
    await hands.wire.close()
    hands = await startHands(core, shop, `hands-${++restarts}`, () => undefined)
    await core.clock.advance(limits.leaseMs)
  }
  hands.end()
  await hands.wire.close()
  const { actions } = await core.responder.report(defaultTenant, incident)
  const now = await shop.read()
  const tables = core.reader.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
  const kept = JSON.stringify([
    tables.map(({ name }) => core.reader.all(`SELECT * FROM "${name}"`)),
    receiptsOf(core.reader),
    await readLog(cluster, 'json'),
  ])
  const root = await cluster.superuser()
  const alive = await root.query(`select rolname from pg_roles where rolcanlogin and rolname like $1 || '%'`, [
    shop.name,
  ])
  await root.end()
  const found = {
    states: actions.map(({ state }) => state),
    restarts,
    thief: await shop.tried(shop.leaked),
    consumer: await shop.tried(now),
    live: alive.rows.length,
    isValueKept: kept.includes(now.password),
  }
  await shop.close()
  return { calls, found }
}

for (const [version, bin, mode] of [
  [15, postgres15, 'made'],
  [18, postgres18, 'pair'],
] as const) {
  const skip = existsSync(`${bin}/postgres`) ? false : `no server ${version}: run test/systems/install-postgres.sh`
  suite(`on PostgreSQL ${version}`, { skip }, () => {
    test(`whatever call is the last of hands: one login in place, no orphan, no value kept (${mode})`, async (t) => {
      assert.ok(verbIn(postgresActions, verbs[0] ?? ''))
      const cluster = await startCluster({ log_statement: 'all' }, bin)
      t.after(() => cluster.stop())
      const whole = await run(cluster, mode, Infinity)
      const said = whole.calls.map(({ says }) => says)
      for (const part of ['attempt', 'login password', 'commit', 'PATCH ', 'applied', 'nologin valid', 'probed']) {
        assert.ok(
          said.some((says) => says.includes(part)),
          `${part} is among the calls`,
        )
      }
      const at = (part: string): number => said.findIndex((says) => says.includes(part))
      assert.ok(at('PATCH ') < at('nologin valid'), 'written before the old one dies')
      const expected = (restarts: number) => ({
        states: verbs.map(() => 'contained'),
        restarts,
        thief: '28P01',
        consumer: 'works',
        live: 1,
        isValueKept: false,
      })
      assert.deepEqual(whole.found, expected(0))
      // What ends the old login is the same on both: once is enough.
      const tried = version === 15 ? said : said.slice(0, at('applied') + 1)
      for (const [last, says] of tried.entries()) {
        const { found } = await run(cluster, mode, last)
        // Behind the very last call nothing is left to do.
        assert.deepEqual(found, expected(found.restarts), `dead behind call ${last}, ${says.slice(0, 60)}`)
        assert.ok(found.restarts === 1 || last >= said.length - 2, `hands died at call ${last}`)
      }
      t.diagnostic(`${tried.length} calls, each the last once`)
    })
  })
}
