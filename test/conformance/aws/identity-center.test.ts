import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EdgeType, type EntityId, type ProjectionItem } from '#model'
import { awsConnector } from '#connectors/aws'

import { enter, foundCenter, identity } from './center.ts'
import { actionOf, foundCompany, openCordon, tried, type Company } from './company.ts'

const reaches = (items: readonly ProjectionItem[], from: EntityId): Set<string> => {
  const ways: readonly EdgeType[] = ['ASSUMES', 'MEMBER_OF']
  const edges = items.flatMap((item) => item.edges).filter(({ type }) => ways.includes(type))
  const seen = new Set<string>([from])
  for (let grown = 0; grown !== seen.size;) {
    grown = seen.size
    for (const { src, dst } of edges) if (seen.has(src)) seen.add(dst)
  }
  return seen
}

test('who may act in the account by Identity Center is told, through groups and permission sets, to the role itself', async (t) => {
  const found = await foundCenter()
  t.after(found.close)
  const { ada, grace, bob, admin } = found
  const items = await openCordon(found).pull('inventory')
  const role = identity(admin.id)
  for (const [user, expected] of [
    [ada, true],
    [grace, true],
    [bob, false],
  ] as const) {
    const entered = (await enter(found, user)) !== undefined
    assert.equal(entered, expected, user.name)
    assert.equal(reaches(items, identity(`sso-user/${user.id}`)).has(role), entered, user.name)
  }
  const facts = items.flatMap((item) => item.facts)
  const told = facts.find(({ entity }) => entity === identity(`sso-user/${ada.id}`))
  assert.equal(told?.attributes['email'], ada.email)
  assert.ok(
    !facts.some(({ entity }) => entity === identity(`sso-user/${bob.id}`)),
    'who has no business here is not kept',
  )
  const set = facts.find(({ entity }) => entity === identity('permission-set/Admin'))
  assert.equal(set?.attributes['sessionMaxMs'], 8 * 3_600_000)
})

test('a stolen sign-in: assignments go, the session lives on, and the deny of the user ends it and nobody else', async (t) => {
  const found = await foundCenter()
  t.after(found.close)
  const { ada, grace, clock, state, set } = found
  const cordon = openCordon(found)
  const target = identity(`sso-user/${ada.id}`)
  const [stolen, good] = [await enter(found, ada), await enter(found, grace)]
  assert.ok(stolen !== undefined && good !== undefined)
  assert.equal(await tried(found, stolen), 'works')

  const remove = actionOf('aws.sso-assignments.remove')
  assert.equal(
    remove.targetFor({ entity: target, role: 'trigger', credentialKind: null, identity: null, attributes: {} }),
    target,
  )
  assert.equal(await remove.readBack?.(cordon.context(), target), 'absent')
  assert.equal((await remove.probe.run(cordon.context(), target)).verdict, 'alive')
  const { undoState: sets } = await remove.apply(cordon.context(), target)
  await remove.apply(cordon.context(), target)
  assert.deepEqual(sets, { sets: [set] })
  assert.equal(await remove.readBack?.(cordon.context(), target), 'landed')
  assert.equal((await remove.probe.run(cordon.context(), target)).verdict, 'dead')
  assert.equal(await enter(found, ada), undefined, 'no new session')
  assert.equal(await tried(found, stolen), 'works', 'what the preview says: sessions live on')

  const deny = actionOf('aws.sso-user.deny')
  assert.equal(await deny.readBack?.(cordon.context(), target), 'absent')
  const { undoState } = await deny.apply(cordon.context(), target)
  await deny.apply(cordon.context(), target)
  clock.pass(state.lagMs)
  assert.equal(await tried(found, stolen), 'AccessDenied')
  assert.equal(await tried(found, good), 'works', 'another user of the same role')
  assert.equal(await deny.readBack?.(cordon.context(), target), 'landed')
  assert.equal((await deny.probe.run(cordon.context(), target)).verdict, 'dead')

  await deny.undo?.(cordon.context(), target, undoState)
  await remove.undo?.(cordon.context(), target, sets)
  clock.pass(state.lagMs)
  assert.equal(await tried(found, stolen), 'works')
  assert.ok((await enter(found, ada)) !== undefined)
  assert.equal(await remove.readBack?.(cordon.context(), target), 'absent')
  assert.deepEqual(found.twin.unknown, [])
})

