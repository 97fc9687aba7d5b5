import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId } from '#kit'
import { defaultTenant, entityId, type EntityId, type Incident, type IncidentId, type Proof } from '#model'

import { host, key, makeJoinWorld, user, type JoinWorld } from '../../../test/simulation/join-world.ts'
import { codeIs, enroll, receiptsOf, signApproval, startMs } from '../../../test/simulation/respond-world.ts'

const dayMs = 86_400_000
const verb = 'vault.key.disable'
const proof: Proof = { kind: 'read-back', atMs: startMs + 5_000, says: 'disabled', where: [] }
const incidentOf = (name: string): IncidentId => hashId('inc', defaultTenant, hashId('fnd', defaultTenant, name))
const open = (world: JoinWorld): Incident[] => world.responder.list(defaultTenant, ['open', 'containing', 'contained'])
const openIds = (world: JoinWorld): string[] =>
  open(world)
    .map(({ id }) => id)
    .sort()
const stepsOf = async (world: JoinWorld, incident: IncidentId) =>
  Object.fromEntries(
    (await world.responder.report(defaultTenant, incident)).actions.map(({ target, state }) => [target, state]),
  )
const envelope = { verbs: [verb], connectors: ['vault'], furtherTargetsMax: 0, expiresAtMs: startMs + 3_600_000 }

/** `late` is found and contained first, then the older `early`, whose key it was derived from. */
async function folded(confinedTo?: EntityId[], whileOpen: (world: JoinWorld) => Promise<void> = async () => undefined) {
  const world = makeJoinWorld()
  world.state(key('a'), 'DERIVES', key('b'))
  await world.find({
    name: 'late',
    entities: [key('b')],
    atMs: startMs + dayMs,
    ...(confinedTo === undefined ? {} : { confinedTo }),
  })
  await whileOpen(world)
  await world.find({ name: 'early', entities: [key('a')] })
  return world
}

test('what runs goes on through a fold: no step is dropped, doubled or sent again, and both ids answer', async () => {
  let fence = 0
  const world = await folded(undefined, async ({ desk }) => {
    const [action] = await desk.claim('w', 5, 20_000)
    assert.equal(action?.target, key('b'))
    fence = action.fence
    await desk.attempt(action.id, fence, null)
  })
  assert.deepEqual(openIds(world), [incidentOf('early')])
  assert.deepEqual(await stepsOf(world, incidentOf('early')), { [key('a')]: 'approved', [key('b')]: 'executing' })
  const running = (await world.responder.report(defaultTenant, incidentOf('late'))).actions.find(
    ({ target }) => target === key('b'),
  )
  assert.ok(running)
  assert.deepEqual([running.attempts, running.fence], [1, fence], 'the claim of before is the claim of now')
  await world.desk.applied(running.id, fence, 'done', null)
  await world.desk.probed(running.id, fence, { verdict: 'dead', proof })
  const [next, ...none] = await world.desk.claim('w', 5, 20_000)
  assert.deepEqual([next?.target, none], [key('a'), []])
  assert.ok(next)
  await world.desk.attempt(next.id, next.fence, null)
  await world.desk.applied(next.id, next.fence, 'done', null)
  await world.desk.probed(next.id, next.fence, { verdict: 'dead', proof })
  const reports = [incidentOf('early'), incidentOf('late')].map((id) => world.responder.report(defaultTenant, id))
  const [early, late] = await Promise.all(reports)
  assert.deepEqual([early?.incident.state, early?.dead.length, early?.survivors], ['contained', 2, []])
  assert.deepEqual([late?.incident, late?.asked?.incident], [early?.incident, incidentOf('late')])
  assert.match(late?.asked?.says ?? '', /key\/b` was derived from `credential:vault:key\/a/)
  assert.deepEqual([early?.asked, early?.incident.folded], [undefined, [incidentOf('late')]])
  for (const what of ['action.intent', 'action.started', 'action.proven'])
    assert.equal(receiptsOf(world.reader, what).length, 2, what)
  assert.equal(receiptsOf(world.reader, 'incident.folded').length, 1)
})

test('a finding that two open incidents are close to makes them one, under the id of the oldest finding', async () => {
  const world = makeJoinWorld()
  await world.find(
    { name: 'second', entities: [key('b')], atMs: startMs + 30_000 },
    { name: 'first', entities: [key('a')] },
  )
  assert.equal(open(world).length, 2, 'nothing is known to connect them')
  world.state(host('build-7'), 'STORES', key('a'))
  world.state(host('build-7'), 'STORES', key('b'), { validFrom: startMs / 1000 + 60 })
  await world.find({ name: 'third', entities: [host('build-7')], atMs: startMs + 90_000 })
  const [incident, ...none] = open(world)
  assert.deepEqual([incident?.id, incident?.folded, none], [incidentOf('first'), [incidentOf('second')], []])
  const { joins } = await world.responder.report(defaultTenant, incidentOf('second'))
  const because = (name: string): string =>
    `${incidentOf(name)}: \`host:host:build-7\` held \`${keyOf[name]}\`; ${ids('third')} names \`host:host:build-7\`, ${ids(name)} \`${keyOf[name]}\``
  assert.deepEqual(
    joins?.map(({ incident: joined, says }) => `${joined}: ${says}`).sort(),
    ['first', 'second'].map(because).sort(),
  )
})
const keyOf: Record<string, EntityId> = { first: key('a'), second: key('b') }
const ids = (name: string): string => hashId('fnd', defaultTenant, name)

