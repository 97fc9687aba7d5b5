import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'

import { createHttp, isObject, parseJson, type Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsLeases, awsOrigins, type AwsConfig } from '#connectors/aws'
import { lending, type ActionContext } from '#respond/contract'

import { trial } from './cases.ts'
import { account, foundCompany, heldOf, iamOf, openCordon, stsOf, tried, type Held } from './company.ts'

const [given] = awsLeases
assert.ok(given !== undefined && awsLeases.length === 1)
const lend = lending(given)
const hourMs = 3_600_000
const identity = (native: string): EntityId => entityId('identity', account, native)
const fresh = { stoodBefore: false }

/** Dana may ask to assume roles, and no role lets her in. Whether she gets in is asked by AWS's own client. */
async function openBranch(t: TestContext) {
  const company = await foundCompany()
  t.after(company.close)
  const { state, clock, deploy, ci, ciKey } = company
  const cordon = openCordon(company)
  const policy: Json = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] }
  const dana = state.addUser('dana', clock.nowMs(), { assume: policy })
  const key = heldOf(state.addKey(dana, clock.nowMs()))
  const right = lend.lends?.(identity(dana.id), identity(deploy.id)) ?? assert.fail()
  const untilMs = clock.nowMs() + hourMs
  const context = (over: Partial<ActionContext<AwsConfig>> = {}) => cordon.context({ untilMs, ...over })
  /** A session of the role, or the name of the refusal. */
  const enter = async (RoleSessionName: string, by: Held = key): Promise<Held | string> => {
    const asked = new AssumeRoleCommand({ RoleArn: deploy.arn, RoleSessionName, DurationSeconds: 43_200 })
    try {
      const { AccessKeyId, SecretAccessKey, SessionToken } = (await stsOf(company, by).send(asked)).Credentials ?? {}
      assert.ok(AccessKeyId !== undefined && SecretAccessKey !== undefined && SessionToken !== undefined)
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    } catch (error) {
      return error instanceof Error ? error.name : 'unknown'
    }
  }
  const opens = async (held: Held | string): Promise<string> => (typeof held === 'string' ? held : tried(company, held))
  const settled = () => clock.pass(state.lagMs)
  const setTrust = async (statements: unknown[]) => {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Id: 'ours', Statement: statements })
    await iamOf(company, heldOf(ciKey)).send(new UpdateAssumeRolePolicyCommand({ RoleName: 'deploy', PolicyDocument }))
  }
  return { company, cordon, state, clock, deploy, ci, dana, right, untilMs, context, enter, opens, settled, setTrust }
}
type Branch = Awaited<ReturnType<typeof openBranch>>

/** What the proof tells whoever has the lease. */
async function sessionIn({ context, right }: Branch): Promise<string> {
  const probed = await lend.probe.run(context(), right)
  assert.equal(probed.verdict, 'dead', 'proven to stand')
  return /--role-session-name ([\w-]+)/.exec(probed.verdict === 'dead' ? probed.proof.says : '')?.[1] ?? assert.fail()
}
const statementsIn = (text: string): Json[] => {
  const document = parseJson(text)
  return isObject(document) && Array.isArray(document['Statement']) ? document['Statement'] : []
}

test('a role is lent to a user or a role of its account, by unique ids, and to nothing else', () => {
  const role = identity('AROAEXAMPLE0001')
  assert.equal(
    lend.lends?.(identity('AIDAEXAMPLE0001'), role),
    `resource:${account}:assumption/AROAEXAMPLE0001/AIDAEXAMPLE0001`,
  )
  assert.ok(lend.lends?.(identity('AROAEXAMPLE0002'), role))
  for (const [member, thing] of [
    [role, role],
    [role, identity('AIDAEXAMPLE0001')],
    [identity('user/dana'), role],
    [identity('AIDAEXAMPLE0001'), identity('role/deploy')],
    [identity('sso-user/1'), role],
    [entityId('identity', '444455556666', 'AIDAEXAMPLE0001'), role],
  ] as const)
    assert.equal(lend.lends?.(member, thing), undefined, `${member} ${thing}`)
})

