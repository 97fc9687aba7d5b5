import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, kindOf } from '#model'
import { addWords } from '#vendors'

import { isThere } from '../../../lab/estate/company/model.ts'
import type { Estate } from '../../../lab/estate/estate.ts'
import { probe } from '../../../lab/estate/prober/index.ts'
import { lootOf, targetsOf } from '../../../lab/estate/targets.ts'
import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createVendorDesk } from '../../../src/app/core/vendors/desk.ts'
import type { Signer } from '../../simulation/respond-world.ts'
import { openContainment, Together } from '../estate/containment.ts'
import type { Cordon } from '../estate/cordon.ts'
import { wordOf } from '../estate/exposure.ts'
import { credentialNames } from '../estate/names.ts'
import { registry } from '../estate/source.ts'

type World = { estate: Estate; cordon: Cordon; clock: TwinClock; approver: Signer | undefined }

async function openDesk({ estate, cordon, clock, approver }: World) {
  const setups = estate.fills.map(({ source }) => source)
  const acting = new Together(clock)
  const { approve, settle, responder } = await openContainment(
    cordon,
    setups.filter(({ connector }) => connector === 'okta'),
    acting,
    undefined,
    undefined,
    approver,
  )
  const desk = createVendorDesk({
    ...cordon.store,
    tenant: defaultTenant,
    clock: acting,
    view: () => Promise.resolve(cordon.graph.view()),
    sources: () =>
      setups.map(({ connector }) => ({
        id: connector,
        connector,
        authority: cordon.authorities.get(connector) ?? null,
      })),
    registry,
    posture: { now: () => Promise.resolve({ checks: [], findings: [], excepted: new Set() }) },
    responder,
    sight: () => ({ byAuthority: {}, late: [] }),
    // Leaves are held elsewhere (`src/app/core/vendors/desk.test.ts`): here a word of nobody takes their place.
    receipt: () => addWords({ tenant: defaultTenant, words: [] }),
  })
  return { desk, approve, settle, responder, acting }
}

/** A vendor's access taken away and given back at the vendors themselves, as the prober finds it. */
export function testPausing(worldOf: () => World): void {
  void test('a paused vendor opens nothing when its tokens are tried, and all of it again once two people answer for the resume', async () => {
    const world = worldOf()
    const { estate, cordon, clock } = world
    const { desk, approve, settle, responder, acting } = await openDesk(world)
    const { all } = await desk.now()
    const wiki = all.find(({ vendor: { name } }) => name === 'Wiki') ?? assert.fail('no Wiki')
    const held = new Set(wiki.vendor.apps.flatMap(({ credentials }) => credentials))
    const tokens = estate.credentials.filter((one) =>
      credentialNames(cordon.authorities, one).some((name) => held.has(name)),
    )
    assert.ok(tokens.length > 1)
    const opened = async (): Promise<number> => {
      let count = 0
      for (const token of tokens)
        count += (await probe(targetsOf(estate, clock.nowMs()), lootOf(token))).opens.flatMap(wordOf).length
      return count
    }
    const before = await opened()
    assert.ok(before > 0)

    const asked = { vendor: 'Wiki', forGood: false }
    const dry = await desk.pause({ ...asked, dryRun: true }, 'ada')
    assert.deepEqual(
      dry.stops.map(({ target, verbs, reversible }) => [kindOf(target), verbs.map(({ verb }) => verb), reversible]),
      [['app', ['okta.app.deactivate'], true]],
    )
    assert.deepEqual([dry.batches, dry.losing.accounts], [[], wiki.vendor.apps[0]?.users.length])
    const isPause = ({ trigger }: ReturnType<typeof responder.list>[number]): boolean => trigger.kind === 'pause'
    assert.deepEqual(responder.list(defaultTenant).filter(isPause), [], 'a dry run opens nothing')

    const [batch] = (await desk.pause({ ...asked, dryRun: false }, 'ada')).batches
    assert.ok(batch)
    const soon = async (by: string) => desk.resume({ vendor: 'Wiki', override: 'a mistake' }, by)
    assert.equal((await soon('ada')).state, 'waits')
    const { state: early, refused } = await soon('grace')
    assert.deepEqual([early, refused.length], ['resuming', 1], 'what still waits to be done is not given back')
    assert.match(refused[0]?.why ?? '', /awaiting-approval/)

    await approve(batch.incident)
    const [report] = await settle([batch.incident])
    assert.deepEqual(
      report?.actions.map(({ verb, state, proof }) => [verb, state, proof?.kind]),
      [['okta.app.deactivate', 'contained', 'read-back']],
    )
    assert.equal(await opened(), 0)
    await assert.rejects(desk.pause({ ...asked, dryRun: false }, 'ada'), { code: 'ERR_VENDOR_STATE' })

    const resume = async (by: string, override?: string) => {
      const { state, missing, checks } = await desk.resume({ vendor: 'Wiki', override }, by)
      return [state, missing, checks.filter((one) => one.state !== 'met').map(({ check }) => check)]
    }
    const unmet = ['keys-new', 'claim-holds']
    // What two people said of it yesterday is void today.
    await acting.advance(25 * 3_600_000)
    assert.deepEqual(await resume('ada'), ['held', 2, unmet])
    assert.deepEqual(await resume('ada', 'the audit is due'), ['waits', 1, unmet])
    assert.deepEqual(await resume('ada', 'really'), ['waits', 1, unmet], 'one person is one person')
    assert.equal(await opened(), 0)
    assert.deepEqual(await resume('grace', 'I have seen it too'), ['resuming', 0, unmet])
    await settle([batch.incident])
    assert.equal(await opened(), before)
    await assert.rejects(desk.resume({ vendor: 'Wiki' }, 'ada'), { code: 'ERR_VENDOR_STATE' })
  })

  void test('who would lose work is every contractor who may sign in, by project, and nobody who has left', async () => {
    const world = worldOf()
    const { company } = world.estate
    const { desk } = await openDesk(world)
    const { losing } = await desk.pause({ vendor: 'Labelling Desk', dryRun: true, forGood: false }, 'ada')
    const here = company.people.filter((one) => one.kind === 'contractor' && isThere(one, world.clock.nowMs()))
    assert.ok(here.length > 10)
    assert.equal(losing.people?.contractors, here.length)
    const of = Map.groupBy(here, ({ group }) => company.projects[group]?.slug)
    assert.deepEqual(
      new Map(losing.people?.projects.map(({ project, losing: n }) => [project, n])),
      new Map([...of].map(([slug, all]) => [slug, all.length])),
    )
    assert.deepEqual(losing.people?.others, [], 'everybody uses it')
  })
}
