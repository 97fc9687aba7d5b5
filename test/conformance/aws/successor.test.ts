import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, HttpError, type Http } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsConnector, awsOrigins } from '#connectors/aws'

import { planOf } from '../plan.ts'
import { account, actionOf, heldOf, tried } from './company.ts'
import { allow, foundShop, openShopCordon, readPair, region, rereadSeconds, sourceOf, worksInShop } from './shop.ts'

test('a leaked key dies and its consumer goes on: deny, successor, kill, in the order of the plan', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const { clock, state, ciKey, ci, standby, secret, place } = shop
  const cordon = openShopCordon(shop)
  await cordon.pull('inventory')
  const leaked = heldOf(ciKey)
  const key = entityId('credential', 'aws', ciKey.id)
  const { plan } = await planOf({
    house: cordon,
    sources: [sourceOf(shop)],
    trigger: { kind: 'credential', credential: key },
    fromMs: clock.nowMs(),
    nowMs: clock.nowMs(),
    by: 'aws',
  })
  assert.deepEqual(
    plan.steps.map(({ phase, verb, target }) => [phase, verb, target]),
    [
      ['deny', 'aws.principal.deny', entityId('identity', account, ci.id)],
      ['hand-over', 'aws.key.hand-over', place],
      ['revoke', 'aws.key.deactivate', key],
      ['end-sessions', 'aws.user.deny', entityId('identity', account, ci.id)],
    ],
  )
  const handOver = plan.steps[1]
  assert.ok(
    handOver?.preview.effects.some((says) => says.includes(`${rereadSeconds} s`)),
    'the gap in seconds',
  )
  assert.deepEqual(handOver?.cutsOff, [])

  const told: unknown[] = [plan]
  for (const { verb, target } of plan.steps) {
    const action = actionOf(verb)
    told.push(await action.apply(cordon.context(), target))
    if (verb === 'aws.key.hand-over') {
      assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'unknown', 'no consumer has it yet')
      // The deny holds by now, and the shop stands still: this is the gap, until it reads anew.
      clock.pass(state.lagMs)
      assert.equal(await tried(shop, leaked), 'AccessDenied')
      assert.equal(await worksInShop(shop), 'works')
      const probed = await action.probe.run(cordon.context(), target)
      assert.equal(probed.verdict, 'dead')
      told.push(probed)
    }
  }
  clock.pass(state.lagMs)
  assert.equal(await tried(shop, leaked), 'InvalidClientTokenId')
  assert.equal(await worksInShop(shop), 'works')
  const [successor] = standby.keys
  assert.ok(successor)
  assert.equal(standby.keys.length, 1)
  assert.equal((await readPair(shop)).accessKeyId, successor.id)
  const text = JSON.stringify([told, cordon.logged])
  assert.ok(!text.includes(successor.secret) && !text.includes(ciKey.secret), 'no value is told')
  assert.equal(secret.versions.size, 2)
  assert.deepEqual(shop.twin.unknown, [])
})

test('no successor is written where what is exposed could read it: that is a task, which says why', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const { clock, ci, ciKey, secret, place } = shop
  ci.inline.set(new Map([['ci', allow(['secretsmanager:GetSecretValue'], secret.arn)]]), 0)
  const cordon = openShopCordon(shop)
  await cordon.pull('inventory')
  const { plan } = await planOf({
    house: cordon,
    sources: [sourceOf(shop)],
    trigger: { kind: 'credential', credential: entityId('credential', 'aws', ciKey.id) },
    fromMs: clock.nowMs(),
    nowMs: clock.nowMs(),
    by: 'aws',
  })
  const handOvers = plan.steps.filter(({ phase }) => phase === 'hand-over')
  assert.deepEqual(
    handOvers.map(({ verb }) => verb),
    ['manual.task'],
  )
  assert.ok(handOvers[0]?.preview.effects.some((says) => says.includes(place)))
})

/** Dies at one call: its request never arrives, or nobody hears its answer; and nothing comes after it. */
function dyingAt(origins: string[], at: number, when: 'before' | 'behind'): Http & { calls(): number } {
  const http = createHttp(origins)
  let calls = 0
  const gone = () => new HttpError('ERR_HTTP_NETWORK', 'lost', { retryable: true })
  return {
    calls: () => calls,
    async request(url, request) {
      const call = calls++
      if (call > at || (call === at && when === 'before')) throw gone()
      const response = await http.request(url, request)
      if (call === at) throw gone()
      return response
    },
  }
}

for (const when of ['before', 'behind'] as const) {
  test(`whatever call it dies ${when}, the next try ends with one successor, and the consumer works`, async (t) => {
    let deaths = 0
    for (let at = 0; ; at++) {
      const shop = await foundShop()
      t.after(shop.close)
      const cordon = openShopCordon(shop)
      const { apply, readBack } = actionOf('aws.key.hand-over')
      const { place, standby, secret, clock, state } = shop
      const dying = dyingAt(awsOrigins(shop.config), at, when)
      const first = await apply(cordon.context({ http: cordon.httpFor('contain', dying) }), place).then(
        () => 'applied',
        () => 'died',
      )
      clock.pass(state.lagMs)
      assert.equal(await worksInShop(shop), 'works', `dead at call ${at}: the consumer never stands without a key`)
      const landed = await readBack?.(cordon.context(), place)
      assert.equal(landed, secret.versions.size === 2 ? 'landed' : 'absent')
      if (landed === 'absent') await apply(cordon.context(), place)
      assert.equal(standby.keys.length, 1, `dead at call ${at}: no orphan is left`)
      assert.equal((await readPair(shop)).accessKeyId, standby.keys[0]?.id)
      await apply(cordon.context(), place)
      assert.deepEqual([standby.keys.length, secret.versions.size], [1, 2], 'twice is once')
      if (first === 'applied') break
      deaths++
    }
    assert.ok(deaths >= 6, `${deaths} deaths`)
  })
}

