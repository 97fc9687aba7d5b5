import assert from 'node:assert/strict'
import { after } from 'node:test'

import { systemClock, type Clock } from '#kit'
import { entityId, type EntityId } from '#model'
import { oktaConnector, oktaOrigins } from '#connectors/okta'

import { makeApp, makeGrant } from '../../../lab/twins/okta/apps.ts'
import { makeGroup } from '../../../lab/twins/okta/directory.ts'
import { openStages } from '../cordon.ts'
import { openTrimGround, openTrimHouse } from '../trim-ground.ts'
import { foundCompany, passwords } from './company.ts'
import { ask, signIn, withSession } from './thief.ts'

export { asked } from '../trim-ground.ts'
export const dayMs = 86_400_000

/**
 * A hundred days at Okta: Ada and Grace are in two groups that open an app each, and Ada alone opens them. Cordon's own
 * pieces stand around it, from the log to hands; what opens the twin says.
 */
export async function openYard(before?: (company: Awaited<ReturnType<typeof foundCompany>>) => void) {
  const company = await foundCompany()
  const { twin, clock: day, ada, grace, root, config, keys } = company
  const { org, state } = twin
  twin.settings.logDelayMs = 0
  const shared = ['Reporting', 'Payroll'].map((name) => {
    const group = makeGroup(org, name)
    const app = makeApp(org, { name: name.toLowerCase(), label: name, signOnMode: 'SAML_2_0' })
    state.members.set(group.id, new Set([ada.id, grace.id]))
    state.appGroups.set(app.id, new Map([[group.id, { id: group.id, priority: 0 }]]))
    return { group: group.id, app: app.id }
  })
  // What somebody has by name is asked of by a test of its own.
  for (const app of state.appUsers.keys()) if (app !== company.crm.id) state.appUsers.delete(app)
  before?.(company)
  for (const name of ['okta.groups.manage', 'okta.users.read', 'okta.apps.manage'])
    makeGrant(org, company.cordonActs, { scopeId: name, issuer: twin.url, user: null, by: root.id })

  // The company's own time, and the real one on top of it: hands wait as they do in the field.
  let heardMs = performance.now()
  const clock: Clock = {
    nowMs() {
      const now = performance.now()
      day.pass(Math.floor(now - heardMs))
      heardMs += Math.floor(now - heardMs)
      return day.nowMs()
    },
    monotonicMs: () => Math.floor(performance.now()),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  }
  const house = openTrimHouse()
  const authority = state.org
  const cordon = openStages({
    connector: oktaConnector,
    config,
    authority,
    clock: day,
    origins: oktaOrigins(config),
    secretsOf: (use) => ({ privateKey: keys[use] }),
    house,
  })
  const sinceMs = day.nowMs()
  const told = () => ({ ...oktaConnector.coverage(config), partly: {}, gaps: [], late: null, sinceMs })
  const ground = await openTrimGround({
    connector: 'okta',
    config,
    authority,
    clock,
    house,
    cordon,
    http: cordon.httpFor('contain'),
    contain: { privateKey: keys.contain },
    told,
  })
  const { pull } = ground
  const open = async (who: 'ada' | 'grace', app: string): Promise<number> => {
    const sid = await signIn(twin.url, { username: `${who}@brightwater.example`, password: passwords[who] })
    assert.ok(sid !== undefined, 'signed in')
    return (await ask(`${twin.url}/app/${app}/sso`, withSession(sid))).status
  }
  for (const stream of ['directory', 'log']) await pull(stream)
  for (let n = 0; n < 10; n++) {
    day.pass(10 * dayMs)
    for (const { app } of shared) assert.equal(await open('ada', app), 200)
    assert.equal(await open('grace', company.crm.id), 200)
    await pull('log')
  }

  const id = (native: string): EntityId => entityId('identity', authority, native)
  const isIn = (user: { id: string }, group: string): boolean => state.members.get(group)?.has(user.id) === true
  after(() => twin.close())
  return { ...company, ...ground, shared, cordon, open, isIn, id, day }
}
