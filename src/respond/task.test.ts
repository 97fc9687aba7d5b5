import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type ActionId, type IncidentId } from '#model'

import { codeIs, credential, makeCore, receiptsOf, startMs, type Core } from '../../test/simulation/respond-world.ts'
import { isolationDueMs, taskDueMs } from './tasks.ts'

const a = credential('a')
const host = entityId('host', 'host', 'runner-7')
const owner = entityId('identity', 'lab', 'ada')
const preview = {
  effects: ['its owner gives a successor'],
  reversible: true,
  undoWithinMs: null,
  residualMs: null,
  scopes: [],
  proofs: [],
}
const task = { verb: 'manual.task', connector: 'manual', source: null } as const

/** One task of a kind that would kill its target if anybody could prove it, and one that isolates a host. */
async function withTasks(): Promise<{ core: Core; incident: IncidentId; kill: ActionId; isolate: ActionId }> {
  const core = makeCore()
  const incident = await core.open(
    [
      { ...task, target: host, phase: 'isolate', serves: [a], preview },
      { ...task, target: a, phase: 'revoke', preview: { ...preview, owner } },
    ],
    {},
  )
  await core.responder.contain(defaultTenant, incident, 'ann')
  const [isolate, kill] = core.responder.tasks(defaultTenant, null).map(({ action }) => action)
  assert.ok(isolate !== undefined && kill !== undefined)
  return { core, incident, kill, isolate }
}

test('tasks have an owner and a due time, the most pressing first, and none before somebody contains', async () => {
  const { core } = await withTasks()
  const told = core.responder.tasks(defaultTenant, null)
  assert.deepEqual(
    told.map(({ target, owner, dueAtMs, done }) => [target, owner, dueAtMs - startMs, done]),
    [
      [host, null, isolationDueMs, null],
      [a, owner, taskDueMs.high, null],
    ],
  )
  const unstarted = makeCore()
  await unstarted.open([{ ...task, target: a, phase: 'hand-over' }])
  assert.deepEqual(unstarted.responder.tasks(defaultTenant, null), [])
})

test('done by word: kept with name, time and note, sealed in the ledger, shown in the report, and no proof', async () => {
  const { core, incident, kill } = await withTasks()
  await core.clock.advance(60_000)
  const done = await core.responder.taskDone(defaultTenant, kill, 'bob', 'revoked it in the console')
  assert.deepEqual(done.done, { by: 'bob', atMs: startMs + 60_000, note: 'revoked it in the console' })
  const report = await core.responder.report(defaultTenant, incident)
  assert.deepEqual(
    report.tasks.map(({ action, done }) => [action, done?.by]),
    core.responder.tasks(defaultTenant, incident).map(({ action, done }) => [action, done?.by]),
  )
  assert.equal(report.tasks.find(({ action }) => action === kill)?.done?.by, 'bob')
  assert.deepEqual(
    report.survivors.map(({ credential }) => credential),
    [a],
    'a word proves nothing',
  )
  assert.match(report.survivors[0]?.why ?? '', /`bob` says that it is done/)
  assert.deepEqual([report.dead, report.incident.state], [[], 'containing'])
  assert.equal(report.actions.find(({ id }) => id === kill)?.state, 'unknown')
  const [leaf, ...more] = receiptsOf(core.reader, 'task.done')
  assert.deepEqual(more, [])
  assert.equal(leaf?.facts['isInTime'], true)
  assert.deepEqual([leaf?.sealed['by'], leaf?.sealed['note']], ['bob', 'revoked it in the console'])
  assert.ok(!JSON.stringify(leaf?.facts).includes('bob'), 'people are sealed')
})

test('a task is done once; what is no task, or unknown, is refused by name', async () => {
  const { core, kill, isolate } = await withTasks()
  await core.responder.taskDone(defaultTenant, kill, 'bob', 'done')
  await assert.rejects(core.responder.taskDone(defaultTenant, kill, 'eve', 'again'), codeIs('ERR_TASK_STATE'))
  await assert.rejects(core.responder.taskDone(defaultTenant, 'act_none', 'bob', 'x'), codeIs('ERR_ACTION_UNKNOWN'))
  await assert.rejects(core.responder.taskDone('t_other', isolate, 'bob', 'x'), codeIs('ERR_ACTION_UNKNOWN'))
  const other = makeCore()
  const incident = await other.open([{ target: a }])
  await other.responder.contain(defaultTenant, incident, 'ann')
  const [step] = (await other.responder.report(defaultTenant, incident)).actions
  await assert.rejects(
    other.responder.taskDone(defaultTenant, step?.id ?? 'act_none', 'bob', 'x'),
    codeIs('ERR_TASK_STATE'),
  )
})

test('containing again keeps what was done and when it was due', async () => {
  const { core, incident, kill } = await withTasks()
  await core.responder.taskDone(defaultTenant, kill, 'bob', 'done')
  const before = core.responder.tasks(defaultTenant, incident)
  await core.clock.advance(60_000)
  core.ground.asOf = 2
  await core.responder.contain(defaultTenant, incident, 'ann')
  assert.deepEqual(core.responder.tasks(defaultTenant, incident), before)
  await core.responder.close(defaultTenant, incident, 'ann', 'over')
  assert.deepEqual(core.responder.tasks(defaultTenant, null), [], 'nobody is pressed about what is closed')
  assert.equal(core.responder.tasks(defaultTenant, incident).length, 1, 'what was done stays in the report')
})