test('undo puts the version before back and deletes the successor, also when it was found by reading back', async (t) => {
  for (const isKnown of [true, false]) {
    const shop = await foundShop()
    t.after(shop.close)
    const { ciKey, standby, place, secret } = shop
    const cordon = openShopCordon(shop)
    const { apply, undo, readBack } = actionOf('aws.key.hand-over')
    const { undoState } = await apply(cordon.context(), place)
    await undo?.(cordon.context(), place, isKnown ? undoState : undefined)
    await undo?.(cordon.context(), place, undoState)
    assert.equal((await readPair(shop)).accessKeyId, ciKey.id)
    assert.equal(standby.keys.length, 0)
    assert.equal(await readBack?.(cordon.context(), place), 'absent')
    // Another generation is another action; the old one is not done again under its old name.
    await assert.rejects(apply(cordon.context(), place), { code: 'ERR_HAND_OVER_REFUSED' })
    await apply(cordon.context({ key: 'act_test02' }), place)
    assert.equal((await readPair(shop)).accessKeyId, standby.keys.at(-1)?.id)
    assert.equal(secret.versions.size, 3)
  }
})

test('a refused write leaves no key behind, and what is in the secret since then is not overwritten', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const { standby, place, contain, secret } = shop
  const cordon = openShopCordon(shop)
  const { apply } = actionOf('aws.key.hand-over')
  const inline = allow(['iam:*', 'secretsmanager:DescribeSecret'])
  contain.inline.set(new Map([['contain', inline]]), 0)
  await assert.rejects(apply(cordon.context(), place), { code: 'ERR_VENDOR_SCOPE' })
  assert.deepEqual([standby.keys, secret.versions.size], [[], 1])
})

test('strangers, places of no configuration, break-glass and a standby user in use are refused; nothing changes', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const { state, clock, standby, place, secret } = shop
  const cordon = openShopCordon(shop)
  const { apply } = actionOf('aws.key.hand-over')
  const refuses = (target: EntityId, over = {}) =>
    assert.rejects(apply(cordon.context(over), target), { code: 'ERR_HAND_OVER_REFUSED' })
  await refuses(entityId('resource', account, [...state.secrets.values()][0]?.arn ?? ''))
  await refuses(entityId('resource', '444455556666', secret.arn))
  await refuses(place, { isOwn: (entity: EntityId) => entity === place })
  await refuses(place, { spared: [place] })
  await assert.rejects(apply(cordon.context({ spared: [entityId('identity', account, 'user/ci-standby')] }), place), {
    code: 'ERR_AWS_TARGET',
  })
  const inUse = state.addKey(standby, clock.nowMs())
  assert.equal(await tried(shop, heldOf(inUse)), 'works')
  await refuses(place)
  assert.deepEqual([standby.keys.map(({ id }) => id), secret.versions.size], [[inUse.id], 1])
})

test('what issues can touch the standby user alone, and what writes the secret alone', async (t) => {
  const shop = await foundShop()
  t.after(shop.close)
  const { state, place, standby, secret } = shop
  const cordon = openShopCordon(shop)
  await actionOf('aws.key.hand-over').apply(cordon.context(), place)
  const policies = [...state.sessions.values()].flatMap(({ name, policy }) =>
    name === 'cordon-act_test01' && policy !== undefined ? [policy] : [],
  )
  type Statement = { Action: string[]; Resource: string }
  const [writes = [], issues = []] = policies.map((policy): Statement[] => JSON.parse(policy).Statement)
  assert.deepEqual(
    writes.map(({ Resource }) => Resource),
    [secret.arn],
  )
  assert.deepEqual(
    issues.map(({ Resource }) => Resource),
    [standby.arn, '*'],
  )
  assert.deepEqual(issues[1]?.Action, ['iam:GetAccessKeyLastUsed'])
})

test('the configuration names each once, of this account, and never the user itself as its standby', () => {
  const secret = `arn:aws:secretsmanager:${region}:${account}:secret:prod/ci-AbCdEf`
  const one = { user: 'ci', standby: `arn:aws:iam::${account}:user/ci-standby`, secret, rereadSeconds }
  const isGood = (...successors: unknown[]): boolean => awsConnector.config.safeParse({ account, successors }).success
  assert.ok(isGood(one))
  assert.ok(!isGood(one, one))
  assert.ok(!isGood({ ...one, standby: `arn:aws:iam::${account}:user/ci` }))
  assert.ok(!isGood({ ...one, standby: 'arn:aws:iam::444455556666:user/ci-standby' }))
  assert.ok(!isGood({ ...one, secret: secret.replace(region, 'eu-west-1') }))
  const { secret: _, rereadSeconds: __, ...elsewhere } = { ...one, place: 'resource:cluster:secret/shop/aws' }
  assert.ok(isGood(elsewhere))
  assert.ok(!isGood({ ...elsewhere, secret, rereadSeconds }), 'two places')
  assert.ok(!isGood({ ...elsewhere, place: 'secret/shop/aws' }))
})
