import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, systemRandom } from '#kit'
import { defaultTenant, entityId, type EntityId, type TenantId } from '#model'
import { createMemoryEstate } from '#estate'
import { appendReceipt, receiptArgs } from '#ledger'
import { ledgerWriter } from '#ledger/writer'
import { sayOwner } from '#identities'
import { exceptionsInForce } from '#posture'
import { identitiesWriter } from '#identities/writer'
import { postureWriter } from '#posture/writer'
import { openLocalStore } from '#store'
import { routes, type BodyOf } from '#api/contract'

import { createRegistry } from '../registry.ts'
import { createPostureDesk } from './posture-desk.ts'

const dayMs = 86_400_000
const startMs = Date.UTC(2026, 5, 1)
const other: TenantId = 't_other'
const registry = createRegistry(undefined)
const source = {
  id: 'aws',
  connector: 'aws',
  authority: '111122223333',
  state: 'active' as const,
  streams: (registry.find('aws')?.connector.streams ?? []).map(({ name }) => ({ name, lastSuccessAtMs: startMs })),
}

/** Three keys that nobody ever used, and the desks of two companies over one store. */
const ada = entityId('identity', 'okta', '00u1')
const gone = entityId('identity', 'okta', '00u2')

function openDesks() {
  const clock = new ManualClock(startMs)
  const store = openLocalStore([ledgerWriter, postureWriter, identitiesWriter])
  const user = entityId('identity', source.authority, 'user/build')
  const keys = ['AKIAEXAMPLE1', 'AKIAEXAMPLE2', 'AKIAEXAMPLE3'].map((native) => entityId('credential', 'aws', native))
  const observedAtMs = startMs - 50 * dayMs
  const stands = { validFrom: 1, validTo: null, observedAtMs, confidence: 'observed', conditional: false } as const
  const estate = createMemoryEstate({
    edges: keys.map((src, at) => ({
      ...stands,
      edge: at + 1,
      src,
      type: 'AUTHENTICATES_AS',
      dst: user,
      note: null,
      evidence: at + 1,
    })),
    facts: [
      ...keys.map((entity) => ({
        entity,
        observedAtMs,
        attributes: { kind: 'key', account: source.authority, createdAtMs: observedAtMs, tellsUse: true },
      })),
      { entity: user, observedAtMs, attributes: { kind: 'service', name: 'build' } },
      { entity: ada, observedAtMs, attributes: { kind: 'human', email: 'ada@example.com' } },
      { entity: gone, observedAtMs, attributes: { kind: 'human', email: 'gone@example.com', enabled: false } },
    ],
  })
  const deskOf = (tenant: TenantId) =>
    createPostureDesk({
      ...store,
      tenant,
      clock,
      view: () => Promise.resolve(estate),
      sources: { list: () => [source] },
      registry,
      readSince: () => 0,
      responder: { open: () => assert.fail('nobody mends anything here'), protectedEntities: () => [] },
      receipt: (what, facts, sealed) =>
        appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom)),
    })
  const leaves = () =>
    store.reader
      .all<{ leaf: string }>(
        'SELECT CAST(entry AS TEXT) AS leaf FROM ledger_leaf WHERE tenant = ? ORDER BY idx',
        defaultTenant,
      )
      .map(({ leaf }) => leaf)
  const inForceOf = (tenant: TenantId) => exceptionsInForce(store.reader, tenant, clock.nowMs()).size
  const answersFor = (identity: EntityId, owner: EntityId) =>
    store.writer.submit(
      sayOwner({ tenant: defaultTenant, word: { identity, owner, purpose: null, by: 'ada', atMs: clock.nowMs() } }),
    )
  return { clock, inForceOf, answersFor, user, desk: deskOf(defaultTenant), elsewhere: deskOf(other), leaves }
}
type Desk = ReturnType<typeof openDesks>['desk']

const unused = async (desk: Desk, state: 'open' | 'all' = 'open') =>
  desk.list({ kind: 'unused-key', state, max: 1_000 })
async function firstOf(desk: Desk) {
  const [finding] = (await unused(desk)).findings
  assert.ok(finding, 'a key is weak')
  return finding
}
const body = (untilMs: number): BodyOf<'posture.except'> => ({
  owner: 'ada@example.com',
  reason: 'the old build ends in July',
  untilMs,
})

