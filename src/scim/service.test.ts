import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, seededBytes, seededRandom } from '#kit'
import { openLocalStore } from '#store'

import { logKeysOf } from '../../test/simulation/log-keys.ts'
import { createScim, type Scim } from './service.ts'
import { rewrapScimKeys } from './shelf.ts'
import type { Told } from './told.ts'
import { dropScim, scimWriter } from './writer.ts'

const tenant = 't_default'
const secret = 'Ada.Confidential@example.com'

function open() {
  const store = openLocalStore([scimWriter])
  const told: Told[] = []
  const keys = logKeysOf('example')
  const scim = createScim({
    tenant,
    ...store,
    keys,
    clock: new ManualClock(1_000_000),
    random: seededBytes(seededRandom(3)),
    tell: async (_, one, also) => {
      await store.writer.submit(...also)
      told.push(one)
    },
  })
  return { scim, told, store, keys }
}
const user = (userName: string, more = {}) => ({ userName, ...more })
const find = async (scim: Scim, filter: string, source = 'people') =>
  (await scim.list(source, 'User', { filter, start: 1, count: 10, withMembers: true })).resources.map(({ id }) => id)

test('a person comes, joins a group, leaves and is deleted, and each step is told once', async () => {
  const { scim, told } = open()
  const ada = await scim.create(
    'people',
    'User',
    user(secret, { externalId: '00u1', title: 'Engineer', password: 'EXAMPLE-1' }),
  )
  const group = await scim.create('people', 'Group', { displayName: 'Staff', members: [{ value: ada.id }] })
  assert.deepEqual((await scim.read('people', 'User', ada.id)).groups, [{ id: group.id, name: 'Staff' }])
  await scim.patch('people', 'User', ada.id, { Operations: [{ op: 'replace', value: { active: false } }] }, null)
  await scim.patch('people', 'User', ada.id, { Operations: [{ op: 'replace', value: { active: false } }] }, null)
  await scim.patch('people', 'Group', group.id, { Operations: [{ op: 'remove', path: 'members' }] }, null)
  await scim.patch('people', 'Group', group.id, { Operations: [{ op: 'add', path: 'members', value: ada.id }] }, null)
  await scim.remove('people', 'User', ada.id, null)
  await assert.rejects(scim.read('people', 'User', ada.id), { code: 'ERR_SCIM_ABSENT' })
  assert.deepEqual(
    told.map(({ type, version }) => `${type} ${version}`),
    ['user.set 1', 'group.set 1', 'user.set 2', 'group.set 2', 'group.set 3', 'user.gone 3'],
    'what changes nothing is not told',
  )
  const [first, made, left, emptied] = told
  assert.ok(first?.type === 'user.set' && left?.type === 'user.set')
  assert.deepEqual(first.user, { userName: secret, name: secret, title: 'Engineer', active: true })
  assert.equal(left.user['active'], false)
  const member = { id: ada.id, type: 'User', externalId: '00u1' }
  assert.deepEqual(made?.type === 'group.set' && made.added, [member])
  assert.deepEqual(emptied?.type === 'group.set' && emptied.removed, [member])
  assert.deepEqual(told.at(-1)?.left, [group.id], 'with its member the membership goes')
  assert.doesNotMatch(JSON.stringify(told), /EXAMPLE-1/, 'a password is dropped')
})

test('sources never meet: neither by id, nor by filter, nor as members', async () => {
  const { scim } = open()
  const ada = await scim.create('people', 'User', user('ada'))
  await assert.rejects(scim.read('others', 'User', ada.id), { code: 'ERR_SCIM_ABSENT' })
  await assert.rejects(scim.read('people', 'Group', ada.id), { code: 'ERR_SCIM_ABSENT' })
  assert.deepEqual(await find(scim, 'userName eq "ada"', 'others'), [])
  const foreign = scim.create('others', 'Group', { displayName: 'g', members: [{ value: ada.id }] })
  await assert.rejects(foreign, { code: 'ERR_SCIM_VALUE' })
  const { id } = await scim.create('others', 'Group', { displayName: 'h' })
  const itself = { Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] }
  await assert.rejects(scim.patch('others', 'Group', id, itself, null), { code: 'ERR_SCIM_VALUE' }, 'nor itself')
  await scim.create('others', 'User', user('ada'))
})

