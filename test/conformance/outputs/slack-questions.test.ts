import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { defaultTenant } from '#model'
import { publicLeaves } from '#ledger'
import { slackQuestionsConnector } from '#connectors/slack-questions'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { makeApp, makeToken, makeUser } from '../../../lab/twins/slack/browser.ts'
import { react, write } from '../../../lab/twins/slack/messages.ts'
import type { User } from '../../../lab/twins/slack/state.ts'
import { startSlackTwin } from '../../../lab/twins/slack/twin.ts'
import { dayMs, human, mailer, openAsker, people, sorter, stray } from './asker-rig.ts'

async function open(t: TestContext, over: { days?: number; without?: string } = {}) {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startSlackTwin({ clock })
  t.after(async () => {
    await twin.close()
    assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
  })
  const { org, state } = twin
  const users = new Map<string, User>(people.map((name) => [name, makeUser(org, name, 'member', ['T0ENGINEER'])]))
  const bot = makeUser(org, 'cordon', 'member', ['T0ENGINEER'], { isBot: true })
  const scopes = (slackQuestionsConnector.role?.({ webUrl: twin.url }, 'see')?.scopes ?? []).map(({ name }) => name)
  const held = scopes.filter((one) => one !== over.without)
  const token = makeToken(org, makeApp(org, 'Cordon questions'), bot, 'bot', held)
  const rig = await openAsker(t, {
    connector: 'slack-questions',
    config: { webUrl: twin.url },
    see: { token: token.value },
    url: twin.url,
    clock,
    ...(over.days === undefined ? {} : { days: over.days }),
  })
  const user = (name: string): User => {
    const found = users.get(name)
    assert.ok(found)
    return found
  }
  const im = (name: string) => [...state.ims.values()].find((one) => one.user === user(name).id)
  const asked = (name: string) => (im(name)?.messages ?? []).filter((one) => one.bot !== null)
  /** What somebody writes; to whom it was asked, in the thread of its newest question. */
  const says = (name: string, text: string, of = name) => {
    const [talk, question] = [im(of), asked(of).findLast(({ thread }) => thread === null)]
    assert.ok(talk && question)
    clock.pass(1_000)
    return write(org, talk, user(name), text, question.ts)
  }
  const who = async () => (await rig.shown()).asking?.who
  /** It asks nobody in the first hour. */
  const hourLater = async () => {
    await rig.loop.run()
    clock.pass(3_600_000)
    await rig.loop.run()
  }
  return { ...rig, hourLater, twin, clock, user, im, asked, says, who, token }
}

test('the likeliest owner is asked by direct message, once, and their reply is kept as their word', async (t) => {
  const { ask, turn, asked, says, shown, reader, responder, twin, clock } = await open(t)
  const made = await ask()
  assert.deepEqual([made.asked.map(({ who }) => who?.who), made.through], [[human('ada')], 'chat'])
  await turn()
  await turn()
  assert.deepEqual(
    people.map((name) => asked(name).length),
    [1, 0, 0, 0, 0, 0, 0],
  )
  const [question] = asked('ada')
  assert.match(question?.text ?? '', /400 days ago[^]*2026-03-23[^]*1 credential[^]*1 resource[^]*somebody who made it/)
  assert.ok(!question?.text.includes('<!channel>'), 'a name that somebody chose calls nobody')
  assert.deepEqual((await shown()).asking?.state, 'asked')
  says('ada', 'Mine: sorts tickets &amp; answers <https://brightwater.example|ours>')
  await turn()
  const { owner, purpose, unowned, asking } = await shown()
  assert.deepEqual(
    [owner?.owner, purpose, unowned, asking],
    [human('ada'), 'sorts tickets & answers ours', false, null],
  )
  assert.match(owner?.by ?? '', /^chat\/W/)
  assert.ok(made.incident)
  assert.deepEqual(
    responder.tasks(defaultTenant, made.incident).map(({ done }) => done?.by),
    [owner?.by],
  )
  const leaves = JSON.stringify(publicLeaves(reader, defaultTenant, 0, 100))
  assert.match(leaves, /identity\.owned/)
  for (const hidden of ['sorts tickets', human('ada'), sorter, String(owner?.by)])
    assert.ok(!leaves.includes(hidden), hidden)
  clock.pass(60 * dayMs)
  await turn()
  assert.equal(asked('ada').length, 1)
  assert.equal(twin.answered.get('chat.postMessage'), 1)
})

test('a reaction answers; both at once say nothing', async (t) => {
  const { ask, turn, asked, user, shown } = await open(t)
  await ask()
  await turn()
  const [question] = asked('ada')
  assert.ok(question)
  react(question, user('ada'), 'white_check_mark')
  react(question, user('ada'), 'x')
  await turn()
  assert.equal((await shown()).owner, null)
  question.reactions.delete('x')
  await turn()
  assert.equal((await shown()).owner?.owner, human('ada'))
})