test('what a program has is answered for by the person who said so, and by the program until then', async () => {
  const { desk, elsewhere, answersFor, user } = openDesks()
  const { owner, ownerName } = await firstOf(desk)
  assert.deepEqual([owner, ownerName], [user, 'build'])
  await answersFor(user, ada)
  const said = await firstOf(desk)
  assert.deepEqual([said.owner, said.ownerName], [ada, 'ada@example.com'])
  await answersFor(user, gone)
  assert.equal((await firstOf(desk)).owner, user, 'who has left answers for nothing')
  assert.equal((await firstOf(elsewhere)).owner, user, 'what is said in one tenant is not heard in another')
})

test('what somebody answers for is left out and counted, shown apart on request, and back at its end by itself', async () => {
  const { clock, desk } = openDesks()
  const [first, finding, last] = (await unused(desk)).findings
  assert.ok(first !== undefined && finding !== undefined && last !== undefined)
  const untilMs = startMs + 30 * dayMs - 1
  const made = await desk.except(finding.id, body(untilMs), 'grace')
  assert.deepEqual(
    [made.finding, made.kind, made.on, made.owner, made.by, made.atMs, made.state, made.daysLeft],
    [finding.id, 'unused-key', finding.on, 'ada@example.com', 'grace', startMs, 'in-force', 30],
  )

  const open = await unused(desk)
  assert.deepEqual([open.total, open.excepted, open.findings.map(({ id }) => id)], [2, 1, [first.id, last.id]])
  assert.ok(open.findings.every(({ exception }) => exception === null))
  const all = await unused(desk, 'all')
  assert.deepEqual([all.total, all.excepted], [3, 1])
  assert.deepEqual(all.findings.find(({ id }) => id === finding.id)?.exception, made)
  assert.deepEqual((await desk.show(finding.id)).finding.exception, made)
  // A page that ended with the finding was read before it was excepted.
  const next = await desk.list({ kind: 'unused-key', state: 'open', after: finding.id, max: 1_000 })
  assert.deepEqual(
    next.findings.map(({ id }) => id),
    [last.id],
  )

  await clock.advance(30 * dayMs - 2)
  assert.equal((await unused(desk)).excepted, 1, 'the last moment')
  await clock.advance(1)
  const back = await unused(desk)
  assert.deepEqual([back.total, back.excepted], [3, 0])
  assert.ok(back.findings.some(({ id }) => id === finding.id))
  assert.deepEqual((await desk.exceptions({ state: 'in-force', max: 10 })).exceptions, [])
  const [past] = (await desk.exceptions({ state: 'all', max: 10 })).exceptions
  assert.deepEqual([past?.finding, past?.state, past?.daysLeft], [finding.id, 'ended', 0])
})

test('an exception is lifted and made anew, and both stay in the history with who decided', async () => {
  const { clock, desk, leaves } = openDesks()
  const { id } = await firstOf(desk)
  await desk.except(id, body(startMs + dayMs), 'grace')
  await assert.rejects(desk.except(id, body(startMs + 2 * dayMs), 'mallory'), {
    code: 'ERR_POSTURE_EXCEPTED',
    hint: `to decide anew, end that one first: \`cordon posture unexcept ${id}\``,
  })
  await clock.advance(1_000)
  await desk.unexcept(id, 'linus')
  assert.equal((await unused(desk)).excepted, 0, 'back at once')
  await assert.rejects(desk.unexcept(id, 'linus'), { code: 'ERR_POSTURE_UNKNOWN' })
  await desk.except(id, body(startMs + 3 * dayMs), 'grace')

  const { total, exceptions } = await desk.exceptions({ state: 'all', max: 10 })
  assert.deepEqual(
    [total, exceptions.map((one) => [one.number, one.state, one.by, one.liftedBy, one.liftedAtMs])],
    [
      2,
      [
        [2, 'in-force', 'grace', null, null],
        [1, 'lifted', 'grace', 'linus', startMs + 1_000],
      ],
    ],
  )
  const second = await desk.exceptions({ state: 'all', before: 2, max: 1 })
  assert.deepEqual([second.total, second.exceptions[0]?.number], [2, 1])

  const told = leaves()
  const whats = told.map((leaf) => /"what":"([^"]+)"/.exec(leaf)?.[1])
  assert.deepEqual(
    whats,
    ['posture.excepted', 'posture.unexcepted', 'posture.excepted'],
    'what was refused left no leaf',
  )
  assert.doesNotMatch(told.join('\n'), /ada@example|old build|grace|linus/, 'who and why are sealed')
})

