import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultTenant, nativeOf, type Edge, type EntityId } from '#model'
import { routes } from '#api/contract'
import { builtInPolicies, createPolicy } from '#policy'
import { toldFindings } from '#respond'

import { receiptsOf, startMs } from '../simulation/respond-world.ts'
import { hourMs, okta, openLeaseYard, robot, who } from './lease-yard.ts'
import type { Dies } from './mortal-hands.ts'

const tenant = defaultTenant
const open = async (parts: Parameters<typeof openLeaseYard>[0] = {}) => {
  const yard = await openLeaseYard(parts)
  after(() => yard.close())
  return yard
}

test('a lease is approved by somebody else, stands with a proof, and ends by itself with one', async () => {
  const yard = await open()
  const { core, reader } = yard
  yard.startHands()
  const ann = await yard.approver('ann')
  const bob = await yard.approver('bob', ann)
  const robots = await yard.approver('annotator@EXAMPLE.com', ann)
  const asked = await yard.askForKey()
  assert.deepEqual(routes['lease.ask'].response.parse(asked), asked)
  assert.deepEqual([asked.state, asked.approvals, asked.decidedBy.includes('lease.approved')], ['asked', 1, true])
  await yard.pass(3_000)
  assert.equal(await yard.opens(), false, 'nothing is given before somebody approves')
  for (const own of [bob, robots]) await assert.rejects(yard.approve(own, asked), { code: 'ERR_APPROVAL_OWN' })
  await yard.approve(ann, asked)
  await yard.pass(3_000)
  const held = await core.leases.show(asked.id)
  assert.deepEqual([held.state, held.proof?.kind, await yard.opens()], ['held', 'read-back', true])
  assert.ok(held.startedAtMs !== null && held.untilMs === held.startedAtMs + hourMs)
  await assert.rejects(yard.askForKey(), { code: 'ERR_LEASE_OPEN' })
  await assert
    .rejects(core.responder.contain(tenant, asked.incident, 'bob'), { code: 'ERR_PLAN_LEASE' })
    .catch(() => undefined)

  await yard.pass(hourMs - 10_000, 60_000)
  assert.equal(await yard.opens(), true)
  await yard.pass(12_000)
  const over = await core.leases.show(asked.id)
  assert.deepEqual([over.state, over.proof?.says.includes('refused'), await yard.opens()], ['ended', true, false])
  assert.equal(core.responder.list(tenant, ['closed'])[0]?.id, asked.incident)
  const [undone] = receiptsOf(reader, 'action.undone')
  assert.deepEqual([undone?.facts['verb'], undone?.facts['proof']], ['keys.key.lend', 'probed'])
  assert.deepEqual(
    ['incident.opened', 'approval.given', 'action.proven', 'action.undone', 'incident.closed'].map(
      (what) => receiptsOf(reader, what).length,
    ),
    [1, 1, 1, 1, 1],
  )
  const { leases } = await core.leases.list({ open: 'false', max: 10 })
  assert.deepEqual(leases, [over])
  assert.deepEqual((await core.leases.list({ open: 'true', max: 10 })).leases, [])
  await assert.rejects(core.leases.end(asked.id, 'x', 'bob'), { code: 'ERR_LEASE_STATE' })

  // Another of the same right is another action, with approvals of its own.
  const again = await yard.askForKey()
  await yard.pass(2_000)
  assert.deepEqual([(await core.leases.show(again.id)).state, await yard.opens()], ['asked', false])
})

test('whatever crashes whenever, the right is given once and gone at its end', async () => {
  const forMs = 60_000
  const life = async (name: string, dies: Dies): Promise<void> => {
    const yard = await openLeaseYard()
    yard.startHands(dies)
    const asked = await yard.askForKey(forMs)
    await yard.approve(await yard.approver('ann'), asked)
    const passing = async (ms: number) => {
      for (let left = ms; left > 0; left -= 4_000) {
        await yard.pass(4_000, 2_000)
        if (yard.hands?.isDead() !== true) continue
        yard.restartCore()
        yard.startHands()
      }
    }
    await passing(24_000)
    const { state } = await yard.core.leases.show(asked.id)
    assert.deepEqual([state, await yard.opens()], ['held', true], name)
    await passing(forMs)
    assert.deepEqual([(await yard.core.leases.show(asked.id)).state, await yard.opens()], ['ended', false], name)
    assert.equal(receiptsOf(yard.reader, 'action.undone').length, 1, name)
    yard.close()
  }
  let calls = 0
  await life('alive', () => void calls++)
  assert.ok(calls >= 8, `${calls} calls`)
  for (let at = 1; at <= calls; at++)
    for (const when of ['before', 'behind'] as const) {
      let n = 0
      await life(`dies at call ${at}, ${when}`, () => (++n === at ? when : undefined))
    }
})

