import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { canonicalJson, type JsonObject } from '#kit'
import { entityId } from '#model'
import { oktaActions } from '#connectors/okta'

import { makeApp } from '../../../lab/twins/okta/apps.ts'
import { makeAppUser } from '../../../lab/twins/okta/assignments.ts'
import { makeGroup } from '../../../lab/twins/okta/directory.ts'
import { applied } from '../apply.ts'
import { verbIn } from '../cordon.ts'
import { foundCompany, passwords } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, signIn, withSession } from './thief.ts'

const remove = verbIn(oktaActions, 'okta.assignment.remove')
const profile = { team: 'pay', seats: 3, manager: null, tags: ['a', 'b'] }

/** Ada is at an app by name, as the app knows her. */
async function atPortal(about: JsonObject = {}, asked: JsonObject = {}) {
  const company = await foundCompany()
  after(() => company.twin.close())
  const { org, state } = company.twin
  const portal = makeApp(org, { name: 'portal', label: 'Portal', signOnMode: 'SAML_2_0', ...about })
  makeAppUser(org, portal, company.ada, { credentials: { userName: 'ada.b' }, profile, ...asked })
  const target = entityId('resource', state.org, `assignment/${portal.id}/${company.ada.id}`)
  const row = () => state.appUsers.get(portal.id)?.get(company.ada.id)
  return { ...company, ...openCordon(company), portal, target, row, state, org }
}

test('given back, the name and the profile at the app are those of before, and nothing more', async () => {
  const { context, target, row, clock } = await atPortal()
  const before = { ...row() }
  const { undoState } = await applied(remove, context(), target)
  assert.equal(row(), undefined)
  clock.pass(60_000)
  for (let times = 0; times < 2; times++) await remove.undo?.(context(), target, undoState)
  const { created: _, lastUpdated: __, statusChanged: ___, ...rest } = { ...row() }
  const { created: ____, lastUpdated: _____, statusChanged: ______, ...was } = before
  assert.equal(canonicalJson(rest), canonicalJson(was))
})

test('what the app fills in itself is left to it; what it does not take back is named, without its value', async () => {
  const { context, target, row, portal, state, ada } = await atPortal()
  state.mappings.set(portal.id, { team: 'department' })
  Object.assign(ada['profile'] ?? {}, { department: 'pay' })
  const { undoState } = await applied(remove, context(), target)
  await remove.undo?.(context(), target, undoState)
  assert.deepEqual(row()?.['profile'], { team: 'pay', seats: 3, tags: ['a', 'b'] })

  const again = (await applied(remove, context(), target)).undoState
  Object.assign(ada['profile'] ?? {}, { department: 'elsewhere' })
  await assert.rejects(Promise.resolve(remove.undo?.(context(), target, again)), {
    code: 'ERR_OKTA_REFUSED',
    message: 'assigned again, but Okta does not take `team` of the profile back',
  })
  assert.equal(row()?.['scope'], 'USER')
})

test('what could not be given back is not taken', async () => {
  const refused = async (what: RegExp, about: JsonObject, asked: JsonObject = {}) => {
    const { context, target, row } = await atPortal(about, asked)
    await assert.rejects(applied(remove, context(), target), { code: 'ERR_OKTA_REFUSED', message: what })
    assert.ok(row(), 'nothing was changed')
  }
  await refused(/provisioned \(PUSH_USER_DEACTIVATION\)/, { features: ['SSO', 'PUSH_USER_DEACTIVATION'] })
  await refused(/provisioned \(PROFILE_MASTERING\)/, { features: ['PROFILE_MASTERING'] })
  await refused(
    /keeps a password/,
    { signOnMode: 'BROWSER_PLUGIN' },
    { credentials: { userName: 'a', password: { value: 'x' } } },
  )
})

test('what a group gives as well is refused by Okta and said so; what a group alone gives is no assignment of theirs', async () => {
  const { context, target, row, portal, state, org, ada } = await atPortal()
  const group = makeGroup(org, 'Portal')
  state.members.set(group.id, new Set([ada.id]))
  state.appGroups.set(portal.id, new Map([[group.id, { id: group.id, priority: 0 }]]))
  await assert.rejects(applied(remove, context(), target), { code: 'ERR_OKTA_REFUSED', message: /a group of the user/ })
  Object.assign(row() ?? {}, { scope: 'GROUP' })
  const { says, undoState } = await applied(remove, context(), target)
  assert.match(says, /not assigned any more, or by a group alone/)
  await remove.undo?.(context(), target, undoState)
  assert.equal(row()?.['scope'], 'GROUP')
})

test("neither a break-glass user's nor Cordon's own assignment is taken", async () => {
  const { context, target, row, ada, state } = await atPortal()
  const spared = [entityId('identity', state.org, ada.id)]
  await assert.rejects(applied(remove, context({ spared }), target), {
    code: 'ERR_OKTA_TARGET',
    message: /break-glass/,
  })
  assert.ok(row())
})

test('an assignment that somebody gave is made by them, so that it goes with what an exposed credential made', async () => {
  const { twin, ada, grace, portal, pull, state, clock } = await atPortal()
  const sid = (await signIn(twin.url, { username: 'ada@brightwater.example', password: passwords.ada })) ?? ''
  await ask(`${twin.url}/api/v1/apps/${portal.id}/users`, withSession(sid), 'POST', { id: grace.id, scope: 'USER' })
  clock.pass(60_000)
  const edges = (await pull('log')).flatMap((item) => item.edges)
  const made = entityId('resource', state.org, `assignment/${portal.id}/${grace.id}`)
  const by = edges.filter(({ type, dst }) => type === 'CREATED' && dst === made).map(({ src }) => src)
  assert.ok(by.includes(entityId('identity', state.org, ada.id)), by.join())
  assert.equal(
    remove.targetFor({ entity: made, role: 'descendant-entity', credentialKind: null, identity: null, attributes: {} }),
    made,
  )
})
