import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { hardwareEntities } from '#model'

import { actionTrial } from '../actions.ts'
import { foundCompany, type Company } from './company.ts'
import { actionOf, openCordon, type Cordon } from './cordon.ts'
import { at, trial } from './cases.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))
async function start(over: Parameters<typeof foundCompany>[0] = {}): Promise<Company & { cordon: Cordon }> {
  const company = await foundCompany(over)
  open.push(company)
  return { ...company, cordon: openCordon(company) }
}

const { tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test("Cordon's own token, the machine it runs on, a Mac and a server without Premium are refused by name", async () => {
  const company = await start()
  const { cordon, twin, runner, laptop } = company
  const context = (over: Parameters<typeof cordon.context>[0] = {}) => cordon.context(over)
  const self = [...twin.state.users.values()].find(({ name }) => name === 'cordon-contain')
  const session = [...twin.state.sessions.values()].find(({ user }) => user === self?.id)
  assert.ok(self !== undefined && session !== undefined)
  const refused = { code: 'ERR_FLEET_TARGET', message: /own token speaks for/ }
  const [all, single] = [actionOf('fleet.user.sessions.end'), actionOf('fleet.session.end')]
  await assert.rejects(all.apply(context(), at(company, 'identity', `user/${self.id}`)), refused)
  await assert.rejects(single.apply(context(), at(company, 'credential', `session/${self.id}/${session.id}`)), refused)
  // A session's number under another user's name is nobody's: nothing is ended.
  const strange = at(company, 'credential', `session/${company.ada.id}/${session.id}`)
  await single.apply(context(), strange)
  assert.ok(twin.state.sessions.has(session.id))

  const lock = actionOf('fleet.host.lock')
  const target = at(company, 'host', `host/${runner.id}`)
  const own = hardwareEntities({ uuid: runner.uuid })
  await assert.rejects(lock.apply(context({ isOwn: (entity) => own.includes(entity) }), target), {
    code: 'ERR_FLEET_TARGET',
  })
  await assert.rejects(lock.apply(context(), at(company, 'host', `host/${laptop.id}`)), { message: /not unlocked/ })
  twin.settings.isPremium = false
  await assert.rejects(lock.apply(context(), target), { hint: 'it needs Fleet Premium' })
  const config = { ...company.config, locks: false }
  await assert.rejects(lock.apply(context({ config }), target), { code: 'ERR_FLEET_NEEDS' })
  assert.equal(runner.pending, '')
})

test('a host that is off is locked when it calls, and until then that is said', async () => {
  const company = await start()
  const { cordon, twin, clock, runner } = company
  const lock = actionOf('fleet.host.lock')
  const target = at(company, 'host', `host/${runner.id}`)
  twin.power(runner, false)
  await lock.apply(cordon.context(), target)
  clock.pass(3_600_000)
  const off = await lock.probe.run(cordon.context(), target)
  assert.match(off.verdict === 'alive' ? off.says : '', /offline: it is locked when it calls/)
  twin.power(runner, true)
  clock.pass(twin.settings.callEveryMs)
  assert.equal((await lock.probe.run(cordon.context(), target)).verdict, 'dead')
})
