import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'

import { entityId, type EntityId } from '#model'

import { account, actionOf, foundCompany, heldOf, iamOf, openCordon, stsOf, tried, type Held } from './company.ts'

const key = (id: string): EntityId => entityId('credential', 'aws', id)
const heldIn = (
  given:
    | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined }
    | undefined,
): Held => {
  assert.ok(given?.AccessKeyId !== undefined && given.SecretAccessKey !== undefined)
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

test('a stolen CI key makes a user with a key and takes a role: the trail tells all of it, and all of it dies', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { clock, state, ciKey, ci, deploy } = company
  const cordon = openCordon(company)
  const inventory = await cordon.pull('inventory')
  const edges = inventory.flatMap((item) => item.edges)
  const has = (src: string, type: string, dst: string, list = edges) =>
    list.some((edge) => edge.src === src && edge.type === type && edge.dst === dst)
  const identity = (native: string): EntityId => entityId('identity', account, native)
  assert.ok(has(key(ciKey.id), 'AUTHENTICATES_AS', identity(ci.id)))
  assert.ok(has(identity(ci.id), 'ASSUMES', identity(deploy.id)), 'the evaluator sees the way into the role')
  assert.ok(has(identity(ci.id), 'CAN_ADMIN', entityId('resource', account, 'account')))

  clock.pass(60_000)
  const stolen = heldOf(ciKey)
  await iamOf(company, stolen).send(new CreateUserCommand({ UserName: 'backup' }))
  const made = heldIn((await iamOf(company, stolen).send(new CreateAccessKeyCommand({ UserName: 'backup' }))).AccessKey)
  const backup = state.users.get('backup')
  assert.ok(backup)
  const role = await stsOf(company, stolen).send(
    new AssumeRoleCommand({ RoleArn: deploy.arn, RoleSessionName: 'loot' }),
  )
  const session = heldIn(role.Credentials)
  assert.equal(await tried(company, session), 'works')

  assert.deepEqual(
    (await cordon.pull('lookup')).filter(({ eventAtMs }) => (eventAtMs ?? 0) > clock.nowMs() - 1_000),
    [],
    'not told yet',
  )
  clock.pass(state.trailDelayMs)
  const told = (await cordon.pull('lookup')).flatMap((item) => item.edges)
  assert.ok(has(key(ciKey.id), 'CREATED', identity(backup.id), told), 'the user is the stolen key’s')
  assert.ok(has(key(ciKey.id), 'CREATED', key(made.accessKeyId), told), 'its key too')
  assert.ok(has(key(ciKey.id), 'DERIVES', key(session.accessKeyId), told), 'and the session')
  assert.ok(has(key(session.accessKeyId), 'AUTHENTICATES_AS', identity(deploy.id), told))

  // In the order of phases; targets as the actions themselves choose them.
  const steps: [string, EntityId][] = [
    ['aws.principal.deny', identity(ci.id)],
    ['aws.principal.deny', identity(backup.id)],
    ['aws.key.deactivate', key(ciKey.id)],
    ['aws.key.deactivate', key(made.accessKeyId)],
    ['aws.sessions.revoke', identity(deploy.id)],
  ]
  for (const [verb, target] of steps) await actionOf(verb).apply(cordon.context(), target)
  clock.pass(state.lagMs)
  assert.equal(await tried(company, stolen), 'InvalidClientTokenId')
  assert.equal(await tried(company, made), 'InvalidClientTokenId')
  assert.equal(await tried(company, session), 'AccessDenied')
  for (const [verb, target] of steps) {
    assert.equal((await actionOf(verb).probe.run(cordon.context(), target)).verdict, 'dead', verb)
  }
  // Who may assume the role gets a new session at once: the cut is in time, and says so.
  const ada = state.addSession(deploy, 'ada', clock.nowMs() + 1_000, 900, undefined)
  clock.pass(1_000)
  assert.equal(await tried(company, { ...heldOf(ada), sessionToken: ada.token }), 'works')
})

test('two principals denied at the same moment, before there is a policy for it, are both denied', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { clock, state, ci, deploy } = company
  const cordon = openCordon(company)
  const deny = actionOf('aws.principal.deny')
  const targets = [ci, deploy].map(({ id }) => entityId('identity', account, id))
  await Promise.all(targets.map((target) => deny.apply(cordon.context(), target)))
  clock.pass(state.lagMs)
  for (const target of targets) assert.equal((await deny.probe.run(cordon.context(), target)).verdict, 'dead')
})

test('each member of an exposure is served by the action that kills it', () => {
  const member = { role: 'readable', attributes: {} } as const
  const deny = actionOf('aws.principal.deny')
  const user = entityId('identity', account, 'AIDAEXAMPLE0001')
  const role = entityId('identity', account, 'AROAEXAMPLE0001')
  const held = { ...member, entity: key('AKIAEXAMPLE00000001'), credentialKind: 'key', identity: user } as const
  const session = { ...member, entity: key('ASIAEXAMPLE00000001'), credentialKind: 'session', identity: role } as const
  assert.equal(deny.targetFor(held), user)
  assert.equal(deny.targetFor(session), undefined, 'a shared role is not denied for one of its sessions')
  assert.equal(actionOf('aws.key.deactivate').targetFor(held), held.entity)
  assert.equal(actionOf('aws.key.deactivate').targetFor(session), undefined)
  assert.equal(actionOf('aws.sessions.revoke').targetFor(session), role)
  assert.equal(actionOf('aws.user.deny').targetFor({ ...session, identity: user }), user)
  const made = { ...member, entity: user, role: 'descendant-entity', credentialKind: null, identity: null } as const
  assert.equal(deny.targetFor(made), user)
})
