import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'

import { entityId, type EntityId } from '#model'

import { account, actionOf, foundCompany, heldOf, iamOf, openCordon, stsOf, type Held } from './company.ts'

const partner = '444455556666'

test('a role whose trust a stolen key changed is assumed by nobody, and the trust stands for a person to look at', async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const { state, clock, ciKey, deploy } = company
  const cordon = openCordon(company)
  const rights = { Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] }
  const stranger = state.addRole('stranger', clock.nowMs(), {}, { rights }, partner)
  const session = state.addSession(stranger, 'x', clock.nowMs(), 3_600, undefined)
  const outside: Held = { ...heldOf(session), sessionToken: session.token }
  const enter = async (held: Held): Promise<string> =>
    stsOf(company, held)
      .send(new AssumeRoleCommand({ RoleArn: deploy.arn, RoleSessionName: 'x' }))
      .then(
        () => 'in',
        (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
      )
  assert.equal(await enter(outside), 'AccessDenied')
  const changed = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: stranger.arn }, Action: 'sts:AssumeRole' },
  })
  const change = { RoleName: 'deploy', PolicyDocument: changed }
  await iamOf(company, heldOf(ciKey)).send(new UpdateAssumeRolePolicyCommand(change))
  assert.equal(await enter(outside), 'in')

  clock.pass(state.trailDelayMs)
  const told = (await cordon.pull('lookup')).flatMap((item) => item.edges)
  const target: EntityId = entityId('resource', account, 'trust/deploy')
  const key = entityId('credential', 'aws', ciKey.id)
  assert.ok(told.some(({ src, type, dst }) => src === key && type === 'CREATED' && dst === target))

  const action = actionOf('aws.trust.close')
  const member = { entity: target, credentialKind: null, identity: null, attributes: {} } as const
  assert.equal(action.targetFor({ ...member, role: 'descendant-entity' }), target)
  assert.equal(action.targetFor({ ...member, role: 'readable' }), undefined)
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent')
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'alive')
  const { undoState } = await action.apply(cordon.context(), target)
  const once = deploy.trust
  await action.apply(cordon.context(), target)
  assert.equal(deploy.trust, once, 'twice is once')
  assert.equal(await enter(outside), 'AccessDenied')
  assert.ok(once.includes(stranger.arn), 'what was changed is still to be seen')
  assert.equal(await action.readBack?.(cordon.context(), target), 'landed')
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'dead')
  await action.undo?.(cordon.context(), target, undoState)
  assert.equal(await enter(outside), 'in', 'what the preview says of undo')
  assert.equal(await action.readBack?.(cordon.context(), target), 'absent')
})

test("the trust of Cordon's own role and of roles of AWS's services is not touched", async (t) => {
  const company = await foundCompany()
  t.after(company.close)
  const cordon = openCordon(company)
  const action = actionOf('aws.trust.close')
  const own = entityId('resource', account, 'trust/cordon-contain')
  await assert.rejects(action.apply(cordon.context(), own), { code: 'ERR_AWS_TARGET' })
  company.state.addRole('aws-service-role/ecs.amazonaws.com/ecs', company.clock.nowMs(), {})
  const service = entityId('resource', account, 'trust/ecs')
  await assert.rejects(action.apply(cordon.context(), service), { code: 'ERR_AWS_REFUSED' })
  await assert.rejects(action.apply(cordon.context(), entityId('identity', account, 'role/deploy')), {
    code: 'ERR_AWS_TARGET',
  })
})
