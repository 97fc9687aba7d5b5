import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { silentDiagnose, type Http } from '#kit'
import type { EntityFact, EntityId } from '#model'
import { validateOcsf } from '#model/ocsf'
import { googleConnector } from '#connectors/google'
import { pullStream } from '#sources'
import { readSnapshot, type Blind, type FeedPage } from '#sources/contract'

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

/** A run of a stream with tokens of its own: rows by list, and what could not be read. `kept`: paths that are refused. */
async function readLists(name: string, kept?: RegExp) {
  const stream = googleConnector.streams.find((one) => one.name === name)
  const context = see()
  const http: Http = {
    request(url, request) {
      const text = '{}'
      const no = { status: 403, text, bytes: Buffer.from(text), header: () => undefined, json: () => ({}) }
      return kept?.test(new URL(url).pathname) === true ? Promise.resolve(no) : context.http.request(url, request)
    },
  }
  const rows = new Map<string, number>()
  let blind: readonly Blind[] = []
  for await (const page of (stream === undefined ? undefined : pullStream(stream))?.({ ...context, http }, null) ??
    []) {
    blind = page.blind ?? blind
    for (const { raw } of page.events) {
      const part = readSnapshot(raw)?.rows ?? {}
      const { kind, rows: held } = part
      assert.ok(typeof kind === 'string')
      rows.set(kind, (rows.get(kind) ?? 0) + (Array.isArray(held) ? held.length : 0))
    }
  }
  return { rows, blind }
}

test('a scope that was not delegated blinds the lists that need it, by name, and no other', async () => {
  const delegation = rig.world.delegations.get(rig.accounts.see.client)
  assert.ok(delegation !== undefined)
  const whole = await readLists('directory')
  assert.deepEqual(whole.blind, [])
  const scopeOf = (name: string): string => `https://www.googleapis.com/auth/admin.directory.${name}.readonly`
  const needs = {
    customer: ['customer'],
    domain: ['domains'],
    orgunit: ['orgunits'],
    user: ['users'],
    group: ['groups'],
    rolemanagement: ['roles', 'assignments'],
  }
  for (const [name, lists] of Object.entries(needs)) {
    delegation.scopes.delete(scopeOf(name))
    const { rows, blind } = await readLists('directory')
    delegation.scopes.add(scopeOf(name))
    assert.deepEqual(
      blind.map(({ of }) => of),
      lists,
      name,
    )
    for (const [list, count] of whole.rows)
      assert.equal(rows.get(list), lists.includes(list) ? 0 : count, `${list} without ${name}`)
  }
  for (const name of Object.keys(needs)) delegation.scopes.delete(scopeOf(name))
  await assert.rejects(readLists('directory'), { code: 'ERR_VENDOR_SCOPE' }, 'nothing at all may be read')
  for (const name of Object.keys(needs)) delegation.scopes.add(scopeOf(name))
})