test('what was there when it should be given is left alone, and the next lease begins afresh', async () => {
  const yard = await open()
  yard.startHands()
  const ann = await yard.approver('ann')
  const asked = await yard.askForKey(60_000)
  await yard.keys.revive(tenant, nativeOf(yard.key))
  await yard.approve(ann, asked)
  await yard.pass(3_000)
  const failed = await yard.core.leases.show(asked.id)
  assert.deepEqual([failed.state, failed.lastError?.includes('ERR_LEASE_STANDS')], ['failed', true])
  await yard.pass(120_000, 10_000)
  assert.equal(await yard.opens(), true, 'its end takes nothing')
  await yard.keys.kill(tenant, nativeOf(yard.key))
  const again = await yard.askForKey(60_000)
  assert.notEqual(again.action, failed.action)
  await yard.approve(ann, again)
  await yard.pass(3_000)
  const held = await yard.core.leases.show(again.id)
  assert.deepEqual([held.state, await yard.opens()], ['held', true])
  assert.ok((held.untilMs ?? 0) > yard.clock.nowMs() + 50_000)
})

test('a clock that goes back prolongs nothing, while core runs or when it starts again', async () => {
  for (const restarts of [false, true]) {
    const yard = await open()
    yard.startHands()
    const asked = await yard.askForKey()
    await yard.approve(await yard.approver('ann'), asked)
    await yard.pass(30_000, 5_000)
    assert.equal((await yard.core.leases.show(asked.id)).state, 'held')
    yard.setWallBack(5 * hourMs)
    if (restarts) {
      yard.restartCore()
      yard.startHands()
    }
    await yard.pass(hourMs - 40_000, 60_000)
    assert.equal((await yard.core.leases.show(asked.id)).state, 'held')
    await yard.pass(40_000)
    assert.equal((await yard.core.leases.show(asked.id)).state, 'ended', restarts ? 'after a start' : 'while it runs')
  }
})

test('what cannot be ended is a survivor by name, a finding and a task, until it is proven gone', async () => {
  const yard = await open()
  yard.startHands()
  const asked = await yard.askForKey()
  await yard.approve(await yard.approver('ann'), asked)
  await yard.pass(3_000)
  // Hands are away: nobody can take it. A key ends by itself, but nothing proves it.
  yard.hands?.end()
  await yard.pass(hourMs + 4 * 60_000, 60_000)
  assert.equal((await yard.core.leases.show(asked.id)).state, 'ending')
  await yard.pass(3 * 60_000, 30_000)
  const shown = await yard.core.leases.show(asked.id)
  assert.equal(shown.state, 'survivor')
  const told = toldFindings(yard.reader, tenant, { rule: 'lease.not-ended', max: 10 })
  assert.deepEqual(
    told.map(({ severity, entities }) => [severity, entities[0]]),
    [['high', shown.gives]],
  )
  const tasks = yard.core.responder.tasks(tenant, null)
  assert.deepEqual(
    tasks.map(({ target, says }) => [target, says[0]?.includes(asked.id)]),
    [[shown.gives, true]],
  )
  yard.startHands()
  await yard.pass(60_000)
  assert.equal((await yard.core.leases.show(asked.id)).state, 'ended')
  assert.deepEqual(yard.core.responder.tasks(tenant, null), [], 'and nobody is asked any more')
})

test('ended early it is taken at once, withdrawn it is never given, and a closed incident ends it, too', async () => {
  const yard = await open()
  yard.startHands()
  const ann = await yard.approver('ann')
  const { core } = yard
  const [first, reason] = [await yard.askForKey(), 'done']
  assert.equal((await core.leases.end(first.id, reason, 'bob')).state, 'withdrawn')
  await assert.rejects(yard.approve(ann, first), { code: 'ERR_INCIDENT_CLOSED' })

  const second = await yard.askForKey()
  await yard.approve(ann, second)
  await yard.pass(3_000)
  assert.equal((await core.leases.end(second.id, reason, 'bob')).state, 'ending')
  await yard.pass(3_000)
  assert.deepEqual([(await core.leases.show(second.id)).state, await yard.opens()], ['ended', false])

  const third = await yard.askForKey()
  await yard.approve(ann, third)
  await yard.pass(3_000)
  assert.equal(await yard.opens(), true)
  await core.responder.close(tenant, third.incident, 'bob', 'tidied away')
  await yard.pass(3_000)
  assert.deepEqual([(await core.leases.show(third.id)).state, await yard.opens()], ['ended', false])

  const fourth = await yard.askForKey()
  await yard.pass(25 * hourMs, hourMs)
  assert.equal((await core.leases.show(fourth.id)).state, 'withdrawn', 'nobody approved it within a day')
})

