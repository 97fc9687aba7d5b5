import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, nativeOf } from '#model'
import { routes } from '#api/contract'

import { makeApp } from '../../../lab/twins/okta/apps.ts'
import { makeAppUser } from '../../../lab/twins/okta/assignments.ts'
import { receiptsOf } from '../../simulation/respond-world.ts'
import { asked, dayMs, openYard } from './trim-yard.ts'

const tenant = defaultTenant

test('a stage takes what nobody uses, and the first refused use gives it back within ten seconds', async () => {
  const yard = await openYard()
  const { stages, giveBack, responder, ada, grace, shared, crm, id, until, day, reader } = yard
  const dry = await stages.trimStage({ ...asked, dryRun: true }, 'ann')
  assert.deepEqual(
    dry.memberships.map(({ member, group }) => `${member} ${group}`).sort(),
    shared.map(({ group }) => `${id(grace.id)} ${id(group)}`).sort(),
    'Ada uses hers',
  )
  assert.equal(responder.list(tenant).length, 0, 'a dry run opens nothing')

  const stage = await stages.trimStage({ ...asked, max: 1 }, 'ann')
  const [first] = stage.memberships
  assert.ok(first !== undefined && stage.incident !== null)
  const { app, group } = shared.find((one) => id(one.group) === first.group) ?? { app: '', group: '' }
  const other = shared.find((one) => one.group !== group)?.app ?? ''
  assert.deepEqual([stage.left, yard.isIn(grace, group)], [1, true], 'nothing happens before somebody approves')
  assert.deepEqual(routes['access.trim-stage'].response.parse(stage), stage)
  const report = await responder.report(tenant, stage.incident)
  assert.deepEqual(
    routes['incident.show'].response.parse(report).assessment?.exposure.trimmed,
    report.assessment?.exposure.trimmed,
  )
  const { actions } = report
  assert.deepEqual(
    actions.map(({ verb, state, target }) => [verb, state, nativeOf(target)]),
    [['okta.membership.remove', 'awaiting-approval', `membership/${group}/${grace.id}`]],
    'what takes the membership, and nothing of the person',
  )
  await assert.rejects(stages.trimStage(asked, 'ann'), { code: 'ERR_TRIM_STAGE', message: 'stage 1 is under way' })
  await yard.take(stage)
  assert.deepEqual([yard.isIn(grace, group), yard.isIn(ada, group)], [false, true])
  await assert.rejects(stages.trimStage(asked, 'ann'), { message: /^stage 1 is watched until/ })

  for (const [who, opened] of [
    ['ada', app],
    ['grace', crm.id],
    ['grace', other],
  ] as const)
    assert.equal(await yard.open(who, opened), 200)
  await yard.pull('log')
  await giveBack.run()
  assert.equal(receiptsOf(reader, 'action.undo-asked').length, 0, 'what works is no refusal')

  day.pass(dayMs)
  const beganMs = performance.now()
  assert.equal(await yard.open('grace', app), 403)
  await yard.pull('log')
  await giveBack.run()
  yard.runner.wake()
  await until(() => yard.isIn(grace, group))
  const tookMs = performance.now() - beganMs
  assert.ok(tookMs < 10_000, `${tookMs} ms`)
  if (process.env['CORDON_TIMES'] !== undefined) console.log(`given back ${Math.round(tookMs)} ms after the refusal`)
  assert.equal(await yard.open('grace', app), 200)
  await until(
    async () => (await responder.report(tenant, actions[0]?.incident ?? 'inc_none')).actions[0]?.state === 'undone',
  )
  await giveBack.run()
  assert.equal(receiptsOf(reader, 'action.undo-asked').length, 1, 'once')

  // One was wanted back where none was foreseen: people decide how to go on, and what came back is not taken again.
  day.pass(asked.waitMs)
  await yard.pull('log')
  await yard.pull('directory')
  await assert.rejects(stages.trimStage({ ...asked, rights: [first.right] }, 'ann'), { code: 'ERR_TRIM_UNKNOWN' })
  const again = await stages.trimStage({ ...asked, dryRun: true }, 'ann')
  assert.ok(!again.memberships.some(({ right }) => right === first.right))
})

