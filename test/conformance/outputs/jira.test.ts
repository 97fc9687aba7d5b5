import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startJiraTwin } from '../../../lab/twins/jira/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openTracker, planted } from './tracker-rig.ts'

const startMs = Date.UTC(2026, 2, 24, 12)

async function open(t: TestContext) {
  const clock = new TwinClock(startMs)
  const twin = await startJiraTwin({ clock })
  t.after(async () => {
    await twin.close()
    assert.deepEqual(twin.wrongRequests, [])
  })
  const rig = await openTracker(t, {
    connector: 'jira',
    config: { site: twin.url, email: twin.email, project: 'SEC' },
    see: { token: twin.token },
    url: twin.url,
    clock,
  })
  return { twin, clock, ...rig }
}

test('an issue that search does not show yet is not made twice: it is waited for', async (t) => {
  const { twin, clock, turn } = await open(t)
  await assert.rejects(turn('opened'), /killed/)
  assert.equal(twin.issues.length, 1)
  await turn()
  assert.equal(twin.issues.length, 2, 'the other one; the first is too young to be found')
  clock.pass(31_000)
  await turn()
  assert.equal(twin.issues.length, 2, 'found, and taken up')
  clock.pass(600_000)
  await turn()
  assert.equal(twin.issues.length, 2)
  assert.ok(!JSON.stringify(twin.issues).includes(planted))
})

test('an intent whose issue was never made is made, once search would show it', async (t) => {
  const { twin, clock, turn, core } = await open(t)
  twin.held.delete('CREATE_ISSUES')
  await assert.rejects(turn(), { code: 'ERR_VENDOR_REFUSED' })
  twin.wrongRequests.length = 0
  twin.held.add('CREATE_ISSUES')
  await turn()
  assert.equal(twin.issues.length, 1, 'the second task; of the first nobody can say yet')
  clock.pass(121_000)
  await turn()
  assert.equal(twin.issues.length, 2)
  assert.equal(core.reader.get('SELECT 1 FROM output_task WHERE key IS NULL'), undefined)
})

test('closed there, by whoever moved it to a done status last: done here, a word and no proof', async (t) => {
  const { twin, turn, tasks, report } = await open(t)
  await turn()
  const [issue] = twin.issues
  assert.ok(issue !== undefined)
  for (let n = 0; n < 120; n++) issue.history.push({ by: `acc-${n}`, atMs: startMs, field: 'labels' })
  twin.move(issue.key, 'indeterminate', 'acc-ann')
  await turn()
  assert.ok(tasks().every(({ done }) => done === null))
  twin.move(issue.key, 'done', 'acc-grace')
  await turn()
  const done = tasks().flatMap((task) => task.done ?? [])
  assert.deepEqual(
    done.map(({ by, note }) => [by, note]),
    [['tracker/acc-grace', `closed as ${issue.key} in tracker`]],
  )
  assert.equal((await report()).dead.length, 0)
})

test('done here: closed there by the transition that leads to done; without one it says so and waits', async (t) => {
  const { twin, turn, tasks, done } = await open(t)
  await turn()
  const [first] = tasks()
  assert.ok(first !== undefined)
  await done(first.action)
  twin.settings.hasWayToDone = false
  await assert.rejects(turn(), /no transition leads/)
  twin.settings.hasWayToDone = true
  await assert.rejects(turn('closedHere'), /killed/)
  await turn()
  assert.deepEqual(twin.issues.map(({ category }) => category).toSorted(), ['done', 'new'])
  assert.equal(twin.issues.flatMap(({ history }) => history).length, 1, 'moved once')
})

test('a deleted issue is nobody’s word, and a check names the permission that is missing', async (t) => {
  const { twin, turn, tasks, check } = await open(t)
  assert.deepEqual((await check()).missing, [])
  await turn()
  for (const issue of twin.issues) issue.isDeleted = true
  await turn()
  assert.deepEqual(
    tasks().map((task) => task.done),
    [null, null],
  )
  twin.held.delete('TRANSITION_ISSUES')
  assert.match((await check()).missing.join(), /TRANSITION_ISSUES/)
})