test('a name is taken once, whatever its case, and free again when its user is gone', async () => {
  const { scim } = open()
  const ada = await scim.create('people', 'User', user('ada'))
  await assert.rejects(scim.create('people', 'User', user('ADA')), { code: 'ERR_SCIM_TAKEN' })
  const other = await scim.create('people', 'User', user('bob'))
  const rename = { Operations: [{ op: 'replace', path: 'userName', value: 'Ada' }] }
  await assert.rejects(scim.patch('people', 'User', other.id, rename, null), { code: 'ERR_SCIM_TAKEN' })
  await scim.remove('people', 'User', ada.id, null)
  await scim.patch('people', 'User', other.id, rename, null)
})

test('a stale If-Match is refused, and two writers at once both count', async () => {
  const { scim } = open()
  const ada = await scim.create('people', 'User', user('ada'))
  const set = (path: string, value: string, match: string | null) =>
    scim.patch('people', 'User', ada.id, { Operations: [{ op: 'replace', path, value }] }, match)
  await set('title', 'x', 'W/"1"')
  await assert.rejects(set('title', 'y', 'W/"1"'), { code: 'ERR_SCIM_VERSION' })
  await Promise.all([set('title', 'z', null), set('userType', 'Contractor', null)])
  const { body, version } = await scim.read('people', 'User', ada.id)
  assert.deepEqual([body['title'], body['userType'], version], ['z', 'Contractor', 4])
})

test('filters find by name, id, the sender’s id and anything else; pages are whole', async () => {
  const { scim } = open()
  const ids: string[] = []
  for (let n = 0; n < 25; n++) {
    ids.push(
      (await scim.create('people', 'User', user(`u${n}`, { externalId: `X${n}`, userType: n % 2 ? 'a' : 'b' }))).id,
    )
  }
  assert.deepEqual(await find(scim, 'userName eq "U7"'), [ids[7]])
  assert.deepEqual(await find(scim, `id eq "${ids[3]}"`), [ids[3]])
  assert.deepEqual(await find(scim, 'externalId eq "X9" and userType eq "a"'), [ids[9]])
  assert.deepEqual(await find(scim, 'externalId eq "x9"'), [], 'ids keep their case')
  const odd = await scim.list('people', 'User', { filter: 'userType eq "a"', start: 11, count: 10, withMembers: false })
  assert.deepEqual([odd.total, odd.resources.length], [12, 2])
  const seen: string[] = []
  for (let start = 1; start <= 25; start += 10) {
    const page = await scim.list('people', 'User', { filter: undefined, start, count: 10, withMembers: false })
    assert.equal(page.total, 25)
    seen.push(...page.resources.map(({ id }) => id))
  }
  assert.deepEqual(new Set(seen), new Set(ids))
  const none = await scim.list('people', 'User', { filter: undefined, start: -3, count: -1, withMembers: false })
  assert.deepEqual([none.start, none.total, none.resources.length], [1, 25, 0])
})

test('nothing of a person is readable in the store; a rotated key still opens it, and a removed source leaves nothing', async () => {
  const { scim, store, keys } = open()
  const ada = await scim.create('people', 'User', user(secret, { displayName: 'Ada Lovelace' }))
  const rows = () =>
    ['scim_resource', 'scim_key', 'scim_member'].flatMap((table) => store.reader.all<object>(`SELECT * FROM ${table}`))
  const bytes = Buffer.concat(
    rows().flatMap((row) =>
      Object.values(row).map((value) => Buffer.from(value instanceof Uint8Array ? value : String(value))),
    ),
  )
  for (const planted of [secret, 'Ada.Conf', 'Lovelace']) assert.equal(bytes.includes(planted), false, planted)
  await rewrapScimKeys({ ...store, keys }, tenant)
  scim.forget('people')
  assert.equal((await scim.read('people', 'User', ada.id)).body['userName'], secret)
  await store.writer.submit(dropScim({ tenant, source: 'people' }))
  assert.deepEqual(rows(), [])
})
