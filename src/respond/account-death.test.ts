import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId } from '#model'

import { makeCore, type StepWish } from '../../test/simulation/respond-world.ts'

const account = entityId('identity', 'lab', 'user/ada')
const endSessions: StepWish = { target: account, phase: 'end-sessions', verb: 'lab.sessions.end' }
const suspend: StepWish = { target: account, phase: 'revoke', verb: 'lab.user.suspend' }

async function proven(...wishes: StepWish[]) {
  const core = makeCore()
  const incident = await core.open(wishes, { containBy: 'automation' })
  for (let claimed = await core.desk.claim('w', 8, 30_000); claimed.length > 0;) {
    for (const { id, fence } of claimed) {
      await core.desk.attempt(id, fence, null)
      await core.desk.applied(id, fence, 'done', null)
      const proof = { kind: 'read-back' as const, atMs: core.clock.nowMs(), says: 'so it is', where: ['lab'] }
      await core.desk.probed(id, fence, { verdict: 'dead', proof })
    }
    claimed = await core.desk.claim('w', 8, 30_000)
  }
  const report = await core.responder.report(defaultTenant, incident)
  const progress = core.responder.progress(defaultTenant, incident)
  return { report, progress }
}

test('an account of which only the sessions were ended is not called dead: it signs in again', async () => {
  const { report, progress } = await proven(endSessions)
  assert.deepEqual(
    [report.dead.length, report.survivors[0]?.credential, report.incident.state],
    [0, account, 'containing'],
  )
  assert.deepEqual([progress.dead, progress.left, progress.steps], [0, 1, { contained: 1 }])
})

test('one that is suspended and signed out is', async () => {
  const { report, progress } = await proven(endSessions, suspend)
  assert.deepEqual([report.dead.length, report.survivors, report.incident.state], [1, [], 'contained'])
  assert.deepEqual([progress.dead, progress.left, progress.state], [1, 0, 'contained'])
})