test('nobody answers for somebody else: not in the thread, not by a reaction, not in another conversation', async (t) => {
  const { ask, turn, asked, user, says, shown, who } = await open(t)
  await ask()
  await turn()
  const [question] = asked('ada')
  assert.ok(question)
  says('eve', 'mine: all of it is mine', 'ada')
  react(question, user('eve'), 'white_check_mark')
  await turn()
  assert.deepEqual([(await shown()).owner, await who(), asked('bo').length], [null, human('ada'), 0])
})

test('core takes an answer for the very question it was read of, whatever hands say', async (t) => {
  const { ask, turn, desk, shown } = await open(t)
  await ask()
  await turn()
  const { read } = await desk.work('chat')
  const [one] = read
  assert.ok(one)
  const answer = { says: 'mine' as const, purpose: null }
  await desk.answered('chat', [{ id: one.id, read: { key: 'D0:1.1:W0', by: 'W0', answer } }])
  await desk.answered('other', [{ id: one.id, read: { key: one.key, by: 'W0', answer } }])
  assert.equal((await shown()).owner, null)
  await desk.answered('chat', [{ id: one.id, read: { key: one.key, by: 'W0', answer } }])
  assert.equal((await shown()).owner?.owner, human('ada'))
})

test('"not mine" leads to the next likely one at once, a name to whom it names, and then it waits and says so', async (t) => {
  const { ask, turn, says, asked, shown, who, user } = await open(t)
  await ask()
  await turn()
  says('ada', 'No, not mine')
  await turn()
  assert.equal(await who(), human('ada'), 'the next one is looked for with the next turn')
  await turn()
  assert.deepEqual([await who(), asked('bo').length], [human('bo'), 1])
  says('bo', `not mine, ask <@${user('dan').id}>`)
  await turn()
  await turn()
  assert.deepEqual([await who(), asked('dan').length], [human('dan'), 1])
  says('dan', 'ask <mailto:nobody@elsewhere.example|nobody@elsewhere.example>')
  await turn()
  await turn()
  assert.deepEqual([await who(), asked('cy').length], [human('cy'), 1])
  says('cy', 'ask ada@brightwater.example')
  await turn()
  await turn()
  const { asking } = await shown()
  assert.deepEqual(
    [asking?.state, asking?.who, asked('ada').length],
    ['waits', human('cy'), 1],
    'nobody is asked twice',
  )
})

test('at most five people are asked about one thing, however many they name', async (t) => {
  const { ask, turn, says, asked, shown } = await open(t)
  await ask()
  await turn()
  const chain = ['ada', 'dan', 'eve', 'fay', 'gil'] as const
  for (const [at, name] of chain.entries()) {
    const next = chain[at + 1]
    says(name, next === undefined ? 'not mine' : `not mine, ask ${next}@brightwater.example`)
    await turn()
    await turn()
  }
  assert.deepEqual(
    people.map((name) => asked(name).length),
    [1, 0, 0, 1, 1, 1, 1],
  )
  assert.equal((await shown()).asking?.state, 'waits')
})

test('where two questions stand open in one conversation, words outside of the threads are about neither', async (t) => {
  const { ask, turn, im, user, twin, clock, world, shown, says, asked } = await open(t)
  await ask()
  await turn()
  clock.pass(dayMs)
  world.hasMailer = true
  await ask()
  await turn()
  const talk = im('ada')
  assert.ok(talk)
  assert.equal(asked('ada').length, 2)
  clock.pass(1_000)
  write(twin.org, talk, user('ada'), 'mine')
  await turn()
  assert.deepEqual([(await shown()).owner, (await shown(mailer)).owner], [null, null])
  says('ada', 'mine')
  await turn()
  assert.deepEqual([(await shown()).owner, (await shown(mailer)).owner?.owner], [null, human('ada')])
})

test('something new is asked about once a day', async (t) => {
  const { loop, hourLater, turn, ask, asked, clock, world, identities } = await open(t, { days: 7 })
  world.hasStray = true
  await loop.run()
  await turn()
  assert.equal(asked('ada').length, 0, 'sources may still be read')
  await hourLater()
  assert.equal((await identities.show(stray)).asked, null, 'by itself it makes no task without a name')
  world.hasMailer = true
  clock.pass(dayMs / 2)
  await loop.run()
  await turn()
  assert.equal(asked('ada').length, 1)
  clock.pass(dayMs / 2)
  await loop.run()
  await turn()
  assert.equal(asked('ada').length, 2)
  const made = await ask()
  assert.deepEqual(
    made.asked.map(({ identity, who }) => [identity, who]),
    [[stray, null]],
  )
})

test('words outside of the thread count where one question stood there, and a thing said twice is said once', async (t) => {
  const { ask, turn, im, user, twin, clock, shown } = await open(t)
  await ask()
  await turn()
  const talk = im('ada')
  assert.ok(talk)
  clock.pass(1_000)
  write(twin.org, talk, user('ada'), 'hello? is this a real thing')
  await turn()
  assert.equal((await shown()).owner, null)
  write(twin.org, talk, user('ada'), 'mine')
  await turn()
  assert.equal((await shown()).owner?.owner, human('ada'))
})

