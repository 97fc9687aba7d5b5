import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, ManualClock, seededBytes, seededRandom } from '#kit'
import { createKeys, keysWriter, readKeyRecords } from '#guards'
import { defaultTenant, entityId } from '#model'
import { validateOcsf } from '#model/ocsf'
import { openLocalStore } from '#store'
import type { ActionContext, Member } from '#respond/contract'

import { keysActions, keysConnector, nameKey, type KeysConfig } from './index.ts'

const owner = entityId('identity', 'cordon', 'svc-annotator')
const admin = entityId('identity', 'cordon', 'u-admin')
const kill = keysActions.find(({ verb }) => verb === 'keys.key.kill')
assert.ok(kill)

const open = () => {
  const store = openLocalStore([keysWriter])
  const clock = new ManualClock(5000)
  const keys = createKeys({ ...store, clock, random: seededBytes(seededRandom(3)) })
  const context: ActionContext<KeysConfig> = {
    config: keysConnector.config.parse({}),
    authority: 'cordon',
    contain: {},
    http: createHttp([]),
    clock,
    signal: new AbortController().signal,
    key: 'act_test',
    home: keys.home(defaultTenant),
    lent: () => undefined,
    isOwn: () => false,
  }
  return { ...store, keys, context }
}
const member = (entity: Member['entity']): Member => ({
  entity,
  role: 'readable',
  credentialKind: 'key',
  identity: owner,
  attributes: {},
})

test('a key is killed, proven dead by trying it, and revived', async () => {
  const { keys, context } = open()
  const { id, token } = await keys.issue(defaultTenant, owner)
  const target = kill.targetFor(member(nameKey(id)))
  assert.ok(target)
  assert.equal((await kill.probe.run(context, target)).verdict, 'alive')
  assert.equal(await kill.readBack?.(context, target), 'absent')
  const applied = await kill.apply(context, target)
  assert.equal((await keys.verify(defaultTenant, token)).verdict, 'refused')
  const probed = await kill.probe.run(context, target)
  assert.equal(probed.verdict === 'dead' && probed.proof.kind, 'probed')
  assert.equal(await kill.readBack?.(context, target), 'landed')
  const again = await kill.apply(context, target)
  await kill.undo?.(context, target, again.undoState)
  assert.equal((await keys.verify(defaultTenant, token)).verdict, 'refused', 'the second step killed nothing')
  await kill.undo?.(context, target, applied.undoState)
  assert.equal((await keys.verify(defaultTenant, token)).verdict, 'live')
})

test("only Cordon's own keys are targets", () => {
  assert.equal(kill.targetFor(member(entityId('credential', 'fp', 'k1.abc'))), undefined)
  assert.equal(kill.targetFor(member(entityId('identity', 'cordon', 'a'.repeat(16)))), undefined)
  assert.equal(kill.targetFor(member(entityId('credential', 'id.example', 'a'.repeat(16)))), undefined)
})

test('records become the key, who answers for it, and the fingerprint a host would find', async () => {
  const { keys, reader } = open()
  const { id, token } = await keys.issue(defaultTenant, owner, ['gateway'], admin)
  await keys.verify(defaultTenant, token, '192.0.2.7')
  await keys.kill(defaultTenant, id)
  const normalized = readKeyRecords(reader, defaultTenant).events.map(({ raw, eventAtMs }) =>
    keysConnector.normalize({
      stream: 'log',
      raw: JSON.parse(JSON.stringify(raw).replace(/sha256:[0-9a-f]{64}/, 'fp:k1.EXAMPLE')),
      eventAtMs,
      arrivedAtMs: 6000,
      source: 'keys',
      authority: 'cordon',
    }),
  )
  assert.deepEqual(normalized.flatMap(({ ocsf }) => ocsf).flatMap(validateOcsf), [])
  const edges = normalized.flatMap((part) => part.edges).map(({ src, type, dst, op }) => [src, type, dst, op])
  assert.deepEqual(edges, [
    ['credential:fp:k1.EXAMPLE', 'SAME_AS', nameKey(id), 'open'],
    [nameKey(id), 'AUTHENTICATES_AS', owner, 'open'],
    [nameKey(id), 'OWNED_BY', owner, 'open'],
    [admin, 'CREATED', nameKey(id), 'open'],
    [owner, 'CAN_READ', 'resource:cordon:scope/gateway', 'open'],
    [nameKey(id), 'AUTHENTICATES_AS', owner, 'close'],
  ])
  const [touch] = normalized.flatMap(({ touches }) => touches)
  assert.deepEqual([touch?.credential, touch?.origin], [nameKey(id), '192.0.2.7'])
  assert.ok(normalized.every(({ unmapped }) => unmapped === undefined))
})
