import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, seededBytes, seededRandom } from '#kit'
import { createKeys, readKeyRecords } from '#guards'
import { defaultTenant, entityId } from '#model'
import { addSource, listSources } from '#sources'
import { openLocalStore } from '#store'

import { writerModules } from '../writer-modules.ts'
import { deadLines, placeOwnKeys } from './own-keys.ts'

const tenant = defaultTenant
const owner = entityId('identity', 'cordon', 'svc-annotator')
const place = (name: string) => entityId('resource', 'vault.example', `kv/secret/${name}`)

function open() {
  const store = openLocalStore(writerModules())
  const clock = new ManualClock(1_000_000)
  const keys = createKeys({ ...store, clock, random: seededBytes(seededRandom(5)) })
  const add = (id: string, connector: string, successors: { key: string; place: string }[]) =>
    store.writer.submit(
      addSource({
        tenant,
        id,
        connector,
        config: { successors },
        authority: 'cordon',
        sealedSee: null,
        sealedContain: null,
        trust: 'vendor',
        scope: { about: [] },
        createdAtMs: 1,
      }),
    )
  const said = () =>
    readKeyRecords(store.reader, tenant).events.flatMap(({ raw }) => {
      const { type, key, place: to } = Object(raw)
      return type === 'key.placed' ? [`${key} ${to}`] : []
    })
  return { ...store, keys, add, said, parts: { tenant, reader: store.reader, keys } }
}

test('successors go where sources of the connector `keys` say, the first of two that contradict, and it is told once', async () => {
  const { keys, add, said, parts } = open()
  const one = await keys.issue(tenant, owner)
  const two = await keys.issue(tenant, owner)
  await add('a-keys', 'keys', [{ key: one.id, place: place('one') }])
  await add('b-keys', 'keys', [
    { key: one.id, place: place('elsewhere') },
    { key: two.id, place: place('two') },
    { key: 'a'.repeat(16), place: place('nobody') },
  ])
  await add('c-other', 'aws', [{ key: two.id, place: place('not-of-keys') }])
  await placeOwnKeys(parts)
  await placeOwnKeys(parts)
  assert.deepEqual(new Set(said()), new Set([`${one.id} ${place('one')}`, `${two.id} ${place('two')}`]))
  assert.equal(said().length, 2)
  await keys.place(tenant, [])
  assert.deepEqual(new Set(said().slice(2)), new Set([`${one.id} null`, `${two.id} null`]))
})

test('a line whose key is dead or none is said by `source check`', async () => {
  const { reader, keys, add } = open()
  const { id } = await keys.issue(tenant, owner)
  await add('a-keys', 'keys', [
    { key: id, place: place('one') },
    { key: 'a'.repeat(16), place: place('nobody') },
  ])
  const [source] = listSources(reader, tenant)
  assert.ok(source)
  assert.deepEqual(deadLines(source, keys, tenant).length, 1)
  await keys.kill(tenant, id)
  assert.match(deadLines(source, keys, tenant).join('\n'), new RegExp(`\`${id}\`, which is dead.*\n.*which is none`))
})
