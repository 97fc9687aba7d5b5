import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { canonicalJson, sha256, toHex } from '#kit'
import { defaultTenant, nativeOf } from '#model'
import { routes } from '#api/contract'
import { closeReview, itemsPage } from '#reviews'

import { rangesOf } from '../../src/app/core/review-desk.ts'
import { receiptsOf, startMs } from '../simulation/respond-world.ts'
import { ann, bob, cyd, dayMs, dee, edge, grant, group, openReviewYard } from './review-yard.ts'

const tenant = defaultTenant
const openYard = async () => {
  const yard = await openReviewYard()
  after(() => yard.close())
  return yard
}
const stepsOf = async ({ responder }: Awaited<ReturnType<typeof openYard>>, incidents: readonly string[] | null) => {
  const steps = []
  for (const id of incidents ?? []) {
    const { actions } = await responder.report(tenant, id as `inc_${string}`)
    steps.push(...actions.map(({ verb, target, state }) => `${verb} ${nativeOf(target)} ${state}`))
  }
  return steps.sort()
}

test('rights are frozen with their use, decided by others alone, and taken by a plan that waits for approval', async () => {
  const yard = await openYard()
  const { desk, show, reader, ground } = yard
  const review = await yard.open()
  assert.deepEqual(routes['review.open'].response.parse(review), review)
  assert.deepEqual([review.items, review.undecided, review.asOf], [3, 3, 7])
  const { items, waiting } = show(review.id)
  assert.deepEqual(routes['review.show'].response.parse(show(review.id)).items, items)
  assert.deepEqual(
    items.map(({ name, use, lastUseMs, evidence }) => [name, use, lastUseMs, evidence]),
    [
      ['Ann', 'used', null, [1]],
      ['Bob', 'used', null, [2]],
      ['Cyd', 'unused', startMs - 120 * dayMs, [3]],
    ],
  )
  assert.equal(items[0]?.reviewer, 'bob@example.com', 'nobody is asked about their own')
  assert.equal(items[1]?.reviewer, 'ann@example.com')
  assert.equal(
    waiting.reduce((sum, one) => sum + one.items, 0),
    3,
  )
  const [opened] = receiptsOf(reader, 'review.opened')
  const kept = itemsPage(reader, tenant, review.id, { after: 0, max: 9 }).map((item) => {
    const { n: _, decision: __, reason: ___, decidedBy: ____, decidedAtMs: _____, ...frozen } = item
    return frozen
  })
  assert.equal(opened?.facts['digest'], toHex(sha256(canonicalJson(kept))), 'what is shown is what the leaf says')

  // The estate goes on; what was frozen does not.
  ground.edges.push(edge(dee, 'MEMBER_OF', group, 20))
  assert.equal(show(review.id).review.items, 3)
  const say = { unused: false, decision: 'take', reason: 'left the project' } as const
  const decide = (by: string, items: number[], over = {}) => desk.decide(review.id, { ...say, items, ...over }, by)
  await assert.rejects(decide('Zoe', [1]), { code: 'ERR_REVIEW_REVIEWER' })
  await assert.rejects(decide('ann@example.com', [2, 1]), { code: 'ERR_REVIEW_OWN' })
  assert.equal(show(review.id).review.undecided, 3, 'all of a decision or nothing')
  await assert.rejects(decide('ann@example.com', [4]), { code: 'ERR_REVIEW_OWN' })
  assert.deepEqual(
    show(review.id, { mine: 'true' }, 'BOB@example.com').items.map(({ n }) => n),
    [1, 3],
  )
  await decide('ann@example.com', [2], { decision: 'keep', reason: 'works on it' })
  assert.equal((await decide('bob@example.com', [], { unused: true })).decided, 1)
  assert.equal((await decide('bob@example.com', [1])).review.taken, 2)
  const leaves = receiptsOf(reader, 'review.decided')
  assert.deepEqual(
    leaves.map(({ facts }) => [facts['decision'], facts['numbers']]),
    [
      ['keep', '2'],
      ['take', '3'],
      ['take', '1'],
    ],
  )
  assert.ok(
    leaves.every(({ facts }) => !JSON.stringify(facts).includes('project')),
    'reasons are sealed',
  )

  // Ann has left the group meanwhile.
  ground.edges = ground.edges.filter(({ src, dst }) => src !== ann || dst !== group)
  const closed = await desk.close(review.id, 'Zoe')
  assert.deepEqual(routes['review.close'].response.parse(closed), closed)
  assert.deepEqual([closed.gone, closed.byHand, closed.review.undecided], [1, 0, 0])
  assert.deepEqual(await stepsOf(yard, closed.review.incidents), [
    'okta.membership.remove membership/00g1people/00u1cyd awaiting-approval',
  ])
  await assert.rejects(decide('bob@example.com', [3]), { code: 'ERR_REVIEW_STATE' })
  await assert.rejects(desk.close(review.id, 'Zoe'), { code: 'ERR_REVIEW_STATE' })
  await yard.closing.run()
  assert.equal(yard.responder.list(tenant).length, 1, 'planned once')
})