test('after its wait the next stage goes on, and not where more came back than was foreseen', async () => {
  const yard = await openYard()
  const { stages, responder, day, until, grace, shared, id } = yard
  const first = await stages.trimStage({ ...asked, max: 1 }, 'ann')
  const incident = await yard.take(first)
  day.pass(asked.waitMs + dayMs)
  await stages.giveBack(first.memberships[0]?.right ?? '', 'ann')
  yard.runner.wake()
  await until(async () => (await responder.report(tenant, incident)).actions[0]?.state === 'undone')
  await assert.rejects(stages.trimStage(asked, 'ann'), { message: /had 1 given back, and 0 at most/ })

  // A person takes it once more, and once more it comes back.
  const { plan } = await responder.contain(tenant, incident, 'ann')
  await yard.take({ incident, plan: plan.hash })
  const lost = shared.find(({ group }) => id(group) === first.memberships[0]?.group)?.group ?? ''
  assert.equal(yard.isIn(grace, lost), false)
  const given = await stages.giveBack(first.memberships[0]?.right ?? '', 'ann')
  assert.equal(given.state, 'undo-executing', 'not the one that is undone already')
  yard.runner.wake()
  await until(() => yard.isIn(grace, lost))
  await responder.close(tenant, incident, 'ann', 'looked at it')
  const second = await stages.trimStage(asked, 'ann')
  assert.deepEqual([second.stage.number, second.memberships.length], [2, 1])
})

test('whoever another incident is about gets nothing back by being refused, and everything by a person', async () => {
  const yard = await openYard()
  const { stages, giveBack, responder, grace, shared, id, until, day } = yard
  const stage = await stages.trimStage(asked, 'ann')
  await yard.take(stage)
  await responder.open({
    tenant,
    title: 'an account in other hands',
    severity: 'high',
    trigger: { kind: 'identity', identity: id(grace.id) },
    window: { fromMs: day.nowMs(), toMs: null },
    trust: { origin: 'person', sources: ['ann'], confinedTo: null },
    findings: [],
  })
  day.pass(dayMs)
  const [{ app, group } = { app: '', group: '' }] = shared
  assert.equal(await yard.open('grace', app), 403)
  await yard.pull('log')
  await giveBack.run()
  assert.deepEqual([receiptsOf(yard.reader, 'action.undo-asked').length, yard.isIn(grace, group)], [0, false])
  const lost = stage.memberships.find((one) => one.group === id(group))
  const given = await stages.giveBack(lost?.right ?? '', 'ann')
  assert.deepEqual(routes['access.give-back'].response.parse(given), given)
  assert.deepEqual([given.member, given.state], [id(grace.id), 'undo-executing'])
  yard.runner.wake()
  await until(() => yard.isIn(grace, group))
  await assert.rejects(stages.giveBack('trm_nothing0', 'ann'), { code: 'ERR_TRIM_UNKNOWN' })
})

test('what somebody has at an app by name goes by a stage, and comes back with the profile the app held', async () => {
  let portal = ''
  const yard = await openYard(({ twin: { org }, ada, grace }) => {
    const app = makeApp(org, { name: 'portal', label: 'Portal', signOnMode: 'SAML_2_0' })
    portal = app.id
    for (const user of [ada, grace])
      makeAppUser(org, app, user, { credentials: { userName: `${user.id}@portal` }, profile: { team: 'EXAMPLE-pay' } })
  })
  const { stages, giveBack, responder, grace, ada, day, until } = yard
  const takes = entityId('resource', yard.twin.state.org, `assignment/${portal}/${grace.id}`)
  const dry = await stages.trimStage({ ...asked, dryRun: true }, 'ann')
  const lost = dry.memberships.find((one) => one.takes === takes)
  const stage = await stages.trimStage({ ...asked, rights: [lost?.right ?? ''] }, 'ann')
  const incident = await yard.take(stage)
  const at = () => yard.twin.state.appUsers.get(portal)
  assert.deepEqual([at()?.has(grace.id), at()?.has(ada.id)], [false, true])
  const [action] = (await responder.report(tenant, incident)).actions
  assert.ok(
    action?.undoState !== null && !JSON.stringify(action).includes('EXAMPLE-pay'),
    'a profile is nobody else to read',
  )

  day.pass(dayMs)
  assert.equal(await yard.open('grace', portal), 403)
  await yard.pull('log')
  await giveBack.run()
  yard.runner.wake()
  await until(() => at()?.has(grace.id) === true)
  assert.equal(await yard.open('grace', portal), 200)
  const back = at()?.get(grace.id)
  assert.deepEqual(
    [back?.['credentials'], back?.['profile']],
    [{ userName: `${grace.id}@portal` }, { team: 'EXAMPLE-pay' }],
  )
})
