import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { expose, makePlan } from '#respond'
import { createPolicy } from '#policy'

import type { SetUp } from '../endpoint/cordon.ts'
import { foundCompany, opens, signIn, startMs, type Company } from './company.ts'

const minuteMs = 60_000
/** Hosts push; no hook is set up to cut them off. */
const hosts: SetUp = { connector: 'host', authority: 'host', config: {}, secrets: { see: {}, contain: {} } }

/** What the reporter on a host hands in. */
const report = (id: string, packages: Json[], hardware: Json, credentials: Json[] = []): Json => ({
  version: 1,
  host: { id, from: 'machine-id' },
  hardware,
  takenAtMs: startMs,
  complete: true,
  packages,
  credentials,
  hints: [],
  truncated: [],
  tookMs: 1,
})
const litellm: Json = {
  ecosystem: 'pypi',
  name: 'litellm',
  version: '1.82.7',
  path: '/venv',
  installedAtMs: startMs - minuteMs,
  state: 'installed',
}

async function planOf({ cordon, clock }: Company, trigger: Parameters<typeof expose>[1], fromMs = startMs - 3_600_000) {
  const view = cordon.estate.view()
  const exposure = await expose(view, trigger, { fromMs, toMs: null }, clock.nowMs())
  const plan = await makePlan({
    tenant: 't_default',
    incident: null,
    severity: 'critical',
    trust: { origin: 'vendor', sources: ['osv'], confinedTo: null },
    exposure,
    view,
    sources: cordon.planSources(),
    policy: createPolicy(),
    nowMs: clock.nowMs(),
  })
  return { exposure, plan }
}

test('a poisoned package on a host without a hook: CrowdStrike is chosen to cut it off, and the sensor that is off is named', async () => {
  const company = await foundCompany({}, [hosts])
  const { twin, cordon, clock, runner, laptop } = company
  after(() => (cordon.close(), twin.close()))
  laptop.serial = 'PF3ABC12'
  const bystander = twin.console.enrol({ hostname: 'runner-63', serial: '9ZZRVD9', manufacturer: 'Dell Inc.' })
  await cordon.pull('crowdstrike', 'hosts')
  const bound = (id: string): EntityId => entityId('host', 'host', id)
  const dell = (serial: string): Json => ({ serial, manufacturer: 'Dell Inc.' })
  await cordon.push('host', 'report', [report('m1', [litellm], dell('7Q5RVD3'))], bound('m1'))
  const thinkpad = { serial: 'PF3ABC12', manufacturer: 'LENOVO' }
  await cordon.push('host', 'report', [report('m2', [litellm], thinkpad)], bound('m2'))
  await cordon.push('host', 'report', [report('m3', [], dell('9ZZRVD9'))], bound('m3'))
  assert.equal(cordon.refused(), 0)

  const { exposure, plan } = await planOf(company, { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7'] })
  const device = (id: string): EntityId => entityId('host', twin.state.cid, `device/${id}`)
  assert.deepEqual(
    exposure.hosts.map(({ host, sameAs }) => [host, ...(sameAs ?? [])]).sort(),
    [
      [bound('m1'), device(runner.id)],
      [bound('m2'), device(laptop.id)],
    ].sort(),
  )
  const isolations = plan.steps.filter(({ phase }) => phase === 'isolate')
  assert.deepEqual(
    isolations.map(({ verb, target, level }) => [verb, target, level]).sort(),
    [runner, laptop].map(({ id }) => ['crowdstrike.host.contain', device(id), 0]).sort(),
  )
  assert.ok(isolations.every(({ serves }) => serves.length === 2))

  twin.console.power(laptop, false)
  const contain = cordon.actionOf('crowdstrike.host.contain')
  const context = cordon.context('crowdstrike')
  for (const { target } of isolations) await contain.apply(context, target)
  clock.pass(twin.settings.sensorDelayMs)
  const proven = await contain.probe.run(context, device(runner.id))
  assert.equal(proven.verdict, 'dead')
  const left = await contain.probe.run(context, device(laptop.id))
  assert.match(left.verdict === 'alive' ? left.says : '', /off line/)
  assert.equal(bystander.status, 'normal')
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
})

test('a console user is taken over: the roles go, and hosts that the thief could open are an upper bound of it', async () => {
  const company = await foundCompany()
  const { twin, cordon, ada, runner, stolen, clock } = company
  after(() => (cordon.close(), twin.close()))
  for (const stream of ['hosts', 'console', 'clients']) await cordon.pull('crowdstrike', stream)
  const { cid } = twin.state
  const user = entityId('identity', cid, `user/${ada.uuid}`)
  const { exposure, plan } = await planOf(company, { kind: 'identity', identity: user })
  const reached = exposure.impact.couldReach.map(({ resource }) => resource)
  assert.ok(reached.includes(entityId('host', cid, `device/${runner.id}`)))
  const [step] = plan.steps.filter(({ connector }) => connector === 'crowdstrike')
  assert.deepEqual([step?.verb, step?.target], ['crowdstrike.user.roles.revoke', user])
  await cordon.actionOf('crowdstrike.user.roles.revoke').apply(cordon.context('crowdstrike'), user)
  assert.deepEqual(ada.grants, [])

  // An API client whose secret was found elsewhere: what it opens is not told, and it can be ended.
  const token = await signIn(company, stolen)
  assert.ok(token !== undefined && (await opens(company, token)))
  const client = entityId('credential', cid, `client/${stolen.id}`)
  const second = await planOf(company, { kind: 'credential', credential: client })
  const kill = second.plan.steps.find(({ target }) => target === client)
  assert.deepEqual([kill?.verb, kill?.preview.residualMs], ['crowdstrike.client.delete', 30 * minuteMs])
  await cordon.actionOf('crowdstrike.client.delete').apply(cordon.context('crowdstrike'), client)
  clock.pass(30 * minuteMs)
  assert.equal(await signIn(company, stolen), undefined)
  assert.equal(await opens(company, token), false)
})