test('given, it opens under one name of session until the end; then AWS refuses it and its sessions, though nothing of Cordon runs', async (t) => {
  const branch = await openBranch(t)
  const { company, state, clock, right, untilMs, context, enter, opens, settled } = branch
  trial.hold?.(company, lend.scopes)
  assert.deepEqual(await lend.remember?.(context(), right, undefined), fresh)
  assert.equal(await lend.readBack?.(context(), right), 'absent')
  assert.notEqual((await lend.probe.run(context(), right)).verdict, 'dead', 'no proof before it stands')
  assert.equal(await enter('anything'), 'AccessDenied')
  await lend.apply(context(), right)
  settled()
  const name = await sessionIn(branch)
  assert.equal(await lend.readBack?.(context(), right), 'landed')
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive')
  assert.equal(await enter('anything'), 'AccessDenied', 'another name of session')
  const session = await enter(name)
  assert.equal(await opens(session), 'works')
  const before = company.deploy.trust
  await lend.apply(context(), right)
  assert.equal(company.deploy.trust, before, 'twice is once')

  clock.pass(untilMs - clock.nowMs() - 1_000)
  const late = await enter(name)
  assert.deepEqual([await opens(session), await opens(late)], ['works', 'works'])
  clock.pass(1_000)
  assert.deepEqual([await opens(session), await opens(late), await enter(name)], Array(3).fill('AccessDenied'))

  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive', 'not proven before it was taken')
  await lend.undo?.(context(), right, fresh)
  await lend.undo?.(context(), right, fresh)
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead')
  assert.ok(!company.deploy.trust.includes(name))
  assert.equal(await lend.readBack?.(context(), right), 'absent')
  assert.equal((await lend.probe.run(context(), right)).verdict, 'unknown', 'it is not given anew')
  assert.deepEqual(company.twin.unknown, [])
  assert.ok(state.sessions.size > 0)
})

test('ended early it is refused at once, and sessions of others go on', async (t) => {
  const branch = await openBranch(t)
  const { company, deploy, right, context, enter, opens, settled } = branch
  const others = await enter('night-build', heldOf(company.ciKey))
  await lend.apply(context(), right)
  const session = await enter(await sessionIn(branch))
  settled()
  await lend.undo?.(context(), right, fresh)
  settled()
  assert.deepEqual([await opens(session), await opens(others)], ['AccessDenied', 'works'])
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead')
  deploy.inline.set(new Map([...deploy.inline.shown()].filter(([at]) => at !== 'CordonLeases')), 0)
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive', 'somebody let its sessions go on')
  await lend.undo?.(context(), right, fresh)
  settled()
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead')
  assert.equal(await opens(session), 'AccessDenied')
})

test('wherever Cordon dies for good, AWS ends it; wherever hands die, others end it with a proof', async (t) => {
  for (const when of ['before', 'behind'] as const)
    for (const change of ['PutRolePolicy', 'UpdateAssumeRolePolicy']) {
      const branch = await openBranch(t)
      const { company, cordon, clock, right, untilMs, context, enter, opens, settled } = branch
      const at = `${when} ${change}`
      const dying = cordon.httpFor('contain', {
        async request(url, request) {
          const isIt = String(request?.body).includes(`Action=${change}`)
          if (isIt && when === 'before') throw new TypeError('dead')
          const answer = await createHttp(awsOrigins(company.config)).request(url, request)
          if (isIt) throw new TypeError('dead')
          return answer
        },
      })
      await assert.rejects(async () => lend.apply(context({ http: dying }), right), at)
      settled()
      const stands = when === 'behind' && change === 'UpdateAssumeRolePolicy'
      assert.equal(await lend.readBack?.(context(), right), stands ? 'landed' : 'absent', at)
      const session = stands ? await enter(await sessionIn(branch)) : 'none'
      assert.equal(await opens(session), stands ? 'works' : 'none', at)
      if (!stands) await lend.apply(context(), right)
      const name = await sessionIn(branch)
      settled()
      await assert.rejects(async () => lend.undo?.(context({ http: dying }), right, fresh), at)
      clock.pass(untilMs - clock.nowMs())
      assert.equal(await enter(name), 'AccessDenied', `${at}: nobody comes again`)
      assert.equal(await opens(session), stands ? 'AccessDenied' : 'none', at)
      await lend.undo?.(context(), right, fresh)
      assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead', at)
    }
})

