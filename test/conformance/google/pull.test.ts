import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { silentDiagnose } from '#kit'
import type { EntityFact, EntityId } from '#model'
import { validateOcsf } from '#model/ocsf'
import { googleConnector } from '#connectors/google'

import { hourMs, makeRig, SteppingClock, startMs, type Rig } from './rig.ts'

let rig: Rig
before(async () => {
  rig = await makeRig(new SteppingClock())
})
after(async () => {
  assert.deepEqual(rig.twin.violations, [], 'the connector asks only what Google’s API has')
  await rig.twin.close()
})

const gmail = 'https://mail.google.com/'
const see = () => ({
  config: rig.config,
  see: { key: rig.accounts.see.keyFile },
  http: rig.httpFor('see'),
  clock: rig.clock,
  signal: AbortSignal.timeout(20_000),
  diagnose: silentDiagnose,
})

test('check says which customer it is, and nothing is missing', async () => {
  const checked = await googleConnector.check(see())
  assert.equal(checked.authority, rig.authority)
  assert.deepEqual(checked.missing, [])
  assert.match(checked.excess.join(' '), /no scope that only reads/)
  const wanted = googleConnector.role?.(rig.config, 'see')?.scopes.map(({ name }) => name) ?? []
  assert.deepEqual([...((await googleConnector.scopes?.(see(), 'see')) ?? [])].toSorted(), wanted.toSorted())
})

test('a scope that was not delegated is named, by the use it belongs to', async () => {
  const delegation = rig.world.delegations.get(rig.accounts.see.client)
  assert.ok(delegation !== undefined)
  const log = 'https://www.googleapis.com/auth/admin.reports.audit.readonly'
  delegation.scopes.delete(log)
  assert.match((await googleConnector.check(see())).missing.join(' '), /no token for `log`/)
  assert.ok(!(await googleConnector.scopes?.(see(), 'see'))?.includes(log))
  delegation.scopes.add(log)
})

test('the inventory names people, groups, roles, grants and app passwords, page by page', async () => {
  const ada = rig.people.hire('Ada Example')
  const group = rig.people.group('all')
  for (let n = 0; n < 230; n++) group.members.set(rig.people.hire(`Crowd ${n}`).id, { role: 'MEMBER' })
  group.members.set(ada.id, { role: 'OWNER' })
  rig.world.assignments.set('77', { roleId: '1002', assignedTo: ada.id, isGroup: false, orgUnitId: 'id:03ph8a2z' })
  const app = rig.people.publish('Notes AI')
  rig.people.consent(ada, app.client, [gmail])
  const asp = rig.people.appPassword(ada, 'printer')

  const directory = await rig.normalized('directory')
  assert.ok(directory.every(({ unmapped }) => unmapped === undefined))
  assert.equal(directory.at(-1)?.snapshot?.complete, true)
  const edges = directory.flatMap((part) => part.edges)
  assert.equal(
    edges.filter(({ type, dst }) => type === 'MEMBER_OF' && dst === rig.id('identity', `group/${group.id}`)).length,
    231,
  )
  const facts = new Map<EntityId, EntityFact['attributes']>()
  for (const { entity, attributes } of directory.flatMap((part) => part.facts)) {
    facts.set(entity, { ...facts.get(entity), ...attributes })
  }
  assert.equal(
    facts.get(rig.id('identity', rig.looker.id))?.['own'],
    true,
    'the administrator Cordon borrows is its own',
  )
  assert.equal(facts.get(rig.id('identity', ada.id))?.['mfa'], true)
  const role = edges.find(
    ({ src, dst }) => src === rig.id('identity', ada.id) && dst === rig.id('identity', 'role/1002'),
  )
  assert.equal(role?.conditional, true, 'over one organizational unit only')

  const credentials = (await rig.normalized('credentials')).flatMap((part) => part.edges)
  assert.ok(credentials.some(({ src }) => src === rig.id('credential', `grant/${ada.id}/${app.client}`)))
  assert.ok(credentials.some(({ src }) => src === rig.id('credential', `asp/${ada.id}/${asp.code}`)))
})

test('a row that shows up hours late behind younger ones is read, once', async () => {
  const bea = rig.people.hire('Bea Example')
  const app = rig.people.publish('Slow AI')
  rig.clock.pass(hourMs)
  rig.people.signIn(bea.primaryEmail, bea.password)
  const [signIn] = rig.world.log.filter(({ row }) => row.events?.[0]?.name === 'login_success').slice(-1)
  assert.ok(signIn !== undefined)
  signIn.visibleAtMs = signIn.atMs + 5 * hourMs
  rig.clock.pass(3 * hourMs)
  rig.people.signIn(bea.primaryEmail, bea.password)
  rig.people.consent(bea, app.client, [gmail])
  rig.clock.pass(1.75 * hourMs)
  const first = await rig.pull('log-login')
  assert.equal(first.length, 1, 'the younger one')
  rig.clock.pass(hourMs)
  const late = await rig.pull('log-login')
  assert.deepEqual(
    late.map(({ eventAtMs }) => eventAtMs),
    [signIn.atMs],
  )
  assert.deepEqual(await rig.pull('log-login'), [])
  const granted = (await rig.normalized('log-token')).flatMap((part) => part.edges)
  assert.ok(granted.some(({ src }) => src === rig.id('credential', `grant/${bea.id}/${app.client}`)))
})

test('whom an address means is asked when the row is read', async () => {
  const cas = rig.people.hire('Cas Example')
  const codes = rig.people.backupCodes(cas, rig.actor)
  rig.clock.pass(hourMs)
  const rows = await rig.pull('log-admin')
  const text = JSON.stringify(rows)
  assert.ok(codes.every((code) => !text.includes(code)))
  assert.match(text, new RegExp(`"resolved":{"${cas.primaryEmail}":"${cas.id}"}`))
  const normalized = rows.map(({ raw, eventAtMs }) =>
    googleConnector.normalize({
      stream: 'log-admin',
      raw,
      eventAtMs,
      arrivedAtMs: startMs,
      source: 'google',
      authority: rig.authority,
    }),
  )
  assert.deepEqual(normalized.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
  assert.ok(
    normalized
      .flatMap(({ edges }) => edges)
      .some(({ src, type }) => src === rig.id('credential', `backup-codes/${cas.id}`) && type === 'AUTHENTICATES_AS'),
  )
})

test('too many calls and a failing backend are waited out', async () => {
  rig.twin.disturb('rate-limit', 'backend-error', 'rate-limit')
  const before = rig.clock.nowMs()
  assert.ok((await rig.pull('log-drive')).length === 0)
  assert.ok(rig.clock.nowMs() > before, 'it waited')
})

test('who was deleted between two pages of a walk has nothing inside, and holds nothing up', async () => {
  const stream = googleConnector.streams.find(({ name }) => name === 'credentials')
  assert.ok(stream !== undefined && stream.kind === 'snapshot' && 'page' in stream)
  const first = await stream.page(see(), 'credentials', null)
  assert.ok(first.next !== null)
  const gone = [...rig.world.users.values()].find(({ id }) => first.next?.includes(`["${id}"`) === true)
  assert.ok(gone !== undefined, 'the next one to be asked about')
  rig.world.users.delete(gone.id)
  const second = await stream.page(see(), 'credentials', first.next)
  assert.ok(second.rows.length > 0 && !JSON.stringify(second.rows).includes(gone.id))
  assert.notEqual(second.next, first.next)
})
