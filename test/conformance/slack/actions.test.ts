import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { slackActions, slackOrigins } from '#connectors/slack'

import { install, makeApp, signIn } from '../../../lab/twins/slack/browser.ts'
import { lostAt, stateText } from '../cordon.ts'
import { foundCompany, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { withSession, withToken, works } from './thief.ts'

/** One verb, what a thief has, and whether it still opens something: asked at Slack, never at Cordon. */
type Case = {
  verb: string
  set(company: Company): { target: EntityId; works(): Promise<boolean>; lent?: string }
  /** Does undo give the thief's way back, too? */
  isRestored: boolean
}

const at = (company: Company, kind: 'identity' | 'credential' | 'app', native: string): EntityId =>
  entityId(kind, company.twin.state.org, native)
const opens = ({ twin, session }: Company): Promise<boolean> => works(twin.url, withSession(session))

const cases: Case[] = [
  {
    verb: 'slack.app.restrict',
    isRestored: true,
    set(company) {
      const { twin, session } = company
      const app = makeApp(twin.org, 'Sync', { resolution: 'approved' })
      return {
        target: at(company, 'app', app.id),
        works: async () => install(twin.org, session, app) !== undefined,
      }
    },
  },
  {
    verb: 'slack.user.deactivate',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', company.ada.id),
      works: async () => signIn(company.twin.org, company.ada, '203.0.113.66') !== undefined,
    }),
  },
  {
    verb: 'slack.token.revoke',
    isRestored: false,
    set(company) {
      const { helper, helperTokens, ada, twin } = company
      return {
        target: at(company, 'credential', `user-token/${helper.id}/${ada.id}`),
        works: () => works(twin.url, withToken(helperTokens.user.value)),
        lent: helperTokens.user.value,
      }
    },
  },
  {
    verb: 'slack.user.sessions.reset',
    isRestored: false,
    set: (company) => ({ target: at(company, 'identity', company.ada.id), works: () => opens(company) }),
  },
  {
    verb: 'slack.session.invalidate',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `session/${company.ada.id}/${company.session.id}`),
      works: () => opens(company),
    }),
  },
  {
    verb: 'slack.app.uninstall',
    isRestored: false,
    set(company) {
      const { helper, helperTokens, twin } = company
      return {
        target: at(company, 'app', helper.id),
        works: () => works(twin.url, withToken(helperTokens.bot.value)),
      }
    },
  },
]

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))

async function begin({ set, verb }: Case) {
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
  const { target, works, lent } = set(company)
  const context = (over: Parameters<typeof cordon.context>[0] = {}) =>
    cordon.context({ lent: (asked) => (asked === target ? lent : undefined), ...over })
  /** Until the log tells of it, and what is queued is done. */
  const settled = (): void =>
    company.clock.pass(company.twin.settings.logDelayMs + company.twin.settings.resetDelayMs + 1_000)
  settled()
  return { company, cordon, action: actionOf(verb), target, works, context, settled }
}

const stateOf = ({ twin }: Company): string => stateText(twin.state)
const isChange = ({ pathname }: URL, method: string): boolean =>
  method === 'DELETE' || /\.(?:restrict|uninstall|reset|invalidate|revoke)$/.test(pathname)
function assertTrue({ twin }: Company): void {
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
}

test('every verb has a case', () => {
  assert.deepEqual(cases.map(({ verb }) => verb).sort(), slackActions.map(({ verb }) => verb).sort())
})

for (const one of cases) {
  test(`${one.verb}: the thief is refused, twice is once, undo gives back what it says`, async () => {
    const { company, action, target, works, context, settled } = await begin(one)
    assert.equal(await works(), true, 'it opens something before')
    settled()
    assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead')
    assert.equal(await action.readBack?.(context(), target), 'absent')
    const first = await action.apply(context(), target)
    settled()
    // The twin ends what is queued with its next answer.
    assert.equal(await action.readBack?.(context(), target), 'landed')
    assert.equal(await works(), false, 'refused')
    const probed = await action.probe.run(context(), target)
    assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
    if (probed.verdict === 'dead') assert.ok(action.proofs.includes(probed.proof.kind))

    const before = stateOf(company)
    await action.apply(context(), target)
    assert.equal(stateOf(company), before, 'twice is once')

    await action.undo?.(context(), target, first.undoState)
    assert.equal(await works(), one.isRestored, 'after undo')
    assert.equal(action.preview(target, {}).reversible, action.undo !== undefined)
    assertTrue(company)
  })

  test(`${one.verb}: a crash before it or behind it is told apart by reading back`, async () => {
    for (const when of ['before', 'behind'] as const) {
      const { company, cordon, action, target, works, context, settled } = await begin(one)
      assert.equal(await works(), true)
      const lost = lostAt(slackOrigins(company.config), when, isChange)
      const crashing = cordon.httpFor('contain', lost)
      await assert.rejects(async () => action.apply(context({ http: crashing }), target), { code: 'ERR_HTTP_NETWORK' })
      settled()
      assert.equal(await action.readBack?.(context(), target), when === 'before' ? 'absent' : 'landed', when)
      assert.equal(await works(), when === 'before', when)
      if (when === 'behind') continue
      await action.apply(context(), target)
      settled()
      assert.equal(await action.readBack?.(context(), target), 'landed')
      assert.equal(await works(), false)
      assertTrue(company)
    }
  })

  test(`${one.verb}: neither Cordon's own nor another organisation's is touched`, async () => {
    const { company, action, target, context } = await begin(one)
    const before = stateOf(company)
    await assert.rejects(action.apply(context({ isOwn: (entity) => entity === target }), target), {
      code: 'ERR_SLACK_TARGET',
    })
    const [kind = '', , ...native] = target.split(':')
    const elsewhere = entityId(kind as 'identity', 'E0ELSEWHERE', native.join(':'))
    await assert.rejects(action.apply(context(), elsewhere), { code: 'ERR_SLACK_TARGET' })
    await assert.rejects(action.apply(context({ authority: 'E0ELSEWHERE' }), elsewhere), { code: 'ERR_SLACK_TARGET' })
    assert.equal(stateOf(company), before)
  })
}

test('a queued end of sessions is no end: the thief works on until it is done, and the proof waits', async () => {
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
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
  const company = await foundCompany()
  open.push(company)
  const cordon = openCordon(company)
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
  open.push(company)
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
