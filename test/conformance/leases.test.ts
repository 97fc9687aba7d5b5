import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'

import type { EntityId } from '#model'
import { entraLeases } from '#connectors/entra'
import { githubLeases } from '#connectors/github'
import { googleLeases } from '#connectors/google'
import { keysLeases } from '#connectors/keys'
import { oktaLeases } from '#connectors/okta'
import { lending, type ActionContext, type ContainAction, type LeaseAction } from '#respond/contract'

import { createRegistry } from '../../src/app/registry.ts'
import { actionTrial, assertTrue } from './actions.ts'
import { lostAt, verbIn } from './cordon.ts'
import { trial as entra } from './entra/cases.ts'
import { trial as github } from './github/cases.ts'
import { trial as google } from './google/cases.ts'
import { openShop } from './keys/shop.ts'
import { trial as okta } from './okta/cases.ts'
import { nameKey } from '#connectors/keys'

// What every lease owes: what it gives opens something and is proven to stand, its end closes that and is proven, what stood
// before is refused and never taken, a crash is known by reading back, and neither Cordon's own nor break-glass is lent.

/** By connector: the verb whose case puts somebody in, and how its lease is tried. */
const lendsOf = <Config>(leases: readonly LeaseAction<Config>[]): ContainAction<Config> => {
  const [only] = leases
  assert.ok(only !== undefined && leases.length === 1)
  return lending(only)
}

function tries<Config>(
  name: string,
  parts: {
    lend: ContainAction<Config>
    taking: ContainAction<Config>
    /** Crashes and refusals, too: what gives and takes differs by vendor, what stands around it does not. */
    isWhole: boolean
    begin(): Promise<{
      company: Parameters<typeof assertTrue>[0]
      target: EntityId
      works(): Promise<boolean>
      context(over?: Partial<ActionContext<Config>>): ActionContext<Config>
      settled(): void
      lost(when: 'before' | 'behind'): ActionContext<Config>
      hold(scopes: readonly string[]): void | Promise<void>
      holder: EntityId
    }>
  },
): void {
  const { lend, taking, isWhole } = parts
  const outside = async () => {
    const all = await parts.begin()
    assert.equal(await all.works(), true)
    // What stood before is refused, and an end that does not know takes nothing.
    const { context, target } = all
    await assert.rejects(async () => remembered(context(), target), { code: 'ERR_LEASE_STANDS', retryable: false })
    for (const state of [undefined, {}, { stoodBefore: true }])
      await assert.rejects(async () => lend.undo?.(context(), target, state), { code: 'ERR_LEASE_KEPT' })
    assert.equal(await all.works(), true)
    assert.deepEqual(await lend.remember?.(context(), target, { stoodBefore: false }), { stoodBefore: false }, 'kept')
    await taking.apply(all.context(), all.target)
    all.settled()
    assert.equal(await all.works(), false, 'nobody is in before the lease')
    return all
  }
  const remembered = async (context: ActionContext<Config>, target: EntityId) =>
    lend.remember?.(context, target, undefined)

  suite(name, () => {
    test('it is given, proven to stand, taken and proven gone; with the permissions it declares', async () => {
      const { company, target, works, context, settled, hold } = await outside()
      await hold(lend.scopes)
      const before = await remembered(context(), target)
      assert.deepEqual(before, { stoodBefore: false })
      assert.equal(await lend.readBack?.(context(), target), 'absent')
      assert.notEqual((await lend.probe.run(context(), target)).verdict, 'dead', 'no proof before it stands')
      await lend.apply(context(), target)
      settled()
      assert.equal(await works(), true, 'it opens what it should')
      assert.equal(await lend.readBack?.(context(), target), 'landed')
      assert.equal((await lend.probe.run(context(), target)).verdict, 'dead', 'proven to stand')
      assert.equal((await lend.isGone?.(context(), target))?.verdict, 'alive', 'and not gone')
      await lend.apply(context(), target)
      await lend.undo?.(context(), target, before)
      settled()
      assert.equal(await works(), false, 'the end closes it')
      assert.equal((await lend.isGone?.(context(), target))?.verdict, 'dead', 'proven gone')
      await lend.undo?.(context(), target, before)
      assert.equal((await lend.probe.run(context(), target)).verdict, 'unknown', 'never alive: it is not given anew')
      assertTrue(company)
    })

    if (!isWhole) return
    for (const when of ['before', 'behind'] as const)
      test(`a crash ${when} the change is known by reading back`, async () => {
        const { target, works, context, settled, lost } = await outside()
        await assert.rejects(async () => lend.apply(lost(when), target), { code: 'ERR_HTTP_NETWORK' })
        settled()
        assert.equal(await lend.readBack?.(context(), target), when === 'behind' ? 'landed' : 'absent')
        assert.equal(await works(), when === 'behind')
        await lend.apply(context(), target)
        settled()
        await assert.rejects(async () => lend.undo?.(lost(when), target, { stoodBefore: false }))
        settled()
        assert.equal((await lend.isGone?.(context(), target))?.verdict, when === 'behind' ? 'dead' : 'alive')
      })

    test("neither Cordon's own nor break-glass is lent to", async () => {
      const { target, works, context, holder } = await outside()
      const refuses = (over: Partial<ActionContext<Config>>) =>
        assert.rejects(async () => lend.apply(context(over), target), { code: 'ERR_LEASE_TARGET' })
      await refuses({ isOwn: (entity) => entity === target })
      await refuses({ isOwn: (entity) => entity === holder })
      await refuses({ spared: [holder] })
      assert.equal(await works(), false)
    })
  })
}

