import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { startLinearTwin } from '../../../lab/twins/linear/twin.ts'
import { openTracker, planted } from './tracker-rig.ts'

async function open(t: TestContext) {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startLinearTwin({ clock })
  t.after(async () => {
    await twin.close()
    assert.deepEqual(twin.wrongRequests, [])
  })
  const rig = await openTracker(t, {
    connector: 'linear',
    config: { apiUrl: twin.url, team: 'SEC' },
    see: { key: twin.key },
    url: twin.url,
    clock,
  })
  return { twin, clock, ...rig }
}

test('an issue a task, once, though hands died behind it and Linear said stop', async (t) => {
  const { twin, clock, turn } = await open(t)
  twin.settings.limited = 1
  await assert.rejects(turn('opened'), /killed/)
  assert.equal(twin.issues.length, 1)
  await turn()
  assert.equal(twin.issues.length, 2, 'found at once by the id that was made for it')
  clock.pass(600_000)
  await turn()
  assert.equal(twin.issues.length, 2)
  assert.ok(!JSON.stringify(twin.issues).includes(planted))
})

test('a key that may not write is told, and its issues are made once it may', async (t) => {
  const { twin, clock, turn } = await open(t)
  twin.held.write = false
  await assert.rejects(turn(), { code: 'ERR_VENDOR_SCOPE' })
  twin.held.write = true
  clock.pass(11_000)
  await turn()
  assert.equal(twin.issues.length, 2)
})

test('closed there, by whoever did it last, however long the history and archived or not: done here, a word and no proof', async (t) => {
  const { twin, clock, turn, tasks, report } = await open(t)
  await turn()
  const [first, second] = twin.issues
  assert.ok(first !== undefined && second !== undefined)
  twin.move(first.id, 'completed', 'user-ann')
  clock.pass(1_000)
  twin.move(first.id, 'started', 'user-ann')
  await turn()
  assert.ok(tasks().every(({ done }) => done === null))
  clock.pass(1_000)
  twin.move(first.id, 'canceled', 'user-grace')
  for (let n = 0; n < 230; n++)
    first.past.unshift({ id: `later-${n}`, createdAt: '2026-03-25T00:00:00.000Z', actorId: 'user-x', toState: null })
  first.archivedAt = '2026-03-25T00:00:00.000Z'
  twin.move(second.id, 'completed', null)
  await turn()
  const done = tasks().flatMap((task) => task.done ?? [])
  assert.deepEqual(done.map(({ by }) => by).toSorted(), ['tracker', 'tracker/user-grace'])
  assert.equal((await report()).dead.length, 0)
})

test('done here: the first completed state there, once; a team without one says so and waits', async (t) => {
  const { twin, turn, tasks, done } = await open(t)
  await turn()
  const [first] = tasks()
  assert.ok(first !== undefined)
  await done(first.action)
  const all = twin.settings.states.splice(2, 2)
  await assert.rejects(turn(), /could not be set to a state/)
  twin.settings.states.push(...all)
  await assert.rejects(turn('closedHere'), /killed/)
  await turn()
  assert.deepEqual(twin.issues.map(({ state }) => state.id).toSorted(), ['done', 'todo'])
  assert.equal(twin.issues.flatMap(({ past }) => past).length, 1, 'moved once')
})

test('an issue in the bin is nobody’s word; a team that the key does not see, or that is not private, is told', async (t) => {
  const { twin, turn, tasks, check } = await open(t)
  assert.deepEqual((await check()).missing, [])
  await turn()
  for (const one of twin.issues) {
    twin.move(one.id, 'completed', 'user-ann')
    one.trashed = true
  }
  await turn()
  assert.deepEqual(
    tasks().map((task) => task.done),
    [null, null],
  )
  twin.settings.isPrivate = false
  assert.match((await check()).says.join(), /no private team/)
  twin.held.team = false
  assert.match((await check()).missing.join(), /the team SEC/)
})