test('reviewers are reminded before the day, and on it the rest is kept and named, or taken', async () => {
  for (const undecided of ['keep', 'take'] as const) {
    const yard = await openYard()
    const { clock, closing, responder, show } = yard
    const review = await yard.open({ undecided })
    await closing.run()
    assert.deepEqual(responder.tasks(tenant, null), [])
    await clock.advance(11 * dayMs + 1)
    for (let times = 0; times < 2; times++) await closing.run()
    assert.deepEqual(
      responder.tasks(tenant, null).map(({ target, says }) => [nativeOf(target), says[0]?.includes(review.id)]),
      [
        ['user/ann@example.com', true],
        ['user/bob@example.com', true],
      ],
    )
    await clock.advance(3 * dayMs)
    await closing.run()
    const { closedBy, undecided: left, incidents } = show(review.id).review
    assert.deepEqual([closedBy, left], ['automation', 3])
    assert.equal((await stepsOf(yard, incidents)).length, undecided === 'keep' ? 0 : 3)
    assert.deepEqual(responder.tasks(tenant, null), [], 'nobody is reminded any more')
  }
})

test('a crash between the end and its plans loses nothing and doubles nothing', async () => {
  const yard = await openYard()
  const review = await yard.open({ undecided: 'take' })
  await yard.writer.submit(closeReview({ tenant, review: review.id, by: 'Zoe', atMs: startMs }))
  assert.equal(yard.show(review.id).review.incidents, null)
  const again = yard.start()
  await Promise.all([again.run(), again.run()])
  const { incidents } = yard.show(review.id).review
  assert.equal((await stepsOf(yard, incidents)).length, 3)
  assert.equal(yard.responder.list(tenant).length, 1)
})

test('of a data set the membership on the way is taken, what no action takes is a task, and an app loses a grant', async () => {
  const yard = await openYard()
  const { desk } = yard
  const data = await yard.open({ of: 'Payroll', reviewers: 'owners' }).catch((error: unknown) => error)
  assert.ok(data instanceof Error && 'code' in data && data.code === 'ERR_REVIEW_REVIEWER', 'nobody owns it')
  await assert.rejects(yard.open({ of: 'Outer' }), { code: 'ERR_REVIEW_EMPTY' })
  await assert.rejects(yard.open({ reviewers: ['nobody'] }), { code: 'ERR_REVIEW_REVIEWER' })
  assert.deepEqual((await yard.open({ reviewers: 'owners' })).reviewers, ['ann@example.com'])
  const readers = await yard.open({ of: 'Payroll', reviewers: ['Zoe'] })
  const { items } = yard.show(readers.id)
  assert.deepEqual(
    items.map(({ of, through, use }) => [of, ...through, use].join(' ')).sort(),
    [
      `${ann} ${group} untold`,
      `${bob} ${group} untold`,
      `${cyd} ${group} untold`,
      `${dee} untold`,
      `${grant} ${cyd} ${group} untold`,
    ].sort(),
  )
  const numbers = items.filter(({ of }) => of === dee || of === cyd).map(({ n }) => n)
  await desk.decide(readers.id, { items: numbers, unused: false, decision: 'take', reason: 'x' }, 'zoe')
  const closed = await desk.close(readers.id, 'Zoe')
  assert.equal(closed.byHand, 1)
  assert.deepEqual(await stepsOf(yard, closed.review.incidents), [
    'manual.task 00u1dee unknown',
    'okta.membership.remove membership/00g1people/00u1cyd awaiting-approval',
  ])
  assert.match(
    yard.responder.tasks(tenant, null)[0]?.says[0] ?? '',
    /no step of okta takes this right alone and can give it back/,
    'a task says why it is one',
  )
  assert.equal(items.find(({ of }) => of === grant)?.kind, 'credential', 'not the membership of whoever gave it')
  const grants = await yard.open({ of: 'Wiki', reviewers: ['Zoe'], undecided: 'take' })
  assert.deepEqual(
    yard.show(grants.id).items.map(({ of, name, use }) => [of, name, use]),
    [[grant, 'Cyd', 'unused']],
  )
  const ended = await desk.close(grants.id, 'Zoe')
  assert.deepEqual(await stepsOf(yard, ended.review.incidents), [
    'okta.grant.revoke grant/00u1cyd/oag1 awaiting-approval',
  ])
})

test('numbers of a leaf are short', () => {
  assert.equal(rangesOf([1, 2, 3, 7, 9, 10]), '1-3,7,9-10')
  assert.equal(rangesOf([]), '')
})
