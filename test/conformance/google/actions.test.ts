import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { EntityId } from '#model'
import type { Applied, ContainAction, Probed } from '#respond/contract'
import type { GoogleConfig } from '#connectors/google'

import { TwinRefused } from '../../../lab/twins/google/index.ts'
import { actionTrial } from '../actions.ts'
import { trial } from './cases.ts'
import { hourMs, makeRig, SteppingClock, type Rig } from './rig.ts'

// Each action is judged from the attacker's side: what was stolen is tried over the wire before and after.
let rig: Rig
before(async () => {
  rig = await makeRig(new SteppingClock())
})
after(async () => {
  assert.deepEqual(rig.twin.violations, [], 'the actions ask only what Google’s API has')
  await rig.twin.close()
})

const { tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

const gmail = 'https://mail.google.com/'
const lagMs = 10 * 60_000
let serial = 0
const someone = () => rig.people.hire(`Someone Number${serial++}`)

type Story = {
  verb: string
  target: EntityId
  /** Does the stolen thing still open something? */
  isAlive: () => Promise<boolean> | boolean
  /** The vendor's log, where it is the proof, shows only later. */
  lags?: boolean
}

/** Applied once and twice, read back, probed; whatever the attacker has is tried at each step. */
async function run({
  verb,
  target,
  isAlive,
  lags = false,
}: Story): Promise<{ action: ContainAction<GoogleConfig>; applied: Applied }> {
  const action = rig.action(verb)
  assert.ok(await isAlive(), `${verb}: alive before`)
  if (action.readBack !== undefined) assert.equal(await action.readBack(rig.context(), target), 'absent')
  assert.notEqual((await action.probe.run(rig.context(), target)).verdict, 'dead', `${verb}: no proof before`)
  const applied = await action.apply(rig.context(), target)
  assert.ok(!(await isAlive()), `${verb}: refused after`)
  const writes = (): number =>
    rig.twin.calls.filter((call) => /delete|patch|signOut|invalidate|turnOff|makeAdmin/.test(call)).length
  const before = writes()
  if (action.readBack !== undefined) {
    // A crash between apply and its outcome: the next life reads back before it sends anything again.
    assert.equal(await action.readBack(rig.context(), target), 'landed')
    assert.equal(writes(), before)
  }
  await action.apply(rig.context(), target)
  assert.ok(!(await isAlive()), `${verb}: applied twice is applied once`)
  if (lags) {
    assert.notEqual((await action.probe.run(rig.context(), target)).verdict, 'dead', 'the log does not tell yet')
    rig.clock.pass(lagMs)
  }
  dead(await action.probe.run(rig.context(), target))
  return { action, applied }
}
function dead(probed: Probed): void {
  assert.equal(probed.verdict, 'dead', probed.verdict === 'dead' ? '' : probed.says)
  assert.ok(probed.verdict === 'dead' && probed.proof.kind === 'read-back' && probed.proof.where[0] === rig.authority)
}

test('a stolen refresh token and its access token are refused once the grant is taken away', async () => {
  const user = someone()
  const app = rig.people.publish('Notes AI')
  const { refresh, access } = rig.people.consent(user, app.client, [gmail])
  const target = rig.id('credential', `grant/${user.id}/${app.client}`)
  await run({
    verb: 'google.grant.revoke',
    target,
    isAlive: async () => (await rig.thief.gmail(access)) || (await rig.thief.refresh(app, refresh)) !== undefined,
  })
  const again = rig.people.consent(user, app.client, [gmail])
  const probed = await rig.action('google.grant.revoke').probe.run(rig.context(), target)
  assert.equal(probed.verdict, 'alive', 'the user let it in again, and the recheck sees it')
  await rig.action('google.grant.revoke').apply(rig.context(), target)
  assert.ok(!(await rig.thief.gmail(again.access)))
})

test('a stolen app password is refused; a new password of the user alone would not have done', async () => {
  const user = someone()
  const { code, value } = rig.people.appPassword(user, 'old phone')
  await rig.action('google.password.replace').apply(rig.context(), rig.id('identity', user.id))
  assert.ok(await rig.thief.imap(user, value), 'it outlives the new password')
  await run({
    verb: 'google.app-password.revoke',
    target: rig.id('credential', `asp/${user.id}/${code}`),
    isAlive: () => rig.thief.imap(user, value),
  })
})

test('suspension shuts password, app passwords and refresh tokens out; undo brings back what was not taken away', async () => {
  const user = someone()
  const app = rig.people.publish('Notes AI')
  const { refresh, access } = rig.people.consent(user, app.client, [gmail])
  const { value } = rig.people.appPassword(user, 'old phone')
  const target = rig.id('identity', user.id)
  const { action, applied } = await run({
    verb: 'google.user.suspend',
    target,
    isAlive: async () => {
      const signsIn = await Promise.resolve()
        .then(() => rig.people.signIn(user.primaryEmail, user.password))
        .then(
          () => true,
          (error: unknown) => {
            assert.ok(error instanceof TwinRefused)
            return false
          },
        )
      return signsIn || (await rig.thief.imap(user, value)) || (await rig.thief.refresh(app, refresh)) !== undefined
    },
  })
  assert.equal(
    await rig.thief.gmail(access),
    true,
    'an access token from before lives on: the residual that the preview states',
  )
  const { residualMs, effects } = action.preview(target, {})
  assert.ok(residualMs === hourMs && effects.some((effect) => effect.includes('undo lets')))
  rig.clock.pass(hourMs)
  assert.equal(await rig.thief.gmail(access), false)
  await action.undo?.(rig.context(), target, applied.undoState)
  assert.equal(await rig.thief.imap(user, value), true, 'resurrected, as the preview says')
  await action.undo?.(rig.context(), target, { wasActive: false })
  assert.equal(user.suspended, false)
})

test('who was suspended before stays so after an undo', async () => {
  const user = someone()
  user.suspended = true
  const target = rig.id('identity', user.id)
  const action = rig.action('google.user.suspend')
  const { undoState } = await action.apply(rig.context(), target)
  await action.undo?.(rig.context(), target, undoState)
  assert.equal(user.suspended, true)
})

test('a stolen cookie is refused after the sign-out, and a sign-in since is told as another session', async () => {
  const user = someone()
  const cookie = rig.people.signIn(user.primaryEmail, user.password)
  const target = rig.id('identity', user.id)
  const { action } = await run({
    verb: 'google.user.sessions.end',
    target,
    isAlive: () => rig.thief.webMail(cookie),
    lags: true,
  })
  rig.people.signIn(user.primaryEmail, user.password)
  rig.clock.pass(2 * hourMs)
  const probed = await action.probe.run(rig.context(), target)
  assert.ok(probed.verdict === 'unknown' && probed.says.includes('another session was begun'), JSON.stringify(probed))
})

test('a known password is replaced by one that nobody knows', async () => {
  const user = someone()
  const target = rig.id('identity', user.id)
  const known = rig.world.hash(user.password)
  await run({ verb: 'google.password.replace', target, isAlive: () => user.passwordHash === known, lags: true })
  assert.ok(!JSON.stringify(rig.world.log).includes(user.password))
})

test('stolen backup codes are invalidated, and never leave Google by way of the probe', async () => {
  const user = someone()
  const codes = rig.people.backupCodes(user, rig.actor)
  const target = rig.id('credential', `backup-codes/${user.id}`)
  const probed = await rig.action('google.backup-codes.invalidate').probe.run(rig.context(), target)
  assert.ok(codes.every((code) => !JSON.stringify(probed).includes(code)))
  await run({ verb: 'google.backup-codes.invalidate', target, isAlive: () => user.backupCodes.length > 0 })
})

test('super administration and a role given by an attacker are taken back, and given again by undo', async () => {
  const user = someone()
  user.isAdmin = true
  const target = rig.id('resource', `role-assignment/${user.id}/super`)
  const { action, applied } = await run({ verb: 'google.role.unassign', target, isAlive: () => user.isAdmin })
  await action.undo?.(rig.context(), target, applied.undoState)
  assert.equal(user.isAdmin, true)
  user.isAdmin = false
  rig.world.assignments.set('88', { roleId: '1002', assignedTo: user.id, isGroup: false, orgUnitId: 'id:03ph8a2z' })
  const isHeld = (): boolean => [...rig.world.assignments.values()].some(({ assignedTo }) => assignedTo === user.id)
  const role = rig.id('resource', `role-assignment/${user.id}/_groups_admin_role`)
  const second = await run({ verb: 'google.role.unassign', target: role, isAlive: isHeld })
  await second.action.undo?.(rig.context(), role, second.applied.undoState)
  const [back] = [...rig.world.assignments.values()].filter(({ assignedTo }) => assignedTo === user.id)
  assert.equal(back?.orgUnitId, 'id:03ph8a2z', 'with its limits')
})

test('a membership given by an attacker is taken back, and put back by undo with its role', async () => {
  const user = someone()
  const group = rig.people.group(`team${serial++}`)
  group.members.set(user.id, { role: 'MANAGER' })
  const target = rig.id('resource', `membership/${group.id}/${user.id}`)
  const { action, applied } = await run({
    verb: 'google.membership.remove',
    target,
    isAlive: () => group.members.has(user.id),
  })
  await action.undo?.(rig.context(), target, applied.undoState)
  assert.deepEqual(group.members.get(user.id), { role: 'MANAGER' })
})

test('recovery data and second factors of an attacker go; factors only of a suspended user', async () => {
  const user = someone()
  rig.people.changeRecovery(user, 'thief@example.net')
  await run({
    verb: 'google.recovery.clear',
    target: rig.id('resource', `recovery/${user.id}`),
    isAlive: () => user.recoveryEmail !== '',
  })
  const factors = rig.id('resource', `factors/${user.id}`)
  const action = rig.action('google.factors.reset')
  await assert.rejects(async () => action.apply(rig.context(), factors), /not suspended/)
  user.suspended = true
  await run({ verb: 'google.factors.reset', target: factors, isAlive: () => user.isEnrolledIn2Sv })
})

test('an app is proven blocked only by the admin log, for the whole company, and until then says where to block it', async () => {
  const app = rig.people.publish('Notes AI')
  const action = rig.action('google.app.block')
  const consent = rig.id('credential', `consent/${app.client}`)
  const member = { entity: consent, role: 'trigger', credentialKind: 'grant', identity: null, attributes: {} } as const
  const target = action.targetFor(member)
  assert.ok(target === rig.id('app', app.client))
  await action.apply(rig.context(), target)
  const open = await action.probe.run(rig.context(), target)
  assert.ok(
    open.verdict === 'unknown' && open.says.includes('https://admin.google.com/ac/owl/list'),
    JSON.stringify(open),
  )
  rig.people.blockApp(app.client, rig.looker, '/Contractors')
  rig.clock.pass(lagMs)
  const partly = await action.probe.run(rig.context(), target)
  assert.ok(partly.verdict === 'alive' && partly.says.includes('/Contractors'), JSON.stringify(partly))
  rig.people.blockApp(app.client, rig.looker)
  assert.equal((await action.probe.run(rig.context(), target)).verdict, 'alive', 'the log lags')
  rig.clock.pass(lagMs)
  dead(await action.probe.run(rig.context(), target))
})

test('a delegation is proven ended only by the admin log', async () => {
  rig.people.delegate({ client: '555000111', serviceAccount: 'x@example.com', publicKey: '' }, [gmail], rig.looker)
  rig.clock.pass(lagMs)
  const action = rig.action('google.delegation.remove')
  const target = rig.id('credential', 'delegation/555000111')
  const open = await action.probe.run(rig.context(), target)
  assert.ok(open.verdict === 'alive' && open.says.includes('https://admin.google.com/ac/owl/domainwidedelegation'))
  rig.people.endDelegation('555000111', rig.looker)
  rig.clock.pass(lagMs)
  dead(await action.probe.run(rig.context(), target))
})

test('nothing of Cordon’s own, no break-glass user and no other customer is ever a target', async () => {
  const user = someone()
  const suspend = rig.action('google.user.suspend')
  const refuses = (action: ContainAction<GoogleConfig>, target: EntityId, why: RegExp, over = {}) =>
    assert.rejects(async () => action.apply(rig.context(over), target), why)
  await refuses(suspend, rig.id('identity', rig.actor.id), /in whose name Cordon asks/)
  await refuses(suspend, rig.id('identity', rig.looker.id), /in whose name Cordon asks/)
  await refuses(suspend, rig.id('identity', user.id), /break-glass/, { spared: [rig.id('identity', user.id)] })
  await refuses(suspend, `identity:C99other:${user.id}`, /another customer/)
  const own = rig.id('credential', `delegation/${rig.accounts.contain.client}`)
  await refuses(rig.action('google.delegation.remove'), own, /Cordon's own/)
  await refuses(
    rig.action('google.grant.revoke'),
    rig.id('credential', `grant/${user.id}/${rig.accounts.see.client}`),
    /Cordon's own/,
  )
  const elsewhere = { authority: 'C99other' }
  await refuses(suspend, `identity:C99other:${user.id}`, /of another customer/, elsewhere)
  assert.equal(user.suspended, false)
  assert.ok(!rig.actor.suspended && !rig.looker.suspended)
})
