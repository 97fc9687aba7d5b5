import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { defaultTenant, entityId, type Action, type Proof } from '#model'

import { capPerVerbMax, capWindowMs, raiseFenceEpoch, sourceClaimsMax } from './index.ts'
import { restoreHoldMs } from './restore-writer.ts'
import { denyWaitMs, isolationWaitMs } from './precedence.ts'
import { codeIs, credential, enroll, makeCore, receiptsOf, signApproval } from '../../test/simulation/respond-world.ts'

const a = credential('a')
const b = credential('b')
const host = entityId('host', 'host', 'runner-7')
const leaseMs = 20_000
const targets = (actions: readonly Action[]): string[] => actions.map(({ target }) => target)

async function contained(...wishes: Parameters<ReturnType<typeof makeCore>['open']>[0]) {
  const core = makeCore()
  const incident = await core.open(wishes)
  await core.responder.contain(defaultTenant, incident, 'ann')
  return { core, incident }
}

test('two workers never hold one action', async () => {
  const { core } = await contained({ target: a }, { target: b })
  const one = await core.desk.claim('w1', 1, leaseMs)
  const two = await core.desk.claim('w2', 5, leaseMs)
  assert.deepEqual(targets([...one, ...two]).toSorted(), [a, b])
  assert.deepEqual(await core.desk.claim('w3', 5, leaseMs), [])
})

test('an outcome under a stale fence is refused, whatever it says', async () => {
  const { core } = await contained({ target: a })
  const [old] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(old)
  await core.clock.advance(leaseMs)
  const [mine] = await core.desk.claim('w2', 1, leaseMs)
  assert.ok(mine && mine.fence > old.fence)
  const stale = codeIs('ERR_FENCE_STALE')
  const proof: Proof = { kind: 'probed', atMs: 1, says: '', where: [] }
  await assert.rejects(core.desk.attempt(old.id, old.fence, null), stale)
  await assert.rejects(core.desk.applied(old.id, old.fence, '', null), stale)
  await assert.rejects(core.desk.probed(old.id, old.fence, { verdict: 'dead', proof }), stale)
  await assert.rejects(core.desk.failed(old.id, old.fence, 'x', '', true), stale)
  await assert.rejects(core.desk.undone(old.id, old.fence, ''), stale)
  await assert.rejects(core.desk.release(old.id, old.fence, 0), stale)
  await core.desk.attempt(mine.id, mine.fence, null)
})

test('an attempt without outcome is reconciled, and not before its lease is over, also across a restart of core', async () => {
  const { core } = await contained({ target: a })
  const [action] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(action)
  assert.equal(action.errand, 'apply')
  await core.desk.attempt(action.id, action.fence, null)
  await core.clock.advance(leaseMs - 1)
  assert.deepEqual(await core.desk.claim('w2', 1, leaseMs), [])
  const rebooted = core.reboot()
  await core.clock.advance(10)
  assert.deepEqual(await rebooted.claim('w2', 1, leaseMs), [], 'times of another boot are worth nothing')
  await core.clock.advance(leaseMs)
  const [again] = await rebooted.claim('w2', 1, leaseMs)
  assert.deepEqual([again?.errand, again?.attempts], ['reconcile', 1])
})

test('hands may repeat any call whose answer was lost', async () => {
  const { core, incident } = await contained({ target: a })
  const [action] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(action)
  const { id, fence } = action
  const proof: Proof = { kind: 'read-back', atMs: 9, says: 'disabled', where: [] }
  const leaves: number[] = []
  for (let time = 0; time < 2; time++) {
    await core.desk.attempt(id, fence, null)
    await core.desk.attempt(id, fence, null)
    await core.desk.applied(id, fence, 'ok', null)
    await core.desk.applied(id, fence, 'ok', null)
    await core.desk.probed(id, fence, { verdict: 'dead', proof })
    await core.desk.probed(id, fence, { verdict: 'dead', proof })
    leaves.push(receiptsOf(core.reader).length)
  }
  assert.equal(leaves[0], leaves[1])
  const [after] = (await core.responder.report(defaultTenant, incident)).actions
  assert.deepEqual([after?.attempts, after?.state], [1, 'contained'])
})