test('while automation is stopped nothing is given, and what is held still ends', async () => {
  const yard = await open()
  yard.startHands()
  const asked = await yard.askForKey()
  await yard.approve(await yard.approver('ann'), asked)
  await yard.pass(3_000)
  await yard.core.responder.stop(tenant, 'ann', 'an alarm')
  await yard.pass(hourMs + 5_000, 60_000)
  await yard.pass(5_000)
  assert.deepEqual([(await yard.core.leases.show(asked.id)).state, await yard.opens()], ['ended', false])
})

const edge = (src: EntityId, dst: EntityId, n: number): Edge => ({
  edge: n,
  src,
  type: 'MEMBER_OF',
  dst,
  validFrom: 1,
  validTo: null,
  observedAtMs: 0,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: n,
})

test('what somebody has already, what is protected, and what nothing lends is refused, with the reason', async () => {
  const [ada, grace, glass, group, inner, team] = [
    '00u1ada',
    '00u1grace',
    '00u1glass',
    '00g1all',
    '00g1in',
    '00g1team',
  ].map(who) as [EntityId, EntityId, EntityId, EntityId, EntityId, EntityId]
  const fact = (entity: EntityId, attributes: Record<string, string | boolean>) => ({
    entity,
    observedAtMs: 0,
    attributes,
  })
  const yard = await open({
    // Grace was in it until a moment ago, which is the newest that the estate heard.
    edges: [
      edge(ada, inner, 1),
      edge(inner, group, 2),
      { ...edge(grace, group, 3), validTo: startMs / 1000 - 5, observedAtMs: startMs - 5_500 },
    ],
    facts: [
      fact(ada, { name: 'Ada', login: 'ada@example.com' }),
      fact(grace, { name: 'Grace', login: 'grace@example.com' }),
      fact(glass, { name: 'Glass', breakGlass: true }),
      fact(group, { name: 'Everything' }),
      fact(team, { name: 'Team' }),
      fact(who('00u1other'), { name: 'Team' }),
    ],
  })
  const ask = (of: string, what: string, forMs = hourMs) =>
    yard.core.leases.ask({ of, what, forMs, why: 'because' }, 'bob')
  await assert.rejects(ask('ada@example.com', 'Everything'), {
    code: 'ERR_LEASE_HELD',
    message: `\`${ada}\` has \`${group}\` already, through ${inner}`,
  })
  await assert.rejects(ask('Glass', team), { code: 'ERR_LEASE_PROTECTED' })
  await yard.core.responder.protect(tenant, { entity: team, why: 'break-glass' }, 'ann')
  await assert.rejects(ask('ada@example.com', team), { code: 'ERR_LEASE_PROTECTED' })
  await assert.rejects(ask('ada@example.com', 'Team'), { code: 'ERR_ACCESS_AMBIGUOUS' })
  await assert.rejects(ask(robot, group), { code: 'ERR_LEASE_UNLEASABLE' })
  for (const forMs of [0, 8 * 24 * hourMs])
    await assert.rejects(ask('grace@example.com', 'Everything', forMs), { code: 'ERR_LEASE_TERM' })
  const long = await ask('Grace', 'Everything', 13 * hourMs)
  assert.deepEqual(
    [long.member, long.verb, long.approvals],
    [grace, 'okta.membership.lend', 2],
    'a name where the thing is',
  )
  assert.equal(long.gives, `resource:${okta}:membership/00g1all/00u1grace`)
})

test('nothing is given where policy lets no approval be enough', async () => {
  const forbids = createPolicy({
    policies: [
      builtInPolicies,
      { place: 'test', text: '@id("no.keys") forbid (principal, action == Action::"lease.grant", resource);' },
    ],
  })
  const yard = await open({ policy: forbids })
  const asked = await yard.askForKey()
  assert.deepEqual([asked.state, asked.approvals, asked.decidedBy], ['refused', null, ['no.keys']])
  await yard.pass(2_000)
  assert.equal(yard.core.responder.list(tenant, ['closed']).length, 1)
})