test('an approval of a folded plan counts for what was looked at, before the fold and after, until a person plans anew', async () => {
  for (const when of ['before', 'after'] as const) {
    let plan = ''
    let ann: Awaited<ReturnType<typeof enroll>> | undefined
    const sign = (world: JoinWorld) => {
      assert.ok(ann)
      const signed = signApproval(ann, plan, incidentOf('late'), world.clock.nowMs(), { envelope })
      return world.responder.approve(defaultTenant, signed)
    }
    const world = await folded([host('elsewhere')], async (early) => {
      ann = await enroll(early, 'ann')
      plan = (await early.responder.report(defaultTenant, incidentOf('late'))).incident.plan ?? ''
      assert.deepEqual(await stepsOf(early, incidentOf('late')), { [key('b')]: 'awaiting-approval' })
      if (when === 'before') await sign(early)
    })
    if (when === 'after') await sign(world)
    assert.deepEqual(
      await stepsOf(world, incidentOf('early')),
      { [key('a')]: 'approved', [key('b')]: 'approved' },
      when,
    )
    const [approval] = (await world.responder.report(defaultTenant, incidentOf('early'))).approvals
    assert.equal(approval?.approver, 'ann')
    await world.clock.advance(1_000)
    world.state(user('ada'), 'MEMBER_OF', user('staff'))
    await world.responder.contain(defaultTenant, incidentOf('late'), 'ben')
    await assert.rejects(sign(world), codeIs('ERR_APPROVAL_PLAN'), 'a person planned anew')
  }
})

test('each part is believed as its own findings are: what joins neither frees nor confines the others', async () => {
  for (const order of [
    ['sure', 'forged'],
    ['forged', 'sure'],
  ]) {
    const world = makeJoinWorld()
    world.state(host('build-7'), 'STORES', key('a'))
    world.state(host('build-7'), 'STORES', key('b'))
    const wishes = {
      sure: { name: 'sure', entities: [key('a')], atMs: startMs + 1 },
      forged: { name: 'forged', entities: [key('b')], confinedTo: [host('build-7')] },
    }
    for (const name of order) await world.find(name === 'sure' ? wishes.sure : wishes.forged)
    assert.equal(open(world).length, 1)
    const states = await stepsOf(world, incidentOf('forged'))
    assert.deepEqual(states, { [key('a')]: 'approved', [key('b')]: 'awaiting-approval' }, order.join())
  }
})

test('a rule of the house that joins what runs starts nothing by itself; who contains the incident contains it all', async () => {
  const world = makeJoinWorld()
  world.state(key('a'), 'DERIVES', key('b'))
  await world.find({ name: 'own', entities: [key('a')] })
  await world.find({ name: 'listed', rule: 'sigma.listed', entities: [key('b')], atMs: startMs + 1 })
  // Whatever derives from the key of the first is of its exposure; a key beside it is the rule's alone.
  world.state(host('build-7'), 'STORES', key('a'))
  world.state(host('build-7'), 'STORES', key('c'))
  await world.find({ name: 'beside', rule: 'sigma.listed', entities: [key('c')], atMs: startMs + 2 })
  assert.deepEqual(openIds(world), [incidentOf('own')])
  const before = await stepsOf(world, incidentOf('own'))
  assert.deepEqual(before, { [key('a')]: 'approved', [key('b')]: 'approved', [key('c')]: 'proposed' })
  await world.responder.tick()
  assert.deepEqual(await stepsOf(world, incidentOf('own')), before)
  await world.responder.contain(defaultTenant, incidentOf('own'), 'ann')
  assert.equal((await stepsOf(world, incidentOf('own')))[key('c')], 'approved')
})

test('what a rule of the house says is no reason to let a step go that waits for an approval', async () => {
  const world = makeJoinWorld()
  world.state(host('build-7'), 'STORES', key('b'))
  await world.find({ name: 'forged', entities: [host('build-7')], confinedTo: [host('build-7')] })
  await world.find({ name: 'listed', rule: 'sigma.listed', entities: [key('b')], atMs: startMs + 1 })
  assert.deepEqual(openIds(world), [incidentOf('forged')])
  assert.equal((await stepsOf(world, incidentOf('forged')))[key('b')], 'awaiting-approval')
  await world.find({ name: 'own', entities: [key('b')], atMs: startMs + 2 })
  assert.equal((await stepsOf(world, incidentOf('forged')))[key('b')], 'approved', 'the vendor says so itself')
})

