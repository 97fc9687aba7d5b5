import assert from 'node:assert/strict'
import { test } from 'node:test'

import { systemRandom } from '#kit'
import { defaultTenant } from '#model'
import { openLocalStore } from '#store'

import { apiWriter, createUser, newUserToken, revokeUser, verifyUserToken } from './users.ts'

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
