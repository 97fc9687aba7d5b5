import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CordonError, seededInt, seededRandom } from '#kit'
import { defaultTenant, type Action, type TenantId } from '#model'
import type { ActionDesk } from '#respond'
import type { ContainAction } from '#respond/contract'

import { startHands, type Fate, type Hands } from './respond-hands.ts'
import { noFaults, Vendor, type Faults } from './respond-vendor.ts'
import { credential, makeCore, receiptsOf } from './respond-world.ts'

const rough: Faults = { refuses: 0.1, losesAnswer: 0.1, hangs: 0.05, forgetsToRead: 0.1 }
const birch: TenantId = 't_birch'
const actionsEach = 10
/** Fewer polls than in life; nothing here is measured. */
const limits = { idleMs: 1_000 }
const simulatedMsMax = 6 * 3_600_000

type Run = {
  doubled: number
  actions: Action[]
  crashes: number
  staleRefused: number
  vendor: Vendor
  survivors: number
}

/** One seeded run: two tenants, two hands, a rough vendor; processes die, freeze and lose answers between awaits. */
async function play(
  seed: number,
  options: {
    faults: Faults
    dies: number
    freezes: number
    losesRpc: number
    /** Without read-back: `idempotent` just sends again, `once` never does. */
    blind?: 'idempotent' | 'once'
  },
): Promise<Run> {
  const random = seededRandom(seed)
  const core = makeCore({ seed })
  const vendor = new Vendor(core.clock, random, options.faults)
  let staleRefused = 0
  let crashes = 0
  let desk = core.desk

  /** The socket between hands and core: calls and answers get lost, and core itself starts anew now and then. */
  const wire = (): ActionDesk => {
    const over = async <T>(work: (desk: ActionDesk) => Promise<T>): Promise<T> => {
      const lost = new CordonError('ERR_RPC_CLOSED', 'the other process went away', { retryable: true })
      if (random() < options.losesRpc) throw lost
      try {
        const value = await work(desk)
        if (random() < options.losesRpc) {
          if (random() < 0.2) desk = core.reboot()
          throw lost
        }
        return value
      } catch (error) {
        if (error instanceof CordonError && error.code === 'ERR_FENCE_STALE') staleRefused++
        throw error
      }
    }
    return {
      claim: (...args) => over((to) => to.claim(...args)),
      attempt: (...args) => over((to) => to.attempt(...args)),
      applied: (...args) => over((to) => to.applied(...args)),
      probed: (...args) => over((to) => to.probed(...args)),
      failed: (...args) => over((to) => to.failed(...args)),
      undone: (...args) => over((to) => to.undone(...args)),
      release: (...args) => over((to) => to.release(...args)),
    }
  }
  const fate = (): Fate => {
    const dice = random()
    if (dice < options.dies) {
      crashes++
      return 'dies'
    }
    return dice < options.dies + options.freezes ? 5_000 + seededInt(random, 40_000) : 'lives'
  }
  const actionFor = (tenant: string): ContainAction => {
    const { readBack: _, ...rest } = vendor.action(tenant)
    return options.blind === undefined ? vendor.action(tenant) : { ...rest, retry: options.blind }
  }
  let born = 0
  const start = (): Hands =>
    startHands({ worker: `hands-${born++}`, clock: core.clock, desk: wire(), actionFor, fate, unit: random, limits })

  const hands = [start(), start()]
  for (const tenant of [defaultTenant, birch]) {
    const wishes = Array.from({ length: actionsEach }, (__, index) => ({
      target: credential(`key-${index}`),
      source: `lab-${index % 2}`,
    }))
    const incident = await core.open(wishes, { tenant })
    await core.responder.contain(tenant, incident, 'ann')
  }
  const all = async (): Promise<Action[]> =>
    (
      await Promise.all(
        [defaultTenant, birch].flatMap((tenant) =>
          core.responder.list(tenant).map(({ id }) => core.responder.report(tenant, id)),
        ),
      )
    ).flatMap(({ actions }) => actions)
  const isOpen = ({ state }: Action): boolean => !['contained', 'failed', 'unknown'].includes(state)
  const openNow = (): unknown =>
    core.reader.get(`SELECT 1 FROM action WHERE state NOT IN ('contained', 'failed', 'unknown') LIMIT 1`)
  for (let ms = 0; ms < simulatedMsMax && openNow() !== undefined; ms += 5_000) {
    await core.clock.advance(5_000)
    for (const [index, one] of hands.entries()) if (one.isDead()) hands[index] = start()
  }
  for (const one of hands) one.kill()
  const actions = await all()
  assert.equal(actions.length, 2 * actionsEach, 'an intent was dropped')
  assert.deepEqual(actions.filter(isOpen), [], 'an intent never came to an end')
  const reports = await Promise.all(
    [defaultTenant, birch].flatMap((tenant) =>
      core.responder.list(tenant).map(({ id }) => core.responder.report(tenant, id)),
    ),
  )
  for (const { actions, dead, survivors, incident } of reports) {
    const contained = actions.filter(({ state }) => state === 'contained')
    assert.ok(
      contained.every((action) => action.proof !== null && vendor.dead.has(`${action.tenant} ${action.target}`)),
    )
    assert.equal(dead.length, contained.length)
    assert.equal(survivors.length, actions.length - contained.length, 'who is not proven dead is a survivor')
    assert.equal(incident.state, survivors.length === 0 ? 'contained' : 'containing')
  }
  const started = receiptsOf(core.reader, 'action.started')
  for (const action of actions) {
    const effects = vendor.effects.get(`${action.tenant} ${action.target}`) ?? 0
    const attempts = started.filter((leaf) => leaf.facts['action'] === action.id).length
    assert.ok(effects <= attempts, 'no effect without a durable attempt before it')
    assert.equal(attempts, action.attempts, 'one leaf for each attempt')
  }
  return {
    doubled: [...vendor.effects.values()].filter((times) => times > 1).length,
    actions,
    crashes,
    staleRefused,
    vendor,
    survivors: reports.flatMap(({ survivors }) => survivors).length,
  }
}

