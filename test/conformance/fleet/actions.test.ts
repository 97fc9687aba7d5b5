import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { entityId, hardwareEntities, type EntityId } from '#model'
import { fleetActions, fleetOrigins } from '#connectors/fleet'

import { settle } from '../../../lab/twins/fleet/state.ts'
import { lostAt, stateText } from '../cordon.ts'
import { foundCompany, opens, type Company } from './company.ts'
import { actionOf, openCordon, type Cordon } from './cordon.ts'

const open: Company[] = []
after(() => Promise.all(open.map(({ twin }) => twin.close())))
async function start(over: Parameters<typeof foundCompany>[0] = {}): Promise<Company & { cordon: Cordon }> {
  const company = await foundCompany(over)
  open.push(company)
  return { ...company, cordon: openCordon(company) }
}
const at = ({ authority }: Company, kind: 'host' | 'identity' | 'credential', native: string): EntityId =>
  entityId(kind, authority, native)
function assertTrue({ twin }: Company): void {
  assert.deepEqual(twin.wrongRequests, [])
  assert.deepEqual(twin.wrongAnswers, [])
}

/** One verb, what an attacker has, and whether it still opens something: asked at Fleet or at the host. */
type Case = {
  verb: string
  isRestored: boolean
  set(company: Company): { target: EntityId; works(): Promise<boolean> }
}
const cases: Case[] = [
  {
    verb: 'fleet.session.end',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `session/${company.ada.id}/${company.stolen.id}`),
      works: () => opens(company, company.stolen.token),
    }),
  },
  {
    verb: 'fleet.user.sessions.end',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'identity', `user/${company.ada.id}`),
      works: () => opens(company, company.stolen.token),
    }),
  },
  {
    verb: 'fleet.host.lock',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'host', `host/${company.runner.id}`),
      // Somebody who sits at the host.
      works: () => {
        settle(company.twin.state, company.clock.nowMs())
        return Promise.resolve(company.runner.lock === 'unlocked')
      },
    }),
  },
]
async function begin(one: Case) {
  const company = await start()
  const { cordon, clock, twin } = company
  const context = (over: Parameters<typeof cordon.context>[0] = {}) => cordon.context(over)
  return {
    company,
    cordon,
    action: actionOf(one.verb),
    context,
    settled: (): void => clock.pass(twin.settings.callEveryMs + 1_000),
    ...one.set(company),
  }
}
const held = ({ twin: { state } }: Company): string =>
  stateText({
    sessions: [...state.sessions.keys()],
    hosts: [...state.hosts.values()].map(({ lock, pending }) => [lock, pending]),
  })

test('every verb has a case', () => {
  assert.deepEqual(cases.map(({ verb }) => verb).sort(), fleetActions.map(({ verb }) => verb).sort())
})

for (const one of cases) {
  test(`${one.verb}: the attacker is refused, twice is once, undo gives back what it says`, async () => {
    const { company, action, target, works, context, settled } = await begin(one)
    assert.equal(await works(), true, 'it opens something before')
    assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead')
    assert.equal(await action.readBack?.(context(), target), 'absent')
    const first = await action.apply(context(), target)
    assert.equal(await action.readBack?.(context(), target), 'landed')
    settled()
    assert.equal(await works(), false, 'refused')
    assert.equal((await action.probe.run(context(), target)).verdict, 'dead')
    const before = held(company)
    const second = await action.apply(context(), target)
    await action.undo?.(context(), target, second.undoState)
    assert.equal(held(company), before, 'twice is once, and the second takes nothing back')
    await action.undo?.(context(), target, first.undoState)
    settled()
    assert.equal(await works(), one.isRestored, 'after undo')
    assert.equal(action.preview(target, {}).reversible, action.undo !== undefined)
    assertTrue(company)
  })

  test(`${one.verb}: a crash before it or behind it is told apart by reading back`, async () => {
    for (const when of ['before', 'behind'] as const) {
      const { company, cordon, action, target, works, context, settled } = await begin(one)
      const lost = lostAt(fleetOrigins(company.config), when, (_, method) => method !== 'GET')
      const crashing = cordon.httpFor('contain', lost)
      await assert.rejects(async () => action.apply(context({ http: crashing }), target), { code: 'ERR_HTTP_NETWORK' })
      assert.equal(await action.readBack?.(context(), target), when === 'before' ? 'absent' : 'landed', when)
      if (when === 'before') await action.apply(context(), target)
      settled()
      assert.equal(await works(), false)
      assertTrue(company)
    }
  })

  test(`${one.verb}: neither Cordon's own, nor break-glass, nor another server's is touched`, async () => {
    const { company, action, target, context } = await begin(one)
    const before = held(company)
    const refused = { code: 'ERR_FLEET_TARGET' }
    await assert.rejects(action.apply(context({ isOwn: (entity) => entity === target }), target), refused)
    await assert.rejects(action.apply(context({ spared: [target] }), target), refused)
    const [kind = '', , ...native] = target.split(':')
    await assert.rejects(action.apply(context(), entityId(kind as 'host', 'elsewhere', native.join(':'))), refused)
    assert.equal(held(company), before)
  })
}

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