const last = (native: string): string => native.split('/').at(-1) ?? ''
const idOf = (target: EntityId, native: string): EntityId => `identity:${target.split(':')[1] ?? ''}:${native}`

function vendorTries(
  name: string,
  trial: typeof okta,
  leases: typeof oktaLeases,
  by: string,
  of: (id: string) => string,
) {
  const { begin } = actionTrial(trial)
  const one = trial.cases.find(({ verb }) => verb === by)
  assert.ok(one)
  tries(name, {
    lend: lendsOf(leases),
    taking: verbIn(trial.actions, by),
    isWhole: name === 'okta',
    begin: async () => {
      const { company, cordon, target, works, context, settled } = await begin(one)
      return {
        company,
        target,
        works,
        context,
        settled,
        lost: (when) =>
          context({ http: cordon.httpFor('contain', lostAt(trial.origins(company), when, trial.isChange)) }),
        hold: (scopes) => trial.hold?.(company, scopes),
        holder: idOf(target, of(last(target))),
      }
    },
  })
}
// Each is of its vendor's own types; what is asked of them is the same.
const asOkta = <T>(value: T): never => value as never
vendorTries('okta', okta, oktaLeases, 'okta.membership.remove', (id) => id)
vendorTries('google', asOkta(google), asOkta(googleLeases), 'google.membership.remove', (id) => id)
vendorTries('entra', asOkta(entra), asOkta(entraLeases), 'entra.membership.remove', (id) => `user/${id}`)
vendorTries('github', asOkta(github), asOkta(githubLeases), 'github.team.remove-member', (id) => `user/${id}`)

test('a key of Cordon is alive for its lease alone, and dead at its end though nobody kills it', async () => {
  const shop = await openShop()
  after(() => shop.close())
  const lend = lendsOf(keysLeases)
  const { leaked, opens } = shop
  const key = nameKey(leaked.id)
  const { clock } = shop.core
  const untilMs = clock.nowMs() + 3_600_000
  const context = () => ({ ...shop.context(), untilMs })
  await assert.rejects(async () => lend.remember?.(context(), key, undefined), { code: 'ERR_LEASE_STANDS' })
  await assert.rejects(lend.apply(context(), key), { code: 'ERR_KEY_LIVE' })
  await shop.context().home.killKey(leaked.id)
  assert.deepEqual(await lend.remember?.(context(), key, undefined), { stoodBefore: false })
  for (let times = 0; times < 2; times++) await lend.apply(context(), key)
  assert.match(await opens(leaked.token), /gateway$/)
  assert.equal((await lend.isGone?.(context(), key))?.verdict, 'alive')
  await clock.advance(3_600_000)
  assert.equal(await opens(leaked.token), 'dead', 'the end is in the key itself')
  assert.equal((await lend.isGone?.(context(), key))?.verdict, 'dead')
  await lend.undo?.(context(), key, { stoodBefore: false })
  await shop.context().home.reviveKey(leaked.id)
  await clock.advance(3_600_000)
  assert.match(await opens(leaked.token), /gateway$/, 'given back for good it has no end')
})

test('every lease of every connector is tried somewhere', () => {
  const verbs = createRegistry(undefined, [])
    .all()
    .flatMap(({ lends }) => lends.map(({ verb }) => verb))
  assert.deepEqual(verbs.sort(), [
    'aws.role.lend',
    'entra.membership.lend',
    'github.team.lend',
    'google.membership.lend',
    'keys.key.lend',
    'okta.membership.lend',
    'postgres.membership.lend',
  ])
})
