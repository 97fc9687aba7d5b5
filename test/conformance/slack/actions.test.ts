import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { install, signIn } from '../../../lab/twins/slack/browser.ts'
import { actionTrial } from '../actions.ts'
import { foundCompany } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { withToken, works } from './thief.ts'
import { at, opens, trial } from './cases.ts'

const { start, tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test('a queued end of sessions is no end: the thief works on until it is done, and the proof waits', async () => {
  const { company, cordon } = await start()
  const { twin, clock, ada } = company
  const target = at(company, 'identity', ada.id)
  const action = actionOf('slack.user.sessions.reset')
  const { undoState } = await action.apply(cordon.context(), target)
  assert.equal(await opens(company), true, 'Slack said ok, and the session works on')
  const early = await action.probe.run(cordon.context(), target, undoState)
  assert.match(early.verdict === 'alive' ? early.says : '', /deactivate the user/)
  clock.pass(twin.settings.resetDelayMs)
  assert.equal(await opens(company), false)
  assert.equal((await action.probe.run(cordon.context(), target, undoState)).verdict, 'dead')
  // Ada, or whoever has her password, comes back: another session, of which only she knows whether it is hers.
  signIn(twin.org, ada, '203.0.113.66')
  const again = await action.probe.run(cordon.context(), target, undoState)
  assert.match(again.verdict === 'unknown' ? again.says : '', /none of the sessions from before, and 1 begun since/)
  assert.equal(
    (await action.probe.run(cordon.context(), target)).verdict,
    'alive',
    'found in place only: nobody noted them',
  )
})

test('an app that was installed again is alive, and its restriction is asked for', async () => {
  const { company, cordon } = await start()
  const { twin, clock, helper, session } = company
  const target = at(company, 'app', helper.id)
  const action = actionOf('slack.app.uninstall')
  await action.apply(cordon.context(), target)
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'unknown', 'the log does not tell yet')
  clock.pass(60_000)
  install(twin.org, session, helper)
  clock.pass(60_000)
  const probed = await action.probe.run(cordon.context(), target)
  assert.match(probed.verdict === 'alive' ? probed.says : '', /restrict it/)
})

test('owners, bots, lent values of others and break-glass are refused by name', async () => {
  const { company, cordon } = await start()
  const { twin, boss, ada, helper, helperTokens, session, tokens } = company
  const deactivate = actionOf('slack.user.deactivate')
  await assert.rejects(deactivate.apply(cordon.context(), at(company, 'identity', boss.id)), {
    code: 'ERR_SLACK_REFUSED',
  })
  const bot = helperTokens.bot.user
  const reset = actionOf('slack.user.sessions.reset')
  await assert.rejects(reset.apply(cordon.context(), at(company, 'identity', bot)), { code: 'ERR_SLACK_REFUSED' })
  const keeper = twin.state.tokens.get(tokens.contain)?.user ?? ''
  await assert.rejects(deactivate.apply(cordon.context(), at(company, 'identity', keeper)), {
    code: 'ERR_SLACK_TARGET',
    message: /own token speaks for/,
  })
  const uninstall = actionOf('slack.app.uninstall')
  for (const app of company.cordonApps.slice(0, 2)) {
    await assert.rejects(uninstall.apply(cordon.context(), at(company, 'app', app.id)), { code: 'ERR_SLACK_TARGET' })
  }
  const revoke = actionOf('slack.token.revoke')
  const token = at(company, 'credential', `user-token/${helper.id}/${ada.id}`)
  for (const value of [tokens.see, tokens.contain, helperTokens.bot.value]) {
    await assert.rejects(revoke.apply(cordon.context({ lent: () => value }), token), { code: 'ERR_SLACK_TARGET' })
    assert.equal(await works(twin.url, withToken(value)), true)
  }
  await assert.rejects(revoke.apply(cordon.context(), token), { code: 'ERR_SLACK_NEEDS' })
  const spared = [at(company, 'identity', ada.id)]
  const invalidate = actionOf('slack.session.invalidate')
  const target = at(company, 'credential', `session/${ada.id}/${session.id}`)
  await assert.rejects(invalidate.apply(cordon.context({ spared }), target), { code: 'ERR_SLACK_TARGET' })
  assert.equal(await opens(company), true)
})

test('on a plan without the API the verb says what it needs, and a token still dies by its value', async () => {
  const company = await foundCompany({ plan: 'basic' })
  after(() => company.twin.close())
  const cordon = openCordon(company)
  const { ada, helper, helperTokens, twin } = company
  const user = at(company, 'identity', ada.id)
  for (const verb of ['slack.user.deactivate', 'slack.user.sessions.reset']) {
    await assert.rejects(actionOf(verb).apply(cordon.context(), user), { code: 'ERR_SLACK_NEEDS', message: /plan/ })
  }
  const { value } = helperTokens.user
  const token = at(company, 'credential', `user-token/${helper.id}/${ada.id}`)
  await actionOf('slack.token.revoke').apply(cordon.context({ lent: () => value }), token)
  assert.equal(await works(twin.url, withToken(value)), false)
})