test('after a restore old fences are dead and every open intent is read back first', async () => {
  const { core } = await contained({ target: a }, { target: b })
  const claimed = await core.desk.claim('w1', 1, leaseMs)
  const [old] = claimed
  assert.ok(old)
  const [{ fenceEpoch, toReconcile }] = await core.writer.submit(raiseFenceEpoch({ restore: 'r1', atMs: 1 }))
  assert.deepEqual([fenceEpoch, toReconcile], [1, 2])
  const [again] = await core.writer.submit(raiseFenceEpoch({ restore: 'r1', atMs: 1 }))
  assert.equal(again.fenceEpoch, 1, 'the same restore counts once')
  await assert.rejects(core.desk.attempt(old.id, old.fence, null), codeIs('ERR_FENCE_STALE'))
  assert.deepEqual(await core.desk.claim('w2', 5, leaseMs), [])
  await core.clock.advance(restoreHoldMs)
  const next = await core.desk.claim('w2', 5, leaseMs)
  assert.deepEqual(
    next.map(({ errand, fence }) => [errand, fence > old.fence]),
    [
      ['reconcile', true],
      ['reconcile', true],
    ],
  )
})

test('hands that outlived a restore cannot write under a fence that the backup never gave', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-restore-'))
  const core = makeCore()
  const incident = await core.open([{ target: a }])
  await core.responder.contain(defaultTenant, incident, 'ann')
  core.reader.all(`VACUUM INTO '${join(folder, 'backup.sqlite')}'`)
  const [lost] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(lost)

  const restored = makeCore({ path: join(folder, 'backup.sqlite') })
  await restored.writer.submit(raiseFenceEpoch({ restore: 'r1', atMs: restored.clock.nowMs() }))
  await restored.desk.claim('w2', 1, leaseMs)
  await restored.clock.advance(restoreHoldMs)
  const [mine] = await restored.desk.claim('w2', 1, leaseMs)
  assert.ok(mine && mine.fence !== lost.fence)
  await restored.desk.attempt(mine.id, mine.fence, null)
  await assert.rejects(restored.desk.applied(lost.id, lost.fence, 'late', null), codeIs('ERR_FENCE_STALE'))
  rmSync(folder, { recursive: true })
})

test('one stop holds back everything not yet sent, and lets undo and proof go on', async () => {
  const { core, incident } = await contained({ target: a }, { target: b })
  const [first, second] = await core.desk.claim('w', 2, leaseMs)
  assert.ok(first && second)
  await core.desk.attempt(first.id, first.fence, null)
  await core.responder.stop(defaultTenant, 'ann', 'something is wrong')
  assert.ok(core.responder.isStopped(defaultTenant))
  await assert.rejects(core.desk.attempt(second.id, second.fence, null), codeIs('ERR_AUTOMATION_STOPPED'))
  await core.desk.applied(first.id, first.fence, 'ok', null)
  await core.desk.release(first.id, first.fence, 0)
  await core.desk.release(second.id, second.fence, 0)
  await core.clock.advance(leaseMs)
  assert.deepEqual(
    (await core.desk.claim('w', 5, leaseMs)).map(({ errand }) => errand),
    ['probe'],
  )
  await core.responder.undo(defaultTenant, first.id, 'ann')
  assert.deepEqual(
    (await core.desk.claim('w', 5, leaseMs)).map(({ errand }) => errand),
    ['undo'],
  )
  await core.responder.resume(defaultTenant, 'ann')
  assert.deepEqual(targets(await core.desk.claim('w', 5, leaseMs)), [second.target])
  assert.equal((await core.responder.report(defaultTenant, incident)).incident.state, 'containing')
})

test('what a dead worker began is not even looked at again while automation is stopped', async () => {
  const { core } = await contained({ target: a })
  const [lost] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(lost)
  await core.desk.attempt(lost.id, lost.fence, null)
  await core.responder.stop(defaultTenant, 'ann', 'something is wrong')
  await core.clock.advance(leaseMs)
  assert.deepEqual(await core.desk.claim('w2', 5, leaseMs), [])
  await core.responder.resume(defaultTenant, 'ann')
  assert.deepEqual(
    (await core.desk.claim('w2', 5, leaseMs)).map(({ errand }) => errand),
    ['reconcile'],
  )
})

