import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { identitiesWriter } from '#identities/writer'
import { appendReceipt, receiptArgs } from '#ledger'
import { ledgerWriter } from '#ledger/writer'
import { defaultTenant } from '#model'
import { listSources } from '#sources'
import { openLocalStore } from '#store'

import type { Estate } from '../../../lab/estate/estate.ts'
import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createIdentityDesk } from '../../../src/app/core/identity-desk.ts'
import { createIdentityLook } from '../../../src/app/core/identity-look.ts'
import { openContainment, Together } from '../estate/containment.ts'
import type { Cordon } from '../estate/cordon.ts'
import { identityOf, thingNames } from '../estate/names.ts'

type World = { estate: Estate; cordon: Cordon; clock: TwinClock; leave(mail: string): Promise<void> }

const dayMs = 86_400_000

/** Who answers for what: asked, answered, remembered, and asked again once the owner has left. */
export function testOwners(worldOf: () => World): void {
  void test('an owner is asked for once, remembered as a word with who and when, and asked for again when they leave', async () => {
    const { estate, cordon, clock, leave } = worldOf()
    const store = openLocalStore([ledgerWriter, identitiesWriter])
    const acting = new Together(clock)
    const setups = estate.fills.map(({ source }) => source)
    const { responder } = await openContainment(cordon, setups, acting)
    const sources = () => listSources(cordon.store.reader, defaultTenant)
    const stores = { ...store, tenant: defaultTenant, clock: acting }
    const desk = createIdentityDesk({
      ...stores,
      view: () => Promise.resolve(cordon.graph.view()),
      look: createIdentityLook({ ...stores, sources }),
      responder,
      asker: () => null,
      receipt: (what, facts, sealed) =>
        appendReceipt(
          receiptArgs(
            { tenant: defaultTenant, what, atMs: acting.nowMs(), customer: null, facts, sealed },
            (length) => new Uint8Array(randomBytes(length)),
          ),
        ),
    })

    const first = await desk.list({ state: 'unowned', max: 3 })
    const rest = await desk.list({ state: 'unowned', after: first.identities.at(-1)?.identity, max: 200 })
    const unowned = [...first.identities, ...rest.identities]
    assert.deepEqual([first.identities.length, unowned.length], [3, first.unowned])
    assert.ok(unowned.every(({ kind, owner }) => kind !== 'human' && (owner === null || owner.left)))

    const dry = await desk.ask({ dryRun: true, max: 500 }, 'sam')
    assert.equal(dry.incident, null)
    const asked = await desk.ask({ dryRun: false, max: 500 }, 'sam')
    assert.ok(asked.incident)
    assert.deepEqual([asked.asked.length, asked.asked], [dry.asked.length, dry.asked])
    const silent = unowned.filter(({ means }) => means.credentials === 0).length
    const all = asked.asked.length + asked.beyond
    assert.ok(all > 0 && all <= unowned.length && all >= unowned.length - silent, `${all} of ${unowned.length}`)
    assert.ok(asked.asked.some(({ who }) => who !== null))
    const perPerson = Map.groupBy(asked.asked, ({ who }) => who?.who)
    for (const [who, some] of perPerson) if (who !== undefined) assert.ok(some.length <= 10, who)
    const tasks = responder.tasks(defaultTenant, asked.incident)
    assert.equal(tasks.length, asked.asked.length)
    const again = await desk.ask({ dryRun: false, max: 500 }, 'sam')
    assert.deepEqual([again.waiting, again.asked.length], [asked.asked.length, 0])

    const robot = estate.fills.find(({ vendor }) => vendor === 'openai')?.identities[0]
    const [agent] = robot === undefined ? [] : thingNames(cordon.authorities, 'openai', robot)
    const person = estate.company.people.find(
      ({ endMs, admin, kind }) => endMs === null && admin === null && kind === 'staff',
    )
    const okta = estate.fills.find(({ vendor }) => vendor === 'okta')?.natives.get(person?.n ?? -1)
    assert.ok(agent && person && okta)
    const owner = identityOf(cordon.authorities, 'okta', okta)
    await assert.rejects(desk.own({ identity: agent, owner: agent }, 'sam'), { code: 'ERR_IDENTITY_OWNER' })
    const made = await desk.own({ identity: agent, owner, purpose: 'rates answers' }, 'sam')
    assert.deepEqual(made, { identity: agent, owner, purpose: 'rates answers', tasksDone: 1 })
    const { identity } = await desk.show(agent)
    assert.deepEqual(
      [identity.purpose, identity.owner?.owner, identity.owner?.way, identity.owner?.by, identity.unowned],
      ['rates answers', owner, 'person', 'sam', false],
    )
    assert.equal(responder.tasks(defaultTenant, asked.incident).find(({ target }) => target === agent)?.done?.by, 'sam')

    await leave(person.email)
    const { identity: alone } = await desk.show(agent)
    assert.deepEqual([alone.owner?.owner, alone.owner?.left, alone.unowned], [owner, true, true])
    const soon = await desk.ask({ dryRun: true, max: 500 }, 'sam')
    assert.ok(!soon.asked.some((one) => one.identity === agent), 'it was asked within 30 days')
    await acting.advance(30 * dayMs)
    const later = await desk.ask({ dryRun: true, max: 500 }, 'sam')
    assert.ok(later.asked.some((one) => one.identity === agent && one.who?.who !== owner))
    store.close()
  })
}
