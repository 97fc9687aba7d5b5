import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'

import { wayToTake } from '../../../src/app/core/taking-rights.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { applied } from '../apply.ts'
import { account, actionOf, foundCompany, openCordon } from './company.ts'
import { allow } from './shop.ts'

const remove = actionOf('aws.user-policy.remove')

async function found() {
  const company = await foundCompany()
  const { state, clock } = company
  const cordon = openCordon(company)
  const [bucket, other] = ['arn:aws:s3:::people', 'arn:aws:s3:::logs']
  state.addBucket('logs', clock.nowMs())
  const clerk = state.addUser('clerk', clock.nowMs())
  const document = allow(['s3:GetObject'], `${bucket}/*`)
  clerk.inline.set(new Map([['people', document]]), 0)
  const wide = state.addUser('wide', clock.nowMs())
  wide.inline.set(new Map([['all', allow(['s3:GetObject'], '*')]]), 0)
  const right = (user: { id: string }, arn = bucket): EntityId =>
    entityId('resource', account, `user-right/${user.id}/${arn}`)
  return { ...company, cordon, clerk, wide, bucket, other, document, right }
}

test('a review takes what one policy alone gives; of other rights it says why a person does', async (t) => {
  const { cordon, clerk, wide, bucket, right, close } = await found()
  t.after(close)
  await cordon.pull('inventory')
  const parts = {
    sources: { list: () => [{ connector: 'aws', authority: account }] },
    registry: createRegistry(undefined, []),
  }
  const view = cordon.estate.view()
  const way = (user: { id: string }) =>
    wayToTake(parts, view, entityId('identity', account, user.id), entityId('resource', account, bucket))
  assert.deepEqual(await way(clerk), { takes: right(clerk) })
  assert.deepEqual(await way(wide), { why: 'the policy `all` gives it, and more than that' })
  const nobody = { id: 'AIDANOBODY0000000001' }
  assert.deepEqual(await way(nobody), { why: 'no step of aws takes this right alone and can give it back' })
})

test('what changed since it was planned is not taken, and a policy of the same name is not written over', async (t) => {
  const { cordon, clerk, wide, bucket, other, document, right, state, close } = await found()
  t.after(close)
  const context = () => cordon.context()
  await assert.rejects(applied(remove, context(), right(wide)), {
    code: 'ERR_AWS_TARGET',
    message: /and more than that/,
  })
  assert.equal((await applied(remove, context(), right(clerk, other))).says, 'no policy gave it any more')

  const spared = [entityId('identity', account, clerk.id)]
  await assert.rejects(Promise.resolve(remove.apply(cordon.context({ spared }), right(clerk))), {
    code: 'ERR_AWS_TARGET',
  })
  assert.equal(clerk.inline.shown().get('people'), document)

  const { undoState } = await applied(remove, context(), right(clerk))
  assert.equal(clerk.inline.shown().size, 0)
  const written = allow(['s3:PutObject'], `${bucket}/*`)
  clerk.inline.set(new Map([['people', written]]), 0)
  await assert.rejects(Promise.resolve(remove.undo?.(context(), right(clerk), undoState)), {
    message: /another policy `people`/,
  })
  assert.equal(clerk.inline.shown().get('people'), written)
  clerk.inline.set(new Map(), 0)
  for (let times = 0; times < 2; times++) await remove.undo?.(context(), right(clerk), undoState)
  assert.deepEqual([...clerk.inline.shown()], [['people', document]], 'as it was')
  state.users.delete('clerk')
  assert.equal((await remove.probe.run(context(), right(clerk))).verdict, 'dead')
})
