import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant } from '#model'

import { appControlsUrl } from '../../../src/connectors/google/actions/app-block.ts'
import { makeCore } from './core.ts'

const tenant = defaultTenant
const minute = 60_000
const mailAndDrive = ['https://mail.google.com/', 'https://www.googleapis.com/auth/drive']
const inventory = ['directory', 'credentials']
const logs = ['log-admin', 'log-login', 'log-token', 'log-drive']

test('an AI app goes bad: its grants over many users die, a new one dies again, and the block is a survivor by name', async (t) => {
  const core = await makeCore()
  t.after(() => core.close())
  const { rig, clock } = core
  const { people, thief } = rig
  // A company that let the assistant in, and another app that is nobody's trouble.
  const app = people.publish('Notes AI')
  const other = people.publish('Calendar Plus')
  const users = Array.from({ length: 14 }, (_, n) => people.hire(`User Number${n}`))
  const stolen = users.slice(0, 11).map((user) => ({ user, ...people.consent(user, app.client, mailAndDrive) }))
  const kept = users
    .slice(9)
    .map((user) => people.consent(user, other.client, ['https://www.googleapis.com/auth/gmail.readonly']))
  await clock.advance(3 * 60 * minute)
  await core.pull(...inventory, ...logs)
  assert.equal(core.counts.unmapped, 0)
  assert.equal(core.counts.refused, 0, 'everything it says lies within its own realm')

  // The vendor is breached: who holds its database reads four mailboxes. Google's log tells so hours later.
  const read = stolen.slice(0, 4)
  for (const { access } of read)
    assert.equal(await thief.gmail(access), false, 'access tokens of three hours ago are over')
  for (const one of stolen)
    one.access = (await thief.refresh(app, one.refresh)) ?? assert.fail('the refresh token works')
  for (const { access } of read) assert.equal(await thief.gmail(access), true)
  await clock.advance(120 * minute)
  for (const one of stolen)
    one.access = (await thief.refresh(app, one.refresh)) ?? assert.fail('the refresh token works')
  await core.pull(...logs)

  const incident = await core.responder.open({
    tenant,
    title: 'Notes AI says that its tokens were stolen',
    severity: 'critical',
    trigger: { kind: 'app', app: rig.id('app', app.client) },
    window: { fromMs: clock.nowMs() - 24 * 60 * minute, toMs: null },
    trust: { origin: 'person', sources: [], confinedTo: null },
    findings: ['fnd_aaaaaaaa'],
  })
  const { plan } = await core.responder.contain(tenant, incident.id, 'on-call')
  const grants = stolen.map(({ user }) => rig.id('credential', `grant/${user.id}/${app.client}`))
  const revoked = plan.steps.filter(({ verb }) => verb === 'google.grant.revoke').map(({ target }) => target)
  assert.deepEqual(revoked.toSorted(), grants.toSorted(), 'all grants of the app, and of no other')
  const block = plan.steps.find(({ verb }) => verb === 'google.app.block')
  assert.ok(block?.preview.effects.some((effect) => effect.includes(appControlsUrl)))
  assert.deepEqual(new Set(plan.steps.map(({ verb }) => verb)), new Set(['google.grant.revoke', 'google.app.block']))

  // Whose data: four mailboxes were read; the others could have been.
  const { impact } =
    (await core.responder.report(tenant, incident.id)).assessment?.exposure ?? assert.fail('an exposure')
  const mailOf = (ids: readonly { user: { id: string } }[]) =>
    ids.map(({ user }) => rig.id('resource', `data/${user.id}/mail`))
  const touched = impact.didTouch.map(({ resource }) => resource)
  assert.deepEqual(touched.filter((one) => one.endsWith('/mail')).toSorted(), mailOf(read).toSorted())
  const reachable = new Set(impact.couldReach.map(({ resource }) => resource))
  for (const mail of mailOf(stolen)) assert.ok(reachable.has(mail) || touched.includes(mail), mail)
  assert.ok(
    !reachable.has(rig.id('resource', `data/${users.at(-1)?.id ?? ''}/mail`)),
    'who never let it in is not reached',
  )

  await core.approve(incident.id, plan.hash, ['google.grant.revoke', 'google.app.block'], 50)
  const report = () => core.responder.report(tenant, incident.id)
  await core.until('all grants are proven dead', async () => (await report()).dead.length === grants.length, 5 * minute)
  for (const { access, refresh } of stolen) {
    assert.equal(await thief.gmail(access), false)
    assert.equal(await thief.refresh(app, refresh), undefined)
  }
  for (const { refresh } of kept) assert.ok(await thief.refresh(other, refresh), 'the other app works on')

  // The door is still open, and Cordon says so by name, with the page where a person shuts it.
  const consent = rig.id('credential', `consent/${app.client}`)
  await core.until(
    'the block is waited for',
    async () => (await report()).survivors[0]?.why.includes(appControlsUrl) === true,
    30 * minute,
  )
  assert.deepEqual(
    (await report()).survivors.map(({ credential }) => credential),
    [consent],
  )
  assert.equal((await report()).incident.state, 'containing')

  // One user lets the app in again: the recheck of the proof sees it alive, and it dies once more.
  const again = people.consent(stolen[2]?.user ?? assert.fail('a user'), app.client, mailAndDrive)
  assert.equal(await thief.gmail(again.access), true)
  await core.until('the new grant is seen', async () => (await report()).survivors.length === 2, 2 * 60 * minute)
  await core.until('the new grant is dead', async () => (await report()).survivors.length === 1, 10 * minute)
  assert.equal(await thief.gmail(again.access), false)
  assert.equal(await thief.refresh(app, again.refresh), undefined)

  // Somebody blocks it: the log says so, and nobody can let it in any more.
  people.blockApp(app.client, rig.looker)
  await core.until('the block is proven', async () => (await report()).survivors.length === 0, 24 * 60 * minute)
  assert.equal((await report()).incident.state, 'contained')
  assert.throws(
    () => people.consent(users[0] ?? assert.fail('a user'), app.client, mailAndDrive),
    /admin_policy_enforced/,
  )
  assert.deepEqual(rig.twin.violations, [])
})