const seeds = Number(process.env['CORDON_SIMULATION_SEEDS'] ?? 5)
const range = Array.from({ length: seeds }, (_, index) => index + 1)

test('a calm world: everything is proven dead, once', async () => {
  const run = await play(1, { faults: noFaults, dies: 0, freezes: 0, losesRpc: 0 })
  assert.deepEqual([run.doubled, run.survivors], [0, 0])
  assert.ok([...run.vendor.effects.values()].every((times) => times === 1))
})

test('crashes, freezes, lost answers, 429s: no effect is doubled, no intent dropped, stale claims are refused', async () => {
  let crashes = 0
  let stale = 0
  let contained = 0
  let actions = 0
  for (const seed of range) {
    const run = await play(seed, { faults: rough, dies: 0.01, freezes: 0.01, losesRpc: 0.02 })
    assert.equal(run.doubled, 0, `seed ${seed}`)
    crashes += run.crashes
    stale += run.staleRefused
    contained += run.actions.filter(({ state }) => state === 'contained').length
    actions += run.actions.length
  }
  assert.ok(crashes > seeds, `${crashes} crashes`)
  assert.ok(stale > 0, `${stale} stale claims refused`)
  assert.ok(contained > actions * 0.95, `${contained} of ${actions} contained`)
})

test('the naive variant, which just sends again, doubles effects in the same world', async () => {
  let doubled = 0
  for (const seed of range) {
    const run = await play(seed, { faults: rough, dies: 0.01, freezes: 0.01, losesRpc: 0.02, blind: 'idempotent' })
    doubled += run.doubled
  }
  assert.ok(doubled > 0, 'this world would not have shown a doubled effect')
})

test('what cannot be read back is tried once; without an answer it is a survivor for a person', async () => {
  let unclear = 0
  for (const seed of range) {
    const run = await play(seed, { faults: rough, dies: 0.01, freezes: 0.01, losesRpc: 0.02, blind: 'once' })
    assert.equal(run.doubled, 0, `seed ${seed}`)
    unclear += run.survivors
  }
  assert.ok(unclear > 0, 'this world would not have shown an unclear one')
})