test('what others change of the trust meanwhile stays, and what they make longer is given anew as it should be', async (t) => {
  const branch = await openBranch(t)
  const { company, deploy, right, context, enter, setTrust, settled } = branch
  await lend.apply(context(), right)
  const mine = statementsIn(deploy.trust).at(-1)
  assert.ok(isObject(mine))
  const { Condition: _, ...endless } = mine
  const partner = {
    Sid: 'Partner',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::444455556666:root' },
    Action: 'sts:AssumeRole',
  }
  await setTrust([partner, endless])
  assert.equal(await lend.readBack?.(context(), right), 'absent', 'no end is not what was given')
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive')
  await lend.apply(context(), right)
  assert.deepEqual(
    statementsIn(deploy.trust),
    [partner, mine].map((one) => parseJson(JSON.stringify(one))),
  )
  const name = await sessionIn(branch)
  await setTrust([mine, partner])
  await lend.undo?.(context(), right, fresh)
  assert.deepEqual(parseJson(deploy.trust), { Version: '2012-10-17', Id: 'ours', Statement: [partner] })
  settled()
  assert.equal(await enter(name), 'AccessDenied')
  assert.equal(
    await enter('x', heldOf(company.ciKey)),
    'AccessDenied',
    'what somebody took from others stays taken, too',
  )
})

test('several leases of one role at once all stand, and each end takes its own', async (t) => {
  const { state, clock, deploy, context } = await openBranch(t)
  const rights = Array.from({ length: 4 }, (_, n) => {
    const user = state.addUser(`eve-${n}`, clock.nowMs())
    return lend.lends?.(identity(user.id), identity(deploy.id)) ?? assert.fail()
  })
  const keyed = (n: number) => context({ key: `act_eve${n}` })
  await Promise.all(rights.map((right, n) => lend.apply(keyed(n), right)))
  for (const [n, right] of rights.entries()) assert.equal(await lend.readBack?.(keyed(n), right), 'landed', `${n}`)
  await Promise.all(rights.slice(1).map(async (right, n) => lend.undo?.(keyed(n + 1), right, fresh)))
  assert.deepEqual(await Promise.all(rights.map(async (right, n) => lend.readBack?.(keyed(n), right))), [
    'landed',
    'absent',
    'absent',
    'absent',
  ])
  // Cuts of leases whose sessions have all run out go with the next change; what is of no lease stays.
  assert.equal(statementsIn(deploy.inline.shown().get('CordonLeases') ?? '').length, 4)
  const foreign = { Sid: 'Theirs', Effect: 'Deny', Action: 's3:*', Resource: '*' }
  const now = statementsIn(deploy.inline.shown().get('CordonLeases') ?? '')
  deploy.inline.set(new Map([['CordonLeases', JSON.stringify({ Statement: [foreign, ...now] })]]), 0)
  clock.pass(15 * hourMs)
  const [first] = rights
  await lend.undo?.(keyed(0), first ?? assert.fail(), fresh)
  const left = statementsIn(deploy.inline.shown().get('CordonLeases') ?? '')
  assert.deepEqual([left.length, left[0]], [2, parseJson(JSON.stringify(foreign))])
})