test("older sessions of a role of Identity Center are denied from outside, which the account's own policies cannot", async (t) => {
  const found = await foundCenter()
  t.after(found.close)
  const { ada, clock, state, admin } = found
  const cordon = openCordon(found)
  const target = identity(admin.id)
  const action = actionOf('aws.sessions.revoke')
  const stolen = await enter(found, ada)
  assert.ok(stolen !== undefined)
  clock.pass(60_000)
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent')
  const { undoState } = await action.apply(cordon.context(), target)
  await action.apply(cordon.context(), target)
  clock.pass(state.lagMs)
  assert.equal(await tried(found, stolen), 'AccessDenied')
  const later = await enter(found, ada)
  assert.ok(later !== undefined)
  assert.equal(await tried(found, later), 'works', 'a new one is not older')
  assert.equal(await action.readBack?.(cordon.context(), target), 'landed')
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'dead')
  await action.undo?.(cordon.context(), target, undoState)
  clock.pass(state.lagMs)
  assert.equal(await tried(found, stolen), 'works')
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent')
})

test('the trail ties a session to the user of Identity Center that has it', async (t) => {
  const found = await foundCenter()
  t.after(found.close)
  const { ada, clock, state } = found
  const cordon = openCordon(found)
  const stolen = await enter(found, ada)
  clock.pass(state.trailDelayMs)
  const told = (await cordon.pull('lookup')).flatMap((item) => item.edges)
  const session = entityId('credential', 'aws', stolen?.accessKeyId ?? '')
  assert.ok(
    told.some(({ src, type, dst }) => src === identity('sso-user-name/ada') && type === 'CREATED' && dst === session),
  )
  const listed = await cordon.pull('inventory')
  assert.ok(reaches(listed, identity(`sso-user/${ada.id}`)).has(identity('sso-user-name/ada')))
})

test('without its role Identity Center is neither read nor acted in, and Cordon says what is missing', async (t) => {
  const found: Company = await foundCompany()
  t.after(found.close)
  const cordon = openCordon(found)
  const action = actionOf('aws.sso-assignments.remove')
  const target = identity('sso-user/906760ab-1111-2222-3333-000000000001')
  await assert.rejects(action.apply(cordon.context(), target), { code: 'ERR_AWS_NEEDS' })
  await assert.rejects(action.apply(cordon.context(), identity('user/ci')), { code: 'ERR_AWS_TARGET' })
})

test('the check names each service that may not be looked into, and where people sign in', async (t) => {
  const found = await foundCenter()
  t.after(found.close)
  const { state, see, config } = found
  const { pullContext } = openCordon(found)
  assert.deepEqual((await awsConnector.check(pullContext())).missing, [])
  const rights = (...actions: string[]): string =>
    JSON.stringify({ Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })
  see.inline.set(new Map([['see', rights('iam:*', 'sts:*', 'secretsmanager:*', 'sqs:*', 's3:*', 'cloudtrail:*')]]), 0)
  const center = state.roles.get(config.identityCenter?.roleArn ?? '') ?? assert.fail()
  center.inline.set(new Map([['reads', rights('identitystore:*')]]), 0)
  const { missing } = await awsConnector.check(pullContext())
  assert.equal(missing.length, 3)
  assert.ok(missing.includes('kms:ListKeys') && missing.includes('lambda:ListFunctions'))
  assert.match(missing.join(), /Identity Center by .*may not call `sso:ListInstances`/)
})
