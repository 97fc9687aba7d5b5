import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { slackQuestionsConnector } from '#connectors/slack-questions'
import { slackConfig, slackConnector } from '#connectors/slack'

import { install, makeApp, makeToken, makeUser, signIn } from '../../lab/twins/slack/browser.ts'
import { write } from '../../lab/twins/slack/messages.ts'
import { startSlackTwin, type SlackTwin } from '../../lab/twins/slack/twin.ts'
import { startProduct, type Product } from './product.ts'

// Who answers for an app is asked of whoever installed it, by the product's own processes, which are killed once the
// message is out; the answer is read back, and shows on the command line.
let cordon: Product
let twin: SlackTwin
const scratch = mkdtempSync(join(tmpdir(), 'cordon-questions-'))
before(async () => {
  ;[cordon, twin] = await Promise.all([startProduct(), startSlackTwin({ clock: { nowMs: () => Date.now() } })])
})
after(async () => {
  await cordon.stop()
  cordon.remove()
  await twin.close()
  rmSync(scratch, { recursive: true, force: true })
})

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
async function until<T>(
  what: string,
  found: () => T | undefined | Promise<T | undefined>,
  withinMs = 240_000,
): Promise<T> {
  for (const end = performance.now() + withinMs; performance.now() < end; await pause(250)) {
    const one = await found()
    if (one !== undefined) return one
  }
  throw new Error(`waited for ${what}; Cordon said: ${cordon.diagnostics()}`)
}
const secretFile = (name: string, value: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, value, { mode: 0o600 })
  return `token=file:${path}`
}

test('an app’s installer is asked in Slack by the real core and hands, both killed behind it, and the answer is theirs', async () => {
  const { org, state } = twin
  twin.settings.logDelayMs = 0
  state.teams.set('T0ENGINEER', { id: 'T0ENGINEER', name: 'engineers' })
  const keeper = makeUser(org, 'keeper', 'owner', ['T0ENGINEER'])
  const ada = makeUser(org, 'ada', 'member', ['T0ENGINEER'])
  const looks = makeApp(org, 'Cordon see')
  const config = slackConfig.parse({ plan: 'enterprise', appId: looks.id })
  const scopes = (slackConnector.role?.(config, 'see')?.scopes ?? []).map(({ name }) => name)
  const see = makeToken(org, looks, keeper, 'user', scopes)
  const bot = makeUser(org, 'cordon', 'member', ['T0ENGINEER'], { isBot: true })
  const asks = (slackQuestionsConnector.role?.({ webUrl: twin.url }, 'see')?.scopes ?? []).map(({ name }) => name)
  const questions = makeToken(org, makeApp(org, 'Cordon questions'), bot, 'bot', asks)
  const session = signIn(org, ada)
  assert.ok(session)
  const helper = makeApp(org, 'Helper', { userScopes: ['files:read'], resolution: 'approved' })
  install(org, session, helper)

  const added = await cordon.admin.cli(
    'source',
    'add',
    'slack',
    '--connector',
    'slack',
    '--set',
    'plan=enterprise',
    '--set',
    `appId=${looks.id}`,
    '--set',
    `webUrl=${twin.url}`,
    '--set',
    `apiUrl=${twin.url}`,
    '--see',
    secretFile('see', see.value),
  )
  assert.equal(added.code, 0, added.err)
  const chat = await cordon.admin.cli(
    'source',
    'add',
    'chat',
    '--connector',
    'slack-questions',
    '--set',
    `webUrl=${twin.url}`,
    '--see',
    secretFile('questions', questions.value),
  )
  assert.equal(chat.code, 0, chat.err)
  const shown = async () => {
    const { identities } = await cordon.admin.api.call('identity.list', { query: { kind: 'app' } })
    return identities.find(({ name }) => name === 'Helper')
  }
  await until('the installer to be known', async () => {
    const dry = await cordon.admin.api.call('identity.ask', { body: { dryRun: true } })
    return dry.asked.some(({ who }) => who !== null) ? dry : undefined
  })
  const made = await cordon.admin.api.call('identity.ask', { body: {} })
  assert.equal(made.through, 'chat')
  const talk = await until('a message', () => [...state.ims.values()].find(({ messages }) => messages.length > 0))
  assert.equal(talk.user, ada.id)
  for (const one of cordon.processes()) process.kill(one, 'SIGKILL')
  const [question] = talk.messages
  assert.match(question?.text ?? '', /Do you answer for Helper\?[^]*somebody who made it/)
  write(org, talk, ada, 'mine: files what the desk sends', question?.ts ?? null)
  const owned = await until('the answer', async () => {
    const one = await shown().catch(() => undefined)
    return one?.owner == null ? undefined : one
  })
  assert.deepEqual([owned.purpose, owned.owner?.by], ['files what the desk sends', `chat/${ada.id}`])
  assert.equal(talk.messages.filter(({ bot: by }) => by !== null).length, 1, 'asked once')
  const { tasks } = await cordon.admin.api.call('task.list', { query: { incident: made.incident ?? undefined } })
  assert.ok(tasks.every(({ done }) => done?.by === `chat/${ada.id}`))
  assert.match((await cordon.admin.cli('identity', 'show', owned.identity)).out, /purpose files what the desk sends/)
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