test('what an amendment adds starts, and what nobody asked for still does not', async () => {
  const world = makeJoinWorld()
  world.state(host('build-7'), 'STORES', key('a'))
  world.state(host('build-7'), 'STORES', key('c'))
  await world.find({ name: 'own', entities: [key('a')] })
  await world.find({ name: 'beside', rule: 'sigma.listed', entities: [key('c')], atMs: startMs + 2 })
  await world.responder.tick()
  world.state(key('a'), 'DERIVES', key('a-session'), { validFrom: startMs / 1000 + 1 })
  await world.clock.advance(60_000)
  assert.deepEqual((await world.responder.tick()).amended, [incidentOf('own')])
  assert.deepEqual(await stepsOf(world, incidentOf('own')), {
    [key('a')]: 'approved',
    [key('a-session')]: 'approved',
    [key('c')]: 'proposed',
  })
})

test('nothing joins over a hub, a right, a long time or a closed incident, nor people who leave', async () => {
  const world = makeJoinWorld()
  const oncall = user('oncall')
  world.facts.push({ entity: oncall, observedAtMs: 0, attributes: { kind: 'group' } })
  for (const name of ['k1', 'k2']) world.state(key(name), 'AUTHENTICATES_AS', oncall)
  world.state(user('ci'), 'MEMBER_OF', user('admins'))
  world.state(user('ada'), 'MEMBER_OF', user('admins'))
  await world.find(
    { name: 'k1', entities: [key('k1')] },
    { name: 'k2', entities: [key('k2'), oncall] },
    { name: 'ci', entities: [user('ci')] },
    { name: 'ada', entities: [user('ada')] },
    { name: 'k1 again', entities: [user('owner of k1'), key('k1')], atMs: startMs + 8 * dayMs },
  )
  assert.equal(open(world).length, 5)
  await world.find({ name: 'oncall', entities: [oncall], atMs: startMs + 1 })
  assert.equal(open(world).length, 4, 'a finding about the hub itself is close to what signs in as it')
  const person = entityId('person', 'hr', '7')
  await world.find({
    name: 'leaver',
    entities: [user('ada')],
    trigger: { kind: 'offboarding', people: [{ person, accounts: [user('ada')] }] },
  })
  assert.equal(open(world).length, 5)
  await world.responder.close(defaultTenant, incidentOf('ci'), 'ann', 'a drill')
  await world.find({ name: 'ci later', entities: [user('other'), user('ci')], atMs: startMs + 5 })
  assert.ok(openIds(world).includes(incidentOf('ci later')))
})

test('two tenants never meet, and a finding is kept when the estate does not answer', async () => {
  const world = makeJoinWorld()
  await world.find({ name: 'here', entities: [key('a')] })
  const there = world.findingOf({ name: 'there', entities: [key('a')], tenant: 't_birch' })
  const { trigger, window, trust, severity, title, tenant, id, entities } = there
  const shared = { tenant, title, severity, trigger, window, trust, findings: [id], about: entities, joins: true }
  const theirs = await world.responder.open(shared)
  assert.deepEqual([theirs.findings, open(world).length], [[id], 1])
  assert.deepEqual((await world.responder.report('t_birch', theirs.id)).joins, undefined)
  world.estateIs('down')
  await world.find({ name: 'blind', entities: [key('b')], atMs: startMs + 1 })
  world.estateIs('up')
  await world.find({ name: 'seeing', entities: [key('a'), user('ada')], atMs: startMs + 2 })
  assert.deepEqual(openIds(world), [incidentOf('blind'), incidentOf('here')].sort())
  assert.deepEqual((await world.responder.tick()).contained, [incidentOf('blind')], 'its plan comes later')
})

test('what a person opened keeps its id; ending the whole is asked of the one that it is part of', async () => {
  const world = makeJoinWorld()
  world.state(key('a'), 'DERIVES', key('b'))
  await world.find({ name: 'old', entities: [key('b')], atMs: startMs - dayMs / 2 })
  const trust = { origin: 'person' as const, sources: ['ann'], confinedTo: null }
  const window = { fromMs: startMs, toMs: null }
  const trigger = { kind: 'credential' as const, credential: key('a') }
  const byHand = {
    tenant: defaultTenant,
    title: 'by hand',
    severity: 'low' as const,
    trigger,
    window,
    trust,
    findings: [],
  }
  const opened = await world.responder.open(byHand)
  assert.equal(open(world).length, 2, 'what a person opens joins nothing by itself')
  assert.equal((await world.responder.open(byHand)).id, opened.id)
  await world.find({ name: 'use', entities: [key('b'), key('a')], atMs: startMs - 1 })
  assert.deepEqual(openIds(world), [opened.id])
  assert.equal(open(world)[0]?.severity, 'high')
  const close = world.responder.close(defaultTenant, incidentOf('old'), 'ann', 'done')
  await assert.rejects(close, codeIs('ERR_INCIDENT_FOLDED'))
  assert.equal(open(world).length, 1)
})
