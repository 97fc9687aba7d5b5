// npm run bench:reviews [MEMBERS]: a review of a group with so many members: opened, shown, decided by the thousand, and the
// plans of the first 1,000 that it took; the baseline is the same rows written by one plain command, in the same run. The estate
// is the small one that tests hold in memory: what a real one takes for its answers is in bench:graph.
import { seededRandom } from '#kit'
import { nativeOf, type EntityId } from '#model'
import { openReview, itemsPage } from '#reviews'

import { dayMs, edge, fact, group, openReviewYard, who } from '../test/conformance/review-yard.ts'

const members = Number(process.argv[2] ?? 42_000)
const unit = seededRandom(42)
const people: EntityId[] = Array.from({ length: members }, (_, n) => who(`00u2p${n}`))
/** Three in ten did not use it. */
const unused = people.filter(() => unit() < 0.3)
const yard = await openReviewYard({
  edges: people.map((one, n) => edge(one, 'MEMBER_OF', group, n + 1)),
  facts: [
    ...people.map((one) => fact(one, { name: nativeOf(one), login: `${nativeOf(one)}@example.com` })),
    fact(group, { name: 'People', kind: 'group' }),
  ],
  unused,
  asOf: 1,
})
const timed = async <T>(what: string, work: () => Promise<T>): Promise<[T, number]> => {
  const began = process.cpuUsage()
  const beganMs = performance.now()
  const result = await work()
  const ms = performance.now() - beganMs
  const { user, system } = process.cpuUsage(began)
  console.log(`${what}: ${Math.round(ms)} ms, ${Math.round((user + system) / 1000)} ms of CPU`)
  return [result, ms]
}
const reviewers = ['ann@example.com', 'bob@example.com']
const [review, openMs] = await timed(`opened with ${members} rights`, () =>
  yard.desk.open({ of: 'People', reviewers, dueMs: 14 * dayMs, undecided: 'keep' }, 'Zoe'),
)
await timed('shown, by pages of 1,000', () => {
  let seen = 0
  for (let after = 0; ;) {
    const { items } = yard.show(review.id, { after, max: 1_000 })
    seen += items.length
    const last = items.at(-1)
    if (last === undefined) break
    after = last.n
  }
  if (seen !== members) throw new Error(`${seen} of ${members} shown`)
  return Promise.resolve()
})
const [{ decided }] = await timed(`${unused.length} unused kept by one decision`, () =>
  yard.desk.decide(review.id, { items: [], unused: true, decision: 'keep', reason: 'looked at' }, 'ann@example.com'),
)
const first = Array.from({ length: Math.min(1_000, members) }, (_, n) => n + 1)
await timed(`${first.length} taken by one more`, () =>
  yard.desk.decide(
    review.id,
    { items: first, unused: false, decision: 'take', reason: 'not needed' },
    'bob@example.com',
  ),
)
const [closed] = await timed('closed, and planned', () => yard.desk.close(review.id, 'Zoe'))
const items = itemsPage(yard.reader, 't_default', review.id, { after: 0, max: members })
const [, plainMs] = await timed('baseline: the rows alone', () =>
  yard.writer.submit(
    openReview({
      tenant: 't_default',
      review: { ...review, id: 'rev_baseline', reviewers },
      items,
    }),
  ),
)
if (decided !== unused.length) throw new Error(`${decided} of ${unused.length} decided`)
console.log(
  `${closed.review.incidents?.length ?? 0} incidents; opening is ${(openMs / plainMs).toFixed(1)} x its rows alone`,
)
yard.close()
