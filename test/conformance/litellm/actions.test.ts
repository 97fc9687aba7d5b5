import assert from 'node:assert/strict'
import { test } from 'node:test'

import { actionTrial } from '../actions.ts'
import { actionOf } from './cordon.ts'
import { ask } from './thief.ts'
import { at, cases, stateOf, trial } from './cases.ts'

const { begin, start, tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test('a block is no end: the other worker goes on from memory, and no proof is given until that is over', async () => {
  for (const verb of ['litellm.key.block', 'litellm.team.block', 'litellm.key.delete']) {
    const one = cases.find((held) => held.verb === verb)
    assert.ok(one)
    const { action, target, works, context, settled } = await begin(one)
    assert.equal(await works(), true)
    await action.apply(context(), target)
    assert.equal(await works(), true, `${verb}: LiteLLM said ok, and the key works on`)
    const early = await action.probe.run(context(), target)
    assert.equal(early.verdict, 'alive', verb)
    settled()
    assert.equal(await works(), false)
    assert.equal((await action.probe.run(context(), target)).verdict, 'dead')
  }
})

test('a lent value that is still taken overrules what the database says', async () => {
  const one = cases.find(({ verb }) => verb === 'litellm.key.block')
  assert.ok(one)
  const { company, action, target, works, context, settled } = await begin(one)
  const lent = (): string => company.adas.value
  await action.apply(context(), target)
  settled()
  // A worker whose memory lasts longer than this source was told: the write-back of a request that was under way.
  company.twin.settings.cacheMs = 3_600_000
  const key = company.twin.gateway.state.keys.get(company.adas.key.token)
  assert.ok(key)
  key.blocked = false
  await works()
  key.blocked = true
  assert.equal((await action.probe.run(context(), target)).verdict, 'dead', 'without the value nobody can tell')
  const tried = await action.probe.run(context({ lent }), target)
  assert.match(tried.verdict === 'alive' ? tried.says : '', /still takes the lent value/)
  await assert.rejects(action.probe.run(context({ lent: () => company.bosses.value }), target), {
    code: 'ERR_LITELLM_TARGET',
  })
})

test("Cordon's users, their keys, break-glass and the configuration file are refused by name", async () => {
  const { company, cordon } = await start()
  const { twin, keys, fixed, ada } = company
  const [block, user] = [actionOf('litellm.key.block'), actionOf('litellm.user.block')]
  const before = stateOf(company)
  for (const held of twin.gateway.state.keys.values()) {
    if (held.user_id?.startsWith('cordon-') !== true) continue
    const target = at(company, 'credential', `key/${held.token}`)
    await assert.rejects(block.apply(cordon.context(), target), { code: 'ERR_LITELLM_TARGET', message: /own/ })
  }
  for (const name of ['cordon-see', 'cordon-contain']) {
    await assert.rejects(user.apply(cordon.context(), at(company, 'identity', `user/${name}`)), {
      code: 'ERR_LITELLM_TARGET',
    })
  }
  const spared = [at(company, 'identity', `user/${ada.user_id}`)]
  const adas = at(company, 'credential', `key/${company.adas.key.token}`)
  await assert.rejects(block.apply(cordon.context({ spared }), adas), { message: /break-glass/ })
  await assert.rejects(
    actionOf('litellm.model.block').apply(cordon.context(), at(company, 'resource', `deployment/${fixed.id}`)),
    { code: 'ERR_LITELLM_REFUSED' },
  )
  // A user that is not there is not made.
  assert.match((await user.apply(cordon.context(), at(company, 'identity', 'user/nobody'))).says, /no such user/)
  assert.equal(stateOf(company), before)
  assert.equal((await ask(twin.url, keys.see, 'GET', '/key/list')).status, 200)
})
