import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { startServicenowTwin } from '../../../lab/twins/servicenow/twin.ts'
import { openTracker, planted } from './tracker-rig.ts'

const group = 'a'.repeat(32)
const resolver = 'b'.repeat(32)

async function open(t: TestContext, config: Record<string, unknown> = {}) {
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startServicenowTwin()
  t.after(async () => {
    await twin.close()
    assert.deepEqual(twin.wrongRequests, [])
  })
  const rig = await openTracker(t, {
    connector: 'servicenow',
    config: { instance: twin.url, user: twin.user, group, ...config },
    see: { password: twin.password },
    url: twin.url,
    clock,
  })
  return { twin, clock, ...rig }
}

test('an incident a task, once, whatever hands did not hear, and nobody is named in it', async (t) => {
  const { twin, clock, turn } = await open(t)
  twin.settings.refusedFor = 1
  await assert.rejects(turn('opened'), /killed/)
  await turn()
  clock.pass(600_000)
  await turn()
  assert.equal(twin.incidents.length, 2)
  assert.ok(twin.incidents.every(({ assignment_group }) => assignment_group === group))
  assert.equal(new Set(twin.incidents.map(({ correlation_id }) => correlation_id)).size, 2)
  assert.ok(!JSON.stringify(twin.incidents).includes(planted))
})

test('an intent whose incident was never made waits until none can land any more', async (t) => {
  const { twin, clock, turn } = await open(t)
  twin.settings.mayWrite = false
  await assert.rejects(turn(), { code: 'ERR_VENDOR_SCOPE' })
  twin.settings.mayWrite = true
  await turn()
  assert.equal(twin.incidents.length, 1, 'the second task; of the first nobody can say yet')
  clock.pass(91_000)
  await turn()
  assert.equal(twin.incidents.length, 2)
})

test('resolved there is done here, by the id of whoever resolved it; cancelled may have nobody', async (t) => {
  const { twin, turn, tasks, report } = await open(t)
  await turn()
  twin.end('INC0000001', '6', resolver)
  twin.end('INC0000002', '8', resolver)
  await turn()
  const done = tasks().flatMap((task) => task.done ?? [])
  assert.deepEqual(done.map(({ by, note }) => `${by}: ${note}`).toSorted(), [
    `tracker/${resolver}: closed as INC0000001 in tracker`,
    'tracker: closed as INC0000002 in tracker',
  ])
  assert.equal((await report()).dead.length, 0, 'a word is no proof')
})

test('done here is resolved there, once; a code that the instance does not know is said and tried again', async (t) => {
  const { twin, turn, tasks, done } = await open(t, { closeCode: 'Duplicate' })
  await turn()
  const [first] = tasks()
  assert.ok(first !== undefined)
  await done(first.action)
  twin.settings.closeCodes.delete('Duplicate')
  await assert.rejects(turn(), { code: 'ERR_VENDOR_SCOPE', hint: /closeCode/ })
  twin.settings.closeCodes.add('Duplicate')
  await assert.rejects(turn('closedHere'), /killed/)
  await turn()
  assert.deepEqual(twin.incidents.map(({ state }) => state).toSorted(), ['1', '6'])
})

test('a deleted incident is nobody’s word, and a table that may be read passes the check', async (t) => {
  const { twin, turn, tasks, check } = await open(t)
  assert.deepEqual((await check()).missing, [])
  await turn()
  for (const one of twin.incidents) one.isDeleted = true
  await turn()
  assert.deepEqual(
    tasks().map((task) => task.done),
    [null, null],
  )
})
