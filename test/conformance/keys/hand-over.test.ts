import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId } from '#model'
import { keysActions, nameKey } from '#connectors/keys'

import { verbIn } from '../cordon.ts'
import { openShop, owner } from './shop.ts'

const handOver = verbIn(keysActions, 'keys.key.hand-over')
const works = `${owner} gateway`

test('a key of Cordon’s own leaks, and its consumer goes on with one of the same owner and scopes', async (t) => {
  const shop = await openShop()
  t.after(shop.close)
  const { core, keys, leaked, target, context, read, opens, tell } = shop
  await tell()
  const { plan } = await shop.plan()
  assert.deepEqual(
    plan.steps.map(({ verb, target: on, placeSource }) => [verb, on, placeSource]),
    [
      ['keys.key.hand-over', target, 'vault'],
      ['keys.key.kill', nameKey(leaked.id), undefined],
      ['vault.versions.destroy', target, undefined],
    ],
  )
  const said: unknown[] = [plan, await handOver.apply(context(), target)]
  const now = await read()
  assert.deepEqual([await opens(leaked.token), await opens(now)], [works, works], 'before the kill both work')
  for (const { verb, target: on } of plan.steps.filter(({ source }) => source === 'keys'))
    said.push(await verbIn(keysActions, verb).apply(context(), on))
  assert.deepEqual([await opens(leaked.token), await opens(await read())], ['dead', works])
  assert.equal(await read(), now, 'once more is as good as once')
  const probed = await handOver.probe.run(context(), target)
  assert.match(probed.verdict === 'dead' ? probed.proof.says : '', /in place, and in use/)
  await tell()
  const again = await shop.plan()
  const successor = keys.list(defaultTenant).find(({ state }) => state === 'live')
  assert.ok(successor)
  const exposed = [
    ...again.exposure.credentials.map(({ credential }) => credential),
    ...again.plan.steps.map((step) => step.target),
  ]
  assert.ok(!exposed.includes(nameKey(successor.id)), 'the successor is no part of what leaked')
  const kept = JSON.stringify([
    said,
    probed,
    shop.side.logged,
    core.reader.all('SELECT * FROM virtual_key'),
    core.reader.all('SELECT * FROM key_record'),
  ])
  assert.ok(!kept.includes(now) && kept.includes(successor.id), 'no value is told')
})

test('where the place keeps nothing, undo is refused and the consumer keeps what works', async (t) => {
  const shop = await openShop()
  t.after(shop.close)
  const { target, context, read, opens } = shop
  const { undoState } = await handOver.apply(context(), target)
  const undone = handOver.undo?.(context(), target, undoState)
  await assert.rejects(undone ?? Promise.resolve(), /keeps nothing of what it held/)
  assert.equal(await opens(await read()), works)
})

test('an owner’s raised epoch does not reach the successor, and one that is dead is no proof', async (t) => {
  const shop = await openShop()
  t.after(shop.close)
  const { core, keys, leaked, target, context, read, opens } = shop
  await core.clock.advance(1_000)
  await keys.raiseEpoch(defaultTenant, owner, core.clock.nowMs())
  await handOver.apply(context(), target)
  assert.deepEqual([await opens(leaked.token), await opens(await read())], ['under-epoch', works])
  await shop.home.withdrawSuccessor(target)
  assert.match(JSON.stringify(await handOver.probe.run(context(), target)), /not, or no longer, active/)
})

test('core issues for the places of the configuration alone, and one at a time', async (t) => {
  const shop = await openShop()
  t.after(shop.close)
  const { keys, home, leaked, target, context, read, opens } = shop
  const other = entityId('resource', shop.company.authority, 'kv/secret/other')
  await assert.rejects(home.issueSuccessor(other), { code: 'ERR_KEY_PLACE' })
  const first = await home.issueSuccessor(target)
  await assert.rejects(home.issueSuccessor(target), { code: 'ERR_KEY_SUCCESSOR' })
  // An orphan: nobody ever read its value. The next try withdraws it.
  await handOver.apply(context(), target)
  assert.deepEqual([await opens(first.token), await opens(await read())], ['dead', works])
  // In use by now, and another action comes: it cannot know by whom.
  await assert.rejects(handOver.apply({ ...context(), key: 'act_other' }, target), { code: 'ERR_HAND_OVER_REFUSED' })
  assert.equal(await opens(await read()), works)
  await keys.place(defaultTenant, [])
  await assert.rejects(home.issueSuccessor(target), { code: 'ERR_KEY_PLACE' })
  await shop.tell()
  const { plan } = await shop.plan()
  assert.deepEqual(
    plan.steps.map(({ verb }) => verb),
    ['keys.key.kill'],
    `${leaked.id} leads nowhere any more`,
  )
})