test('silence: asked once more in the same thread, then the next one; by itself and day by day', async (t) => {
  const { loop, hourLater, turn, asked, clock, who, shown } = await open(t, { days: 7 })
  const days = async (count: number) => {
    for (let hour = 1; hour <= count * 24; hour++) {
      clock.pass(3_600_000)
      await loop.run()
      if (hour % 12 === 0) await turn()
    }
  }
  await hourLater()
  await turn()
  assert.equal(asked('ada').length, 1)
  await days(6)
  assert.equal(asked('ada').length, 1)
  await days(2)
  const [first, again, ...more] = asked('ada')
  assert.deepEqual([again?.thread, again?.isBroadcast, more], [first?.ts, true, []])
  assert.match(again?.text ?? '', /asked this before/)
  assert.equal((await shown()).asking?.state, 'again')
  await days(8)
  assert.deepEqual([await who(), asked('ada').length, asked('bo').length], [human('bo'), 2, 1])
  await days(30)
  assert.deepEqual([asked('bo').length, asked('cy').length, (await shown()).asking?.state], [2, 2, 'waits'])
  assert.deepEqual([asked('dan').length, asked('eve').length], [0, 0])
})

test('an answer to the second time counts, and a stopped Cordon asks nobody', async (t) => {
  const { loop, hourLater, turn, asked, clock, user, shown, responder } = await open(t, { days: 7 })
  await responder.stop(defaultTenant, 'sam', 'a rehearsal')
  await hourLater()
  await turn()
  assert.equal(asked('ada').length, 0)
  await responder.resume(defaultTenant, 'sam')
  await hourLater()
  await turn()
  clock.pass(8 * dayMs)
  await loop.run()
  await turn()
  const again = asked('ada')[1]
  assert.ok(again)
  react(again, user('ada'), '+1::skin-tone-2')
  await turn()
  assert.equal((await shown()).owner?.owner, human('ada'))
})

test('killed between send and note, at the first time and the second: one message each', async (t) => {
  const { loop, hourLater, turn, asked, clock } = await open(t, { days: 7 })
  await hourLater()
  await assert.rejects(turn('put'), /killed/)
  assert.equal(asked('ada').length, 1)
  await turn()
  clock.pass(120_000)
  await turn()
  assert.equal(asked('ada').length, 1, 'found by its marker')
  clock.pass(8 * dayMs)
  await loop.run()
  await assert.rejects(turn('put'), /killed/)
  clock.pass(120_000)
  await turn()
  await turn()
  assert.equal(asked('ada').length, 2)
  await assert.rejects(
    turn('putting').then(() => turn('answered')),
    /killed/,
  )
})

test('killed after the answer was read: kept once', async (t) => {
  const { ask, turn, says, shown, reader } = await open(t)
  await ask()
  await turn()
  says('ada', 'mine')
  await assert.rejects(turn('answered'), /killed/)
  assert.equal((await shown()).owner, null)
  await turn()
  await turn()
  const owned = publicLeaves(reader, defaultTenant, 0, 100).filter(({ what }) => what === 'identity.owned')
  assert.deepEqual([owned.length, (await shown()).owner?.owner], [1, human('ada')])
})

test('whom Slack does not know, and who has left, is passed over for the next', async (t) => {
  const { ask, turn, user, asked, world, who } = await open(t)
  await ask()
  world.left.add('ada')
  user('bo').isActive = false
  await turn()
  await turn()
  assert.equal(await who(), human('bo'))
  await turn()
  assert.deepEqual([await who(), asked('ada').length, asked('bo').length, asked('cy').length], [human('cy'), 0, 0, 1])
})

test('an answer that names the owner elsewhere ends the question; a source that is gone asks nothing more', async (t) => {
  const { ask, turn, identities, desk } = await open(t)
  await ask()
  await turn()
  assert.equal((await desk.work('chat')).read.length, 1)
  await identities.own({ identity: sorter, owner: human('dan') }, 'sam')
  assert.deepEqual(await desk.work('chat'), { put: [], read: [] })
  const gone = await open(t)
  await gone.ask()
  assert.equal((await gone.shown()).asking?.state, 'asked')
  await gone.disconnect()
  await gone.loop.run()
  assert.equal((await gone.shown()).asking, null)
})

test('a secret in an answer is not kept', async (t) => {
  const { ask, turn, says, shown } = await open(t)
  await ask()
  await turn()
  const secret = `ghp_${'0aB1cD2eF3'.repeat(3)}abcdef`
  says('ada', `mine: it logs in with ${secret}`)
  await turn()
  const { purpose } = await shown()
  assert.match(purpose ?? '', /^it logs in with /)
  assert.ok(!purpose?.includes(secret))
})

test('429 is waited out; a scope that is wanting is named', async (t) => {
  const { ask, turn, asked, twin, check, scopes } = await open(t)
  twin.settings.perMinute.web = 2
  await ask()
  await turn()
  assert.equal(asked('ada').length, 1)
  assert.deepEqual((await check()).missing, [])
  assert.equal((await scopes())?.length, 6)
  const poor = await open(t, { without: 'im:history' })
  await poor.ask()
  await poor.turn()
  await assert.rejects(poor.turn(), { code: 'ERR_VENDOR_SCOPE' })
})