test('a trust policy without room, or that AWS takes no more, is refused by name and left as it was', async (t) => {
  const branch = await openBranch(t)
  const { company, state, clock, deploy, right, untilMs, context, enter, setTrust } = branch
  const pad = { Sid: 'P'.repeat(1_800), Effect: 'Allow', Principal: { AWS: company.ci.arn }, Action: 'sts:AssumeRole' }
  await setTrust([pad])
  const full = deploy.trust
  await assert.rejects(lend.apply(context(), right), (error: unknown) => {
    assert.ok(isObject(error) && error['code'] === 'ERR_AWS_REFUSED')
    assert.match(String(error['message']), /trust policy of role `deploy` is full: it would have 2\d{3} characters/)
    assert.match(String(error['hint']), /2,048/)
    return true
  })
  assert.deepEqual([deploy.trust, await lend.readBack?.(context(), right)], [full, 'absent'])
  const gone = { Effect: 'Allow', Principal: { AWS: 'AIDAEXAMPLEDELETED' }, Action: 'sts:AssumeRole' }
  const { Sid: _, ...room } = pad
  deploy.trust = JSON.stringify({ Statement: [room, gone] })
  await assert.rejects(lend.apply(context(), right), { code: 'ERR_AWS_REFUSED', message: /as it stands/ })

  // Somebody named in it is deleted during the lease: it ends, and is proven ended once AWS's own end is past.
  await setTrust([room])
  await lend.apply(context(), right)
  const name = await sessionIn(branch)
  deploy.trust = JSON.stringify({ Statement: [...statementsIn(deploy.trust), gone] })
  await assert.rejects(async () => lend.undo?.(context(), right, fresh), { code: 'ERR_AWS_REFUSED' })
  clock.pass(state.lagMs)
  const session = await enter(name)
  assert.equal(
    typeof session === 'string' ? session : await tried(company, session),
    'AccessDenied',
    'denied all the same',
  )
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive')
  clock.pass(untilMs - clock.nowMs() + 15 * 60_000)
  await lend.undo?.(context(), right, fresh)
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead')
})

test("what stands for good is refused, and so is Cordon's own, break-glass, and what AWS lets nobody change", async (t) => {
  const branch = await openBranch(t)
  const { company, state, clock, ci, dana, deploy, right, context } = branch
  const to = (member: EntityId, role: EntityId) => lend.lends?.(member, role) ?? assert.fail()
  const standing = to(identity(ci.id), identity(deploy.id))
  await assert.rejects(async () => lend.remember?.(context(), standing, undefined), { code: 'ERR_LEASE_STANDS' })
  const before = trial.heldBy(company)
  for (const [over, code] of [
    [{ isOwn: (one: EntityId) => one === right }, 'ERR_LEASE_TARGET'],
    [{ spared: [identity(dana.id)] }, 'ERR_LEASE_TARGET'],
    [{ spared: [identity(deploy.id)] }, 'ERR_LEASE_TARGET'],
    [{ spared: [identity('role/deploy')] }, 'ERR_AWS_TARGET'],
    [{ isOwn: (one: EntityId) => one === identity('user/dana') }, 'ERR_AWS_TARGET'],
  ] as const)
    await assert.rejects(lend.apply(context(over), right), { code })
  const service = state.addRole('aws-service-role/ecs.amazonaws.com/ecs', clock.nowMs(), {})
  const reserved = state.addRole(
    'aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
    clock.nowMs(),
    {},
  )
  const now = trial.heldBy(company)
  for (const [target, code] of [
    [to(identity(dana.id), identity(company.contain.id)), 'ERR_AWS_TARGET'],
    [to(identity(company.see.id), identity(deploy.id)), 'ERR_AWS_TARGET'],
    [to(identity(dana.id), identity(service.id)), 'ERR_AWS_REFUSED'],
    [to(identity(dana.id), identity(reserved.id)), 'ERR_AWS_REFUSED'],
    [to(identity(reserved.id), identity(deploy.id)), 'ERR_AWS_TARGET'],
    [to(identity('AIDANOBODY00000'), identity(deploy.id)), 'ERR_AWS_TARGET'],
    [entityId('resource', '444455556666', right.split(':').at(-1) ?? ''), 'ERR_AWS_TARGET'],
    [entityId('resource', account, 'trust/deploy'), 'ERR_AWS_TARGET'],
  ] as const)
    await assert.rejects(async () => lend.apply(context(), target), { code }, target)
  assert.notEqual(before, now)
  assert.equal(trial.heldBy(company), now, 'nothing was changed')
})

test('of a role that was deleted the lease is gone', async (t) => {
  const { state, deploy, right, context } = await openBranch(t)
  await lend.apply(context(), right)
  state.roles.delete(deploy.arn)
  await lend.undo?.(context(), right, fresh)
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'dead')
})