test('a group or a user that keeps a part from us is named, and all others are read', async () => {
  const [ada, root] = [rig.people.hire('Ada Kept'), rig.people.hire('Root Kept')]
  const app = rig.people.publish('Kept AI')
  for (const user of [ada, root]) rig.people.consent(user, app.client, [gmail])
  const [open, closed] = [rig.people.group('open'), rig.people.group('closed')]
  for (const group of [open, closed]) group.members.set(ada.id, { role: 'MEMBER' })
  const [directory, credentials] = [await readLists('directory'), await readLists('credentials')]
  const withoutGroup = await readLists('directory', new RegExp(`/groups/${closed.id}/members$`))
  assert.deepEqual(
    withoutGroup.blind.map(({ of }) => of),
    ['groups/members'],
  )
  assert.match(withoutGroup.blind[0]?.says ?? '', new RegExp(closed.id))
  assert.deepEqual(
    [...withoutGroup.rows],
    [...directory.rows].map(([list, n]) => [list, list === 'groups' ? n - 1 : n]),
  )
  const withoutUser = await readLists('credentials', new RegExp(`/users/${root.id}/tokens$`))
  assert.deepEqual(
    withoutUser.blind.map(({ of }) => of),
    ['credentials/tokens'],
  )
  assert.equal(withoutUser.rows.get('credentials'), (credentials.rows.get('credentials') ?? 0) - 1)
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

test('of mail what was done to it is read, by whom and with what, and nothing of what it says', async () => {
  const [dee, eve] = [rig.people.hire('Dee Example'), rig.people.hire('Eve Example')]
  const app = rig.people.publish('Mail AI')
  const { access } = rig.people.consent(dee, app.client, [gmail])
  assert.ok(await rig.thief.gmail(access))
  const mail = (type: number, more: Record<string, string> = {}) => ({
    event_info: { mail_event_type: type, ...more },
    message_info: {
      rfc2822_message_id: '<m2@company.example>',
      subject: 'EXAMPLE subject of a mail',
      flattened_destinations: `smtp-outbound::x@elsewhere.example`,
    },
  })
  const by = { 'client_context.session_context.delegate_user_email': eve.primaryEmail }
  rig.world.tell('gmail', 'delivery', dee, mail(2), { ip: '203.0.113.1' })
  rig.world.tell('gmail', 'delivery', dee, mail(17, by), { ip: '203.0.113.2' })
  rig.world.tell('gmail', 'delivery', dee, mail(11), { ip: '203.0.113.3' })
  rig.clock.pass(hourMs)
  const rows = await rig.pull('log-gmail')
  assert.equal(rows.length, 3, 'what comes in by itself is not asked for')
  assert.doesNotMatch(JSON.stringify(rows), /EXAMPLE subject/)
  const read = rows.map(({ raw, eventAtMs }) =>
    googleConnector.normalize({
      stream: 'log-gmail',
      raw,
      eventAtMs,
      arrivedAtMs: startMs,
      source: 'google',
      authority: rig.authority,
    }),
  )
  assert.deepEqual(read.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
  const box = rig.id('resource', `data/${dee.id}/mail`)
  const touches = read
    .flatMap((one) => one.touches)
    .map(({ identity, credential, resource, verb }) => [identity, credential, resource, verb])
  const owner = rig.id('identity', dee.id)
  assert.deepEqual(
    new Set(touches.map(String)),
    new Set(
      [
        [owner, rig.id('credential', `grant/${dee.id}/${app.client}`), box, 'read'],
        [rig.id('identity', eve.id), null, box, 'read'],
        [owner, rig.id('credential', `session/${dee.id}`), box, 'share'],
      ].map(String),
    ),
  )
  const [sent] = read.flatMap(({ ocsf }) => ocsf).filter((event) => JSON.stringify(event).includes('autoforward'))
  assert.deepEqual(sent?.['email'], {
    from: dee.primaryEmail,
    to: ['x@elsewhere.example'],
    message_uid: '<m2@company.example>',
  })
})

test('Gmail is asked for thirty days at most, and all of a longer time is read', async () => {
  const fay = rig.people.hire('Fay Example')
  const stream = googleConnector.streams.find(({ name }) => name === 'log-gmail')
  assert.ok(stream !== undefined && stream.kind === 'feed' && 'page' in stream)
  const sinceMs = rig.clock.nowMs()
  for (let n = 0; n < 4; n++) {
    rig.world.tell('gmail', 'delivery', fay, { event_info: { mail_event_type: 31 } })
    rig.clock.pass(25 * 24 * hourMs)
  }
  const found = new Set<string>()
  for (let cursor: string | null = null; ;) {
    const page: FeedPage = await stream.page(see(), { sinceMs, untilMs: null, cursor })
    for (const { native } of page.events) found.add(native)
    if (page.isEnd) break
    cursor = page.next
  }
  assert.equal(found.size, 4)
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
