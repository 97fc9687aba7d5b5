import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { Json } from '#kit'
import { entityId, type EntityId } from '#model'
import { withinScope } from '#sources'

import { createRegistry } from '../../../src/app/registry.ts'
import { openHouse, openStages } from '../cordon.ts'
import { planOf } from '../plan.ts'
import { foundCompany, opens, signIn, startMs, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'

const minuteMs = 60_000
const registry = createRegistry(undefined)
const registered = (id: string) => {
  const found = registry.find(id)
  assert.ok(found)
  return found
}

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

const bound = (id: string): EntityId => entityId('host', 'host', id)
/** Reporters on hosts hand in what they see, each under a token of its own; no hook is set up to cut them off. */
function openReporters({ clock }: Company, house: ReturnType<typeof openHouse>) {
  const { connector, scope, trust } = registered('host')
  const config: unknown = connector.config.parse({})
  const stages = openStages({ connector, config, authority: 'host', clock, origins: [], secretsOf: () => ({}), house })
  return async (id: string, packages: Json[], hardware: Json): Promise<void> => {
    for (const item of await stages.receive('report', JSON.stringify(report(id, packages, hardware)))) {
      assert.equal(withinScope({ scope: scope('host'), trust }, bound(id), item).refused, 0)
    }
  }
}
const respond = ({ clock, twin }: Company, house: ReturnType<typeof openHouse>, trigger: Trigger) =>
  planOf({
    house,
    sources: [
      { ...registered('crowdstrike'), authority: twin.state.cid },
      { ...registered('host'), authority: 'host' },
    ],
    trigger,
    fromMs: startMs - 60 * minuteMs,
    nowMs: clock.nowMs(),
  })
type Trigger = Parameters<typeof planOf>[0]['trigger']

test('a poisoned package on a host without a hook: CrowdStrike is chosen to cut it off, and the sensor that is off is named', async () => {
  const company = await foundCompany()
  const { twin, clock, runner, laptop } = company
  const house = openHouse()
  const cordon = openCordon(company, house)
  after(() => (cordon.close(), twin.close()))
  laptop.serial = 'PF3ABC12'
  const bystander = twin.console.enrol({ hostname: 'runner-63', serial: '9ZZRVD9', manufacturer: 'Dell Inc.' })
  await cordon.pull('hosts')
  const hand = openReporters(company, house)
  const dell = (serial: string): Json => ({ serial, manufacturer: 'Dell Inc.' })
  await hand('m1', [litellm], dell('7Q5RVD3'))
  await hand('m2', [litellm], { serial: 'PF3ABC12', manufacturer: 'LENOVO' })
  await hand('m3', [], dell('9ZZRVD9'))

  const trigger: Trigger = { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7'] }
  const { exposure, plan } = await respond(company, house, trigger)
  const device = (id: string): EntityId => entityId('host', twin.state.cid, `device/${id}`)
  assert.deepEqual(
    new Set(exposure.hosts.map(({ host, sameAs }) => [host, ...(sameAs ?? [])].join(' '))),
    new Set([`${bound('m1')} ${device(runner.id)}`, `${bound('m2')} ${device(laptop.id)}`]),
  )
  const isolations = plan.steps.filter(({ phase }) => phase === 'isolate')
  assert.deepEqual(
    new Set(isolations.map(({ target }) => target)),
    new Set([runner, laptop].map(({ id }) => device(id))),
  )
  for (const { verb, level, serves } of isolations) {
    assert.deepEqual([verb, level, serves.length], ['crowdstrike.host.contain', 0, 2])
  }

  twin.console.power(laptop, false)
  const contain = actionOf('crowdstrike.host.contain')
  const context = cordon.context()
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
  const { twin, ada, runner, stolen, clock } = company
  const house = openHouse()
  const cordon = openCordon(company, house)
  after(() => (cordon.close(), twin.close()))
  for (const stream of ['hosts', 'console', 'clients']) await cordon.pull(stream)
  const { cid } = twin.state
  const user = entityId('identity', cid, `user/${ada.uuid}`)
  const { exposure, plan } = await respond(company, house, { kind: 'identity', identity: user })
  const reached = exposure.impact.couldReach.map(({ resource }) => resource)
  assert.ok(reached.includes(entityId('host', cid, `device/${runner.id}`)))
  const [step] = plan.steps.filter(({ connector }) => connector === 'crowdstrike')
  assert.deepEqual([step?.verb, step?.target], ['crowdstrike.user.roles.revoke', user])
  await actionOf('crowdstrike.user.roles.revoke').apply(cordon.context(), user)
  assert.deepEqual(ada.grants, [])

  // An API client whose secret was found elsewhere: what it opens is not told, and it can be ended.
  const token = await signIn(company, stolen)
  assert.ok(token !== undefined && (await opens(company, token)))
  const client = entityId('credential', cid, `client/${stolen.id}`)
  const second = await respond(company, house, { kind: 'credential', credential: client })
  const kill = second.plan.steps.find(({ target }) => target === client)
  assert.deepEqual([kill?.verb, kill?.preview.residualMs], ['crowdstrike.client.delete', 30 * minuteMs])
  await actionOf('crowdstrike.client.delete').apply(cordon.context(), client)
  clock.pass(30 * minuteMs)
  assert.equal(await signIn(company, stolen), undefined)
  assert.equal(await opens(company, token), false)
})
