import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId } from '#model'
import { crowdstrikeActions, crowdstrikeConnector } from '#connectors/crowdstrike'
import { fleetActions, fleetConnector } from '#connectors/fleet'

import { openHouse } from '../cordon.ts'
import { foundCompany as foundFalcon } from '../crowdstrike/company.ts'
import { openCordon as openFalcon } from '../crowdstrike/cordon.ts'
import { planOf } from '../plan.ts'
import { foundCompany, opens, startMs } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'

const minuteMs = 60_000

test('Fleet knows where a poisoned package lies, and CrowdStrike, that has no list of packages, cuts that machine off', async () => {
  const falcon = await foundFalcon()
  const company = await foundCompany({}, falcon.clock)
  const { twin, clock, authority, runner } = company
  after(() => Promise.all([twin.close(), falcon.twin.close()]))
  const house = openHouse()
  const [fleet, sensors] = [openCordon(company, house), openFalcon(falcon, house)]
  after(() => fleet.close())
  twin.install(runner, { name: 'litellm', version: '1.82.7', source: 'python_packages' })
  twin.install(twin.enrol({ hostname: 'runner-63', serial: '9ZZRVD9', vendor: 'Dell Inc.' }), {
    name: 'litellm',
    version: '1.82.6',
    source: 'python_packages',
  })
  falcon.twin.console.enrol({ hostname: 'runner-63', serial: '9ZZRVD9', manufacturer: 'Dell Inc.' })
  await fleet.pull('hosts')
  await sensors.pull('hosts')

  const { exposure, plan } = await planOf({
    house,
    sources: [
      { connector: fleetConnector, actions: fleetActions, authority },
      { connector: crowdstrikeConnector, actions: crowdstrikeActions, authority: sensors.authority },
    ],
    trigger: { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: ['1.82.7'] },
    fromMs: startMs - 60 * minuteMs,
    nowMs: clock.nowMs(),
  })
  const sensor = entityId('host', sensors.authority, `device/${falcon.runner.id}`)
  assert.deepEqual(
    exposure.hosts.map(({ host, sameAs }) => new Set([host, ...(sameAs ?? [])])),
    [new Set([entityId('host', authority, `host/${runner.id}`), sensor])],
  )
  assert.deepEqual(
    plan.steps.filter(({ phase }) => phase === 'isolate').map(({ verb, target }) => [verb, target]),
    [['crowdstrike.host.contain', sensor]],
  )
  // A lock stands beside it: it keeps people out, and isolates nothing.
  assert.deepEqual(
    plan.steps.filter(({ verb }) => verb === 'fleet.host.lock').map(({ target, phase }) => [target, phase]),
    [[entityId('host', authority, `host/${runner.id}`), 'end-sessions']],
  )
})

test("a stolen API token of an administrator: its sessions, and those of the user it made, end; the thief's password is named", async () => {
  const company = await foundCompany()
  const { twin, clock, authority, ada, stolen, runner } = company
  after(() => twin.close())
  const house = openHouse()
  const cordon = openCordon(company, house)
  after(() => cordon.close())
  for (const stream of ['hosts', 'users', 'activities']) await cordon.pull(stream)
  clock.pass(minuteMs)

  // The thief makes a way back in, and has a host run something.
  assert.ok(await opens(company, stolen.token))
  const mallory = twin.makeUser('mallory', 'admin')
  twin.act(ada, 'created_user', { user_id: mallory.id, user_name: 'mallory', user_email: mallory.email })
  twin.act(ada, 'ran_script', { host_id: runner.id, host_display_name: runner.hostname, script_name: 'x.sh' })
  clock.pass(minuteMs)
  const back = twin.signIn(mallory.email, mallory.password, '203.0.113.66')
  assert.ok(back !== undefined && (await opens(company, back.token)))
  clock.pass(minuteMs)
  for (const stream of ['users', 'activities']) await cordon.pull(stream)

  const id = (kind: 'identity' | 'credential', native: string) => entityId(kind, authority, native)
  const session = id('credential', `session/${ada.id}/${stolen.id}`)
  const { exposure, plan } = await planOf({
    house,
    sources: [{ connector: fleetConnector, actions: fleetActions, authority }],
    trigger: { kind: 'credential', credential: session },
    fromMs: startMs,
    nowMs: clock.nowMs(),
  })
  const steps = plan.steps.filter(({ connector }) => connector === 'fleet')
  const targets = steps.map(({ verb, target }) => `${verb} ${target}`)
  assert.ok(targets.includes(`fleet.session.end ${session}`), targets.join(', '))
  assert.ok(targets.includes(`fleet.user.sessions.end ${id('identity', `user/${mallory.id}`)}`), targets.join(', '))
  assert.ok(
    exposure.impact.couldReach.some(({ resource }) => resource === entityId('host', authority, `host/${runner.id}`)),
  )
  for (const { verb, target } of steps) {
    await actionOf(verb).apply(cordon.context(), target)
    assert.equal((await actionOf(verb).probe.run(cordon.context(), target)).verdict, 'dead')
  }
  assert.equal(await opens(company, stolen.token), false)
  assert.equal(await opens(company, back.token), false)

  // Fleet disables nobody: who has the password comes back, and that is said.
  assert.ok(twin.signIn(mallory.email, mallory.password))
  const again = await actionOf('fleet.user.sessions.end').probe.run(
    cordon.context(),
    id('identity', `user/${mallory.id}`),
  )
  assert.match(again.verdict === 'alive' ? again.says : '', /change the password, or delete the user/)
})