test('what names no finding of this company, or no day within a year, is refused', async () => {
  const { desk, elsewhere, inForceOf } = openDesks()
  const { id } = await firstOf(desk)
  await assert.rejects(desk.except('fnd_aaaaaaaaaaaaaaaa', body(startMs + dayMs), 'grace'), {
    code: 'ERR_POSTURE_UNKNOWN',
  })
  for (const untilMs of [startMs - dayMs, startMs, startMs + 366 * dayMs + 1]) {
    await assert.rejects(desk.except(id, body(untilMs), 'grace'), { code: 'ERR_POSTURE_UNTIL', place: 'untilMs' })
  }
  assert.equal((await desk.exceptions({ state: 'all', max: 10 })).total, 0)
  await desk.except(id, body(startMs + 366 * dayMs), 'grace')

  // Of another company over the same store: nothing is seen, counted, numbered or ended.
  await assert.rejects(elsewhere.except(id, body(startMs + dayMs), 'eve'), { code: 'ERR_POSTURE_UNKNOWN' })
  await assert.rejects(elsewhere.unexcept(id, 'eve'), { code: 'ERR_POSTURE_UNKNOWN' })
  assert.deepEqual((await elsewhere.exceptions({ state: 'all', max: 10 })).exceptions, [])
  assert.deepEqual([inForceOf(defaultTenant), inForceOf(other)], [1, 0])
  assert.equal((await elsewhere.exceptions({ state: 'in-force', max: 10 })).total, 0)
  const own = await elsewhere.except((await firstOf(elsewhere)).id, body(startMs + dayMs), 'eve')
  assert.equal(own.number, 1)
  const [first, ...more] = (await desk.exceptions({ state: 'all', max: 10 })).exceptions
  assert.deepEqual([first?.finding, first?.state, more.length], [id, 'in-force', 0])
})

test('an owner and a reason are one plain line each, and never missing', () => {
  const takes = (change: object): boolean =>
    routes['posture.except'].body.safeParse({ ...body(startMs), ...change }).success
  assert.ok(takes({}) && takes({ reason: 'r'.repeat(500) }) && takes({ reason: 'läuft bis Juli – dann weg' }))
  const bad = ['', '  ', 'a\nb', 'a\u001b[2Jb', 'a\u202eb', 'a\u2028b', '\ud800', undefined]
  for (const text of [...bad, 'r'.repeat(501)]) assert.ok(!takes({ reason: text }), `reason ${JSON.stringify(text)}`)
  for (const text of [...bad, 'o'.repeat(201)]) assert.ok(!takes({ owner: text }), `owner ${JSON.stringify(text)}`)
  assert.ok(!takes({ untilMs: undefined }) && !takes({ untilMs: 1.5 }) && !takes({ forever: true }))
})

test('what somebody answers for is not mended: left out of a kind, refused by name', async () => {
  const { desk } = openDesks()
  const finding = await firstOf(desk)
  await desk.except(finding.id, body(startMs + 30 * dayMs), 'grace')
  const what = { kind: 'unused-key', max: 1 }
  const { batches, excepted, beyond } = await desk.fix({ what, dryRun: true }, 'grace')
  const things = batches.flatMap((batch) => batch.things)
  assert.deepEqual([things.length, excepted, beyond], [1, 1, 1])
  assert.ok(things.every((thing) => thing.finding !== finding.id && thing.verbs.includes('aws.key.deactivate')))
  const named = desk.fix({ what: { findings: [finding.id] }, dryRun: true }, 'grace')
  await assert.rejects(named, { code: 'ERR_POSTURE_EXCEPTED' })
  await assert.rejects(desk.fix({ what: { kind: 'no-such', max: 1 }, dryRun: true }, 'grace'), {
    code: 'ERR_POSTURE_UNKNOWN',
  })
})
