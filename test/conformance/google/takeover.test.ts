import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant } from '#model'

import { delegationUrl } from '../../../src/connectors/google/actions/delegation-remove.ts'
import { makeCore } from './core.ts'

const tenant = defaultTenant
const minute = 60_000
const gmail = 'https://mail.google.com/'
const inventory = ['directory', 'credentials']
const logs = ['log-admin', 'log-login', 'log-token', 'log-user_accounts']

test('what a stolen session of an administrator made is found and dies, and what no API can end is named', async (t) => {
  const core = await makeCore()
  t.after(() => core.close())
  const { rig, clock } = core
  const { people, thief } = rig
  const boss = people.hire('Boss Admin', { isAdmin: true })
  const victim = people.hire('Victim Example')
  const bystander = people.hire('Bystander Example')
  const group = people.group('finance')
  group.members.set(bystander.id, { role: 'MEMBER' })
  const good = people.publish('Calendar Plus')
  const goodGrant = people.consent(bystander, good.client, [gmail])
  await clock.advance(4 * 60 * minute)
  await core.pull(...inventory, ...logs)

  // The thief signs in as the administrator and makes itself ways back.
  const cookie = people.signIn(boss.primaryEmail, boss.password, '203.0.113.66')
  await clock.advance(5 * minute)
  const console = people.atConsole(boss)
  const mole = console.createUser('Mole Example')
  console.makeSuper(mole)
  console.addMember(group.id, mole)
  console.setPassword(victim, 'EXAMPLE-known-to-the-thief')
  const codes = people.backupCodes(victim, boss)
  const evil = people.publish('Backup Helper')
  const evilGrant = people.consent(boss, evil.client, [gmail], '203.0.113.66')
  const asp = people.appPassword(boss, 'imap')
  people.changeRecovery(boss, 'thief@example.net')
  people.forwardMail(boss, 'thief@example.net')
  people.delegate({ client: '555000111', serviceAccount: 'evil@example.com', publicKey: '' }, [gmail], boss)
  assert.ok(
    (await thief.webMail(cookie)) && (await thief.gmail(evilGrant.access)) && (await thief.imap(boss, asp.value)),
  )
  await clock.advance(4 * 60 * minute)
  await core.pull(...inventory, ...logs)
  assert.equal(core.counts.refused, 0)

  const incident = await core.responder.open({
    tenant,
    title: 'a session of an administrator was stolen',
    severity: 'critical',
    trigger: { kind: 'credential', credential: rig.id('credential', `session/${boss.id}`) },
    window: { fromMs: clock.nowMs() - 5 * 60 * minute, toMs: null },
    trust: { origin: 'person', sources: [], confinedTo: null },
    findings: ['fnd_aaaaaaaa'],
  })
  const { plan } = await core.responder.contain(tenant, incident.id, 'on-call')
  const steps = new Set(plan.steps.map(({ verb, target }) => `${verb} ${target}`))
  const planned = (verb: string, kind: 'identity' | 'credential' | 'resource', native: string): void =>
    assert.ok(steps.has(`${verb} ${rig.id(kind, native)}`), `${verb} ${native}\n${[...steps].join('\n')}`)
  planned('google.user.sessions.end', 'identity', boss.id)
  planned('google.user.suspend', 'identity', mole.id)
  planned('google.role.unassign', 'resource', `role-assignment/${mole.id}/super`)
  planned('google.membership.remove', 'resource', `membership/${group.id}/${mole.id}`)
  planned('google.password.replace', 'identity', victim.id)
  planned('google.backup-codes.invalidate', 'credential', `backup-codes/${victim.id}`)
  planned('google.grant.revoke', 'credential', `grant/${boss.id}/${evil.client}`)
  planned('google.app-password.revoke', 'credential', `asp/${boss.id}/${asp.code}`)
  planned('google.recovery.clear', 'resource', `recovery/${boss.id}`)
  planned('google.delegation.remove', 'credential', 'delegation/555000111')
  const hit = plan.steps.filter(({ target }) => target.includes(bystander.id) || target.includes(good.client))
  assert.deepEqual(hit, [], 'nobody else is touched')

  const verbs = [...new Set(plan.steps.map(({ verb }) => verb))]
  await core.approve(incident.id, plan.hash, verbs, 20)
  const report = () => core.responder.report(tenant, incident.id)
  const alive = async () => (await report()).survivors.map(({ credential }) => credential)
  const delegation = rig.id('credential', 'delegation/555000111')
  await core.until('all but the delegation is dead', async () => (await alive()).join() === delegation, 120 * minute)

  assert.equal(await thief.webMail(cookie), false)
  assert.equal(await thief.gmail(evilGrant.access), false)
  assert.equal(await thief.refresh(evil, evilGrant.refresh), undefined)
  assert.equal(await thief.imap(boss, asp.value), false)
  assert.throws(() => people.signIn(mole.primaryEmail, mole.password), /wrong password/)
  assert.throws(() => people.signIn(victim.primaryEmail, 'EXAMPLE-known-to-the-thief'), /wrong password/)
  assert.ok(mole.suspended && !mole.isAdmin && !group.members.has(mole.id) && group.members.has(bystander.id))
  assert.ok(codes.length > 0 && victim.backupCodes.length === 0 && boss.recoveryEmail === '')
  assert.ok(await thief.refresh(good, goodGrant.refresh), 'the bystander’s app works on')

  const says = async () => (await report()).survivors[0]?.why ?? ''
  await core.until('the delegation says what to do', async () => (await says()).includes(delegationUrl), 60 * minute)
  const { descendantsLeft } = await report()
  assert.deepEqual(
    descendantsLeft?.map(({ entity }) => entity),
    [rig.id('resource', `forwarding/${boss.id}`)],
  )
  people.endDelegation('555000111', rig.looker)
  await core.until('the delegation is proven ended', async () => (await alive()).length === 0, 24 * 60 * minute)
  assert.deepEqual(rig.twin.violations, [])
})
