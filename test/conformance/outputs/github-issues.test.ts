import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { defaultTenant } from '#model'
import { linkOpening } from '#outputs'

import { startIssuesTwin } from '../../../lab/twins/github-issues/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openTracker, planted } from './tracker-rig.ts'

const startMs = Date.UTC(2026, 2, 24, 12)
const taskOf = (core: Awaited<ReturnType<typeof openTracker>>['core']): string =>
  core.responder.tasks(defaultTenant, null)[0]?.action ?? ''

async function open(t: TestContext, config: Record<string, unknown> = {}) {
  const clock = new TwinClock(startMs)
  const twin = await startIssuesTwin({ clock })
  t.after(async () => {
    await twin.close()
    assert.deepEqual(twin.wrongRequests, [])
    assert.deepEqual(twin.wrongAnswers, [])
  })
  const rig = await openTracker(t, {
    connector: 'github-issues',
    config: { apiUrl: twin.url, owner: 'brightwater', repository: 'containment', ...config },
    see: { token: twin.token },
    url: twin.url,
    clock,
  })
  return { twin, clock, ...rig }
}

test('each task is one issue, which names nobody, however often hands dies before it is heard', async (t) => {
  const { twin, clock, turn } = await open(t)
  await assert.rejects(turn('opened'), /killed/)
  assert.equal(twin.issues.length, 1, 'made, and nobody here knows')
  await turn()
  assert.equal(twin.issues.length, 2, 'the first was found again')
  await turn()
  clock.pass(86_400_000)
  await turn()
  assert.equal(twin.issues.length, 2)
  const text = JSON.stringify(twin.issues)
  assert.ok(!text.includes(planted), 'neither the target nor what to do')
  assert.match(text, /a host of host/)
  assert.deepEqual(new Set(twin.issues.flatMap(({ labels }) => labels)), new Set(['cordon']))
})

test('an intent whose issue was never made is made, once it is sure', async (t) => {
  const { twin, clock, turn, core } = await open(t)
  await core.writer.submit(
    linkOpening({ tenant: defaultTenant, source: 'tracker', action: taskOf(core), atMs: startMs }),
  )
  await turn()
  assert.equal(twin.issues.length, 1, 'the other one')
  clock.pass(11_000)
  await turn()
  assert.equal(twin.issues.length, 2)
  assert.equal(core.reader.get('SELECT 1 FROM output_task WHERE key IS NULL'), undefined)
})

test('with ids an issue says which thing, and what to do', async (t) => {
  const { twin, turn } = await open(t, { entities: 'ids' })
  await turn()
  assert.equal(twin.issues.filter(({ title, body }) => title.includes(planted) && body.includes(planted)).length, 1)
})

test('closed there: done here by whom GitHub names, a word and no proof', async (t) => {
  const { twin, turn, tasks, report } = await open(t)
  await turn()
  twin.closeAs('grace', 1)
  await assert.rejects(turn('seen'), /killed/)
  await turn()
  await turn()
  const [done, ...more] = tasks().filter((task) => task.done !== null)
  assert.deepEqual(more, [])
  assert.deepEqual([done?.done?.by, done?.done?.note], ['tracker/grace', 'closed as 1 in tracker'])
  const { survivors, dead } = await report()
  assert.deepEqual([survivors.length, dead.length], [1, 0], 'what the tasks serve is as alive as before')
})

test('done here: closed there, once, also when both sides close at once', async (t) => {
  const { twin, turn, tasks, done } = await open(t)
  await turn()
  const [first, second] = tasks()
  assert.ok(first !== undefined && second !== undefined)
  await done(first.action)
  await assert.rejects(turn('closedHere'), /killed/)
  await turn()
  assert.equal(twin.issues.filter(({ closed }) => closed !== null).length, 1)
  for (const { number } of twin.issues) twin.closeAs('grace', number)
  await done(second.action)
  await turn()
  assert.deepEqual(
    tasks().map((task) => task.done?.by),
    ['bob', 'bob'],
    'who was first here stays',
  )
})

test('a deleted issue is nobody’s word; its task stays open', async (t) => {
  const { twin, turn, tasks } = await open(t)
  await turn()
  for (const issue of twin.issues) issue.isDeleted = true
  await turn()
  assert.deepEqual(
    tasks().map((task) => task.done),
    [null, null],
  )
})

test('hands can close no task by an issue that is not its own', async (t) => {
  const { desk, turn, tasks } = await open(t)
  await turn()
  const [first, second] = tasks()
  assert.ok(first !== undefined && second !== undefined)
  const issue = { key: '999', url: 'https://github.example/999', closed: { by: 'mallory' } }
  await desk.seen('tracker', [{ action: first.action, issue }])
  assert.deepEqual(
    tasks().map((task) => task.done),
    [null, null],
  )
})

test('a check says what is missing, and that a public repository is no place for it', async (t) => {
  const { twin, check } = await open(t)
  assert.deepEqual((await check()).missing, [])
  Object.assign(twin.repository, { isPrivate: false, hasIssues: false })
  assert.match((await check()).missing.join('; '), /switched off.*public/)
  const other = await open(t, { repository: 'elsewhere' })
  await assert.rejects(other.check(), { code: 'ERR_VENDOR_ABSENT' })
})
