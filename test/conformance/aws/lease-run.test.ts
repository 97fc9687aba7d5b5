import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { AssumeRoleCommand } from '@aws-sdk/client-sts'

import { createHttp } from '#kit'
import { awsOrigins } from '#connectors/aws'

import { startMs } from '../../simulation/respond-world.ts'
import { openLeaseYard } from '../lease-yard.ts'
import type { Dies } from '../mortal-hands.ts'
import { account, foundCompany, heldOf, openCordon, stsOf } from './company.ts'

const forMs = 60_000

/** From the desk to AWS, on one clock: who is called how comes from the inventory, and hands act by the registry. */
async function openAwsYard() {
  const company = await foundCompany(startMs)
  const { state, clock, deploy } = company
  const policy = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] }
  const dana = state.addUser('dana', clock.nowMs(), { assume: policy })
  const key = heldOf(state.addKey(dana, clock.nowMs()))
  const cordon = openCordon(company)
  await cordon.pull('inventory')
  const yard = await openLeaseYard({
    view: () => Promise.resolve(cordon.estate.view()),
    vendor: {
      source: { id: 'aws', connector: 'aws', authority: account },
      secrets: company.secrets,
      handle: (through) => ({
        config: company.config,
        authority: account,
        http: cordon.httpFor('contain', through(createHttp(awsOrigins(company.config)))),
        isOwn: () => false,
      }),
      pass: (ms) => clock.pass(ms),
    },
  })
  const enter = async (name: string): Promise<string> =>
    stsOf(company, key)
      .send(new AssumeRoleCommand({ RoleArn: deploy.arn, RoleSessionName: name }))
      .then(
        () => 'in',
        (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
      )
  after(async () => {
    yard.close()
    await company.close()
  })
  return { yard, company, enter }
}

const sessionIn = (says: string | undefined): string => /--role-session-name ([\w-]+)/.exec(says ?? '')?.[1] ?? ''

async function life(dies: Dies): Promise<number> {
  const { yard, company, enter } = await openAwsYard()
  const { deploy } = company
  const before = JSON.parse(deploy.trust)
  yard.startHands(dies)
  const asked = await yard.core.leases.ask({ of: 'dana', what: 'deploy', forMs, why: 'release 12' }, 'bob')
  assert.deepEqual([asked.state, asked.verb, asked.approvals], ['asked', 'aws.role.lend', 1])
  await yard.approve(await yard.approver('ann'), asked)
  let restarts = 0
  const passing = async (ms: number, isDone: () => Promise<boolean>) => {
    for (let left = ms; left > 0 && !(await isDone()); left -= 500) {
      await yard.pass(500, 500)
      if (yard.hands?.isDead() !== true) continue
      restarts++
      yard.restartCore()
      yard.startHands()
    }
  }
  const stateIs = (state: string) => async () => (await yard.core.leases.show(asked.id)).state === state
  await passing(30_000, stateIs('held'))
  const held = await yard.core.leases.show(asked.id)
  assert.equal(held.state, 'held')
  const name = sessionIn(held.proof?.says)
  assert.equal(await enter(name), 'in')
  await assert.rejects(
    yard.core.leases.ask({ of: 'ci', what: 'deploy', forMs, why: 'x' }, 'bob'),
    { code: 'ERR_LEASE_HELD' },
    'the inventory says that it has the role anyway',
  )
  await passing((held.untilMs ?? 0) - yard.clock.nowMs(), stateIs('ended'))
  assert.equal(await enter(name), 'AccessDenied', 'at its end, whatever Cordon has done by then')
  await passing(30_000, stateIs('ended'))
  const over = await yard.core.leases.show(asked.id)
  assert.deepEqual([over.state, over.proof?.kind], ['ended', 'read-back'])
  assert.deepEqual(JSON.parse(deploy.trust), before)
  return restarts
}

test('a role of AWS is asked for by name, approved, opens, and ends with a proof', async () => {
  assert.equal(await life(() => undefined), 0)
})

test('hands killed after the trust policy was changed, both times: given once, ended all the same', async () => {
  let changes = 0
  assert.equal(
    await life(({ to, says }) =>
      to === 'vendor' && says.includes('Action=UpdateAssumeRolePolicy') && ++changes === 1 ? 'behind' : undefined,
    ),
    1,
  )
})
