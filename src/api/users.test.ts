import assert from 'node:assert/strict'
import { test } from 'node:test'

import { systemClock, systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { command, handler, openLocalStore } from '#store'

import { addFirstUser } from './add-user.ts'
import { newUserToken } from './contract/index.ts'
import { apiWriter, createUser, revokeUser, verifyUserToken } from './users.ts'

const tenant = defaultTenant
const add = (name: string, roles: string[], isFirst = false) => {
  const { id, token, hash } = newUserToken(systemRandom)
  return { token, command: createUser({ tenant, name, roles, tokenId: id, tokenHash: hash, nowMs: 1, isFirst }) }
}

test('the bootstrap makes one administrator, and never another, not even after a revocation', async () => {
  const { writer } = openLocalStore([apiWriter])
  await writer.submit(add('ada', ['admin'], true).command)
  await assert.rejects(writer.submit(add('eve', ['admin'], true).command), { code: 'ERR_API_BOOTSTRAP_OVER' })
})

test('the bootstrap asked again with the same token answers the same, and is one receipt', async () => {
  let receipts = 0
  const noteReceipt = command<null, null>('test.receipt')
  const note = handler(noteReceipt, () => {
    receipts++
    return null
  })
  const store = openLocalStore([apiWriter, { name: 'test', migrations: [], handlers: [note] }])
  let nowMs = 1
  const clock = { ...systemClock, nowMs: () => nowMs++ }
  const services = { ...store, tenant, clock, receipt: () => noteReceipt(null) }
  const [mine, other] = [newUserToken(systemRandom), newUserToken(systemRandom)]
  const ada = await addFirstUser(services, 'ada', mine)
  assert.deepEqual(await addFirstUser(services, 'ada', mine), ada)
  assert.equal(verifyUserToken(store.reader, tenant, mine.token)?.id, 'ada')
  const over = { code: 'ERR_API_BOOTSTRAP_OVER' }
  await assert.rejects(addFirstUser(services, 'ada', other), over)
  await assert.rejects(addFirstUser(services, 'eve', mine), over)
  await assert.rejects(addFirstUser(services, 'ada', { id: mine.id, hash: other.hash }), over)
  assert.equal(receipts, 1)
})

test('a revoked user signs in no more, and the name is not given out again', async () => {
  const { writer, reader } = openLocalStore([apiWriter])
  await writer.submit(add('ada', ['admin']).command)
  const grace = add('grace', ['viewer', 'approver'])
  await writer.submit(grace.command)
  assert.deepEqual(verifyUserToken(reader, tenant, grace.token)?.roles, ['viewer', 'approver'])
  assert.equal(
    verifyUserToken(reader, tenant, `${grace.token.slice(0, -1)}${grace.token.endsWith('A') ? 'E' : 'A'}`),
    undefined,
  )
  await writer.submit(revokeUser({ tenant, name: 'grace', nowMs: 2 }))
  assert.equal(verifyUserToken(reader, tenant, grace.token), undefined)
  await assert.rejects(writer.submit(add('grace', ['viewer']).command), { code: 'ERR_API_EXISTS' })
  await assert.rejects(writer.submit(revokeUser({ tenant, name: 'grace', nowMs: 3 })), { code: 'ERR_API_NOT_FOUND' })
})

test('the last administrator cannot be revoked', async () => {
  const { writer } = openLocalStore([apiWriter])
  await writer.submit(add('ada', ['admin']).command, add('grace', ['viewer']).command)
  await assert.rejects(writer.submit(revokeUser({ tenant, name: 'ada', nowMs: 2 })), { code: 'ERR_API_LAST_ADMIN' })
  await writer.submit(add('linus', ['admin']).command)
  await writer.submit(revokeUser({ tenant, name: 'ada', nowMs: 3 }))
})