test('a break-glass or own target is never handed out, even when the plan says level 0', async () => {
  for (const fact of [{ breakGlass: true }, { own: true }]) {
    const core = makeCore()
    core.ground.facts.set(a, fact)
    const incident = await core.open([{ target: a }, { target: b }])
    await core.responder.contain(defaultTenant, incident, 'ann')
    assert.deepEqual(targets(await core.desk.claim('w', 5, leaseMs)), [b])
    const { survivors } = await core.responder.report(defaultTenant, incident)
    assert.match(survivors.find((one) => one.credential === a)?.why ?? '', /not allowed.*code\.protected/)
  }
})

test('a target named break-glass after the plan started is refused at the claim', async () => {
  const { core, incident } = await contained({ target: a })
  await core.responder.protect(defaultTenant, { entity: a, why: 'break-glass' }, 'ann')
  assert.deepEqual(await core.desk.claim('w', 5, leaseMs), [])
  const [action] = (await core.responder.report(defaultTenant, incident)).actions
  assert.deepEqual([action?.state, action?.attempts], ['failed', 0])
  assert.match(action?.lastError ?? '', /break-glass/)
})

test('the desk asks the estate once more, and hands out nothing when it cannot answer', async () => {
  const { core, incident } = await contained({ target: a })
  const blind = core.reboot({ protectedNow: () => Promise.reject(new Error('the estate is down')) })
  assert.deepEqual(await blind.claim('w', 5, leaseMs), [])
  await core.clock.advance(2_000)
  const careful = core.reboot({ protectedNow: () => Promise.resolve([{ entity: a, why: 'own' }]) })
  await careful.claim('w', 5, leaseMs)
  await core.clock.advance(2_000)
  assert.deepEqual(await careful.claim('w', 5, leaseMs), [])
  const [action] = (await core.responder.report(defaultTenant, incident)).actions
  assert.equal(action?.state, 'failed')
})

test('past the cap automation asks; a person lifts it, policy does not', async () => {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const wishes = Array.from({ length: capPerVerbMax + 3 }, (_, index) => ({
    target: credential(`k${index}`),
    source: `s${Math.floor(index / sourceClaimsMax)}`,
  }))
  const incident = await core.open(wishes)
  const { plan } = await core.responder.contain(defaultTenant, incident, 'automation')
  assert.equal((await core.desk.claim('w', 64, leaseMs)).length, capPerVerbMax)
  const capped = (await core.responder.report(defaultTenant, incident)).actions.filter(
    ({ state }) => state === 'awaiting-approval',
  )
  assert.equal(capped.length, 3)
  await core.responder.contain(defaultTenant, incident, 'automation')
  assert.equal((await core.desk.claim('w', 64, leaseMs)).length, 0, 'asking again does not lift it')
  const result = await core.responder.approve(
    defaultTenant,
    signApproval(ann, plan.hash, incident, core.clock.nowMs() + 1),
  )
  assert.equal(result.started.length, 3)
  await core.clock.advance(capWindowMs / 100)
  assert.equal((await core.desk.claim('w', 64, leaseMs)).filter(({ attempts }) => attempts === 0).length >= 3, true)
})

test('hands hold only so many actions of one source', async () => {
  const wishes = Array.from({ length: sourceClaimsMax + 4 }, (_, index) => ({ target: credential(`k${index}`) }))
  const { core } = await contained(...wishes, { target: b, source: 'lab-2' })
  const claimed = await core.desk.claim('w', 64, leaseMs)
  assert.equal(claimed.filter(({ source }) => source === 'lab-1').length, sourceClaimsMax)
  assert.ok(targets(claimed).includes(b))
})

test('the incident that waits longest is served first, however many come after', async () => {
  const core = makeCore()
  for (const name of ['old', 'newer', 'newest']) {
    const target = credential(name)
    const steps = Array.from({ length: 3 }, (_, index) => ({ target: credential(`${name}-${index}`), source: name }))
    await core.open(steps, { trigger: { kind: 'credential', credential: target }, containBy: 'automation' })
    await core.clock.advance(1_000)
  }
  assert.deepEqual(
    (await core.desk.claim('w', 4, leaseMs)).map(({ source }) => source),
    ['old', 'old', 'old', 'newer'],
  )
})

test('a step that two incidents want is handed out for the one that may, however the other holds it back', async () => {
  const core = makeCore()
  const runner = { kind: 'host', host: entityId('host', 'host', 'runner-1') } as const
  const first = await core.open([{ target: a, level: null }], { trigger: runner })
  await core.responder.contain(defaultTenant, first, 'ann')
  const second = await core.open([{ target: a }], { trigger: { kind: 'credential', credential: a } })
  await core.responder.contain(defaultTenant, second, 'ann')
  assert.deepEqual(targets(await core.desk.claim('w', 5, leaseMs)), [a])
})

test('isolation holds back everything until it is settled, or its wait is over by the declared rule', async () => {
  const wishes = [
    { target: host, phase: 'isolate', verb: 'lab.host.isolate' },
    { target: a, phase: 'deny', verb: 'lab.key.deny' },
    { target: a, phase: 'revoke' },
  ] as const
  const { core, incident } = await contained(...wishes)
  const [isolation, ...others] = await core.desk.claim('w', 5, leaseMs)
  assert.deepEqual([isolation?.target, others.length], [host, 0])
  assert.ok(isolation)
  await core.desk.attempt(isolation.id, isolation.fence, null)
  await core.clock.advance(isolationWaitMs - leaseMs - 1)
  assert.deepEqual(await core.desk.claim('w', 5, leaseMs), [])
  await core.clock.advance(leaseMs + 1)
  const later = await core.desk.claim('w', 5, leaseMs)
  assert.ok(later.some(({ verb }) => verb === 'lab.key.deny'))
  assert.ok(!later.some(({ phase }) => phase === 'revoke'), 'the deny comes first')
  const { blindSpots } = await core.responder.report(defaultTenant, incident)
  assert.ok(
    blindSpots.some((line) => line.includes('isolation was not proven in time')),
    blindSpots.join(),
  )

  const held = makeCore({ desk: { isolation: { waitMs: isolationWaitMs, after: 'hold' } } })
  const other = await held.open([...wishes])
  await held.responder.contain(defaultTenant, other, 'ann')
  await held.desk.claim('w', 5, leaseMs)
  await held.clock.advance(10 * isolationWaitMs)
  assert.ok((await held.desk.claim('w', 5, leaseMs)).every(({ phase }) => phase === 'isolate'))
})

test('a deny holds back the revocation of its own credential only, and not for ever', async () => {
  const { core } = await contained(
    { target: a, phase: 'deny', verb: 'lab.key.deny' },
    { target: a },
    { target: b },
    { target: b, phase: 'end-sessions', verb: 'lab.session.end' },
  )
  const first = await core.desk.claim('w', 9, leaseMs)
  assert.deepEqual(
    first.map(({ verb, target }) => [verb, target]),
    [
      ['lab.key.deny', a],
      ['lab.key.disable', b],
    ],
  )
  const revoke = first.find(({ target }) => target === b)
  assert.ok(revoke)
  await core.desk.attempt(revoke.id, revoke.fence, null)
  assert.deepEqual(await core.desk.claim('w', 9, leaseMs), [], 'sessions end after the key is revoked')
  await core.desk.applied(revoke.id, revoke.fence, 'ok', null)
  assert.deepEqual(
    (await core.desk.claim('w', 9, leaseMs)).map(({ phase }) => phase),
    ['end-sessions'],
  )
  await core.clock.advance(denyWaitMs)
  assert.ok((await core.desk.claim('w', 9, leaseMs)).some(({ phase, target }) => phase === 'revoke' && target === a))
})

test('what is given back too often goes to a person', async () => {
  const { core, incident } = await contained({ target: a })
  for (let time = 0; time < 40; time++) {
    const [action] = await core.desk.claim('w', 1, leaseMs)
    if (action === undefined) break
    if (time === 0) await core.desk.attempt(action.id, action.fence, null)
    await core.desk.release(action.id, action.fence, 100)
    await core.clock.advance(100)
  }
  const { actions, survivors } = await core.responder.report(defaultTenant, incident)
  assert.equal(actions[0]?.state, 'unknown')
  assert.match(survivors[0]?.why ?? '', /gave up after 30 tries/)
})
