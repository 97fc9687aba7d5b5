import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId, seededRandom } from '#kit'
import { defaultTenant, entityId, type IncidentId } from '#model'

import { host, key, makeJoinWorld, type JoinWorld } from '../../../test/simulation/join-world.ts'
import { startMs } from '../../../test/simulation/respond-world.ts'
import { linesOf, pageOf } from '../../respond/timeline/group.ts'
import type { Moment } from '../../respond/timeline/types.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const incidentOf = (name: string): IncidentId => hashId('inc', defaultTenant, hashId('fnd', defaultTenant, name))
const timeline = (world: JoinWorld, incident: IncidentId, after?: string, max = 500) =>
  world.responder.timeline(defaultTenant, incident, { after, max }, (offsets) =>
    Promise.resolve(
      new Map(
        offsets.map((offset) => [
          offset,
          { atMs: startMs + hourMs, arrivedAtMs: startMs + hourMs + 5_000, source: 'vault-1', stream: 'log' },
        ]),
      ),
    ),
  )

test('one incident has one timeline, under each of its ids: findings, reach, decisions, steps and proofs as they happened', async () => {
  const world = makeJoinWorld()
  world.state(host('build-7'), 'STORES', key('a'))
  await world.find({ name: 'reuse', entities: [key('a')], atMs: startMs + hourMs })
  await world.find({ name: 'harvest', entities: [host('build-7')], atMs: startMs })
  await world.clock.advance(2 * hourMs)
  for (const { id, fence } of await world.desk.claim('w', 5, 20_000)) {
    await world.desk.attempt(id, fence, null)
    await world.desk.applied(id, fence, 'done', null)
    const proof = { kind: 'read-back' as const, atMs: world.clock.nowMs(), says: 'disabled', where: [] }
    await world.desk.probed(id, fence, { verdict: 'dead', proof })
  }
  const { incident, lines, next } = await timeline(world, incidentOf('harvest'))
  assert.deepEqual([incident, next], [incidentOf('harvest'), null])
  assert.deepEqual((await timeline(world, incidentOf('reuse'))).lines, lines)
  assert.deepEqual(
    lines.toSorted((a, b) => a.fromMs - b.fromMs),
    lines,
  )
  const at = (kind: string, what: RegExp) => {
    const found = lines.filter((line) => line.kind === kind && what.test(line.what))
    assert.equal(found.length, 1, `${kind} ${what}: ${found.length}`)
    return found[0]
  }
  assert.equal(at('reached', /was bad/)?.entities[0], host('build-7'))
  assert.equal(at('reached', /could be read|other hands/)?.entities[0], key('a'))
  const event = at('event', /vault-1 log/)
  assert.deepEqual([event?.fromMs, event?.arrivedAtMs], [startMs + hourMs, startMs + hourMs + 5_000])
  const findings = lines.filter(({ kind }) => kind === 'finding')
  assert.deepEqual(
    findings.map(({ fromMs, refs, arrivedAtMs }) => [fromMs, refs, arrivedAtMs]),
    [
      [startMs, [hashId('fnd', defaultTenant, 'harvest')], startMs + hourMs + 5_000],
      [startMs + hourMs, [hashId('fnd', defaultTenant, 'reuse')], startMs + hourMs + 5_000],
    ],
  )
  assert.match(findings[0]?.says ?? '', /^high: harvest \(joined: `host:host:build-7` held/)
  assert.equal(at('decided', /^folded$/)?.refs[0], incidentOf('reuse'))
  at('decided', /^opened$/)
  at('decided', /^plan made$/)
  at('decided', /^plan amended$/)
  at('step', /let go by policy/)
  at('step', /tried/)
  at('step', /applied/)
  const proof = at('proof', /read-back/)
  assert.deepEqual([proof?.fromMs, proof?.entities], [world.clock.nowMs(), [key('a')]])
})

test('a page is cut by its bound, and pages together are the whole, each line once', async () => {
  const world = makeJoinWorld()
  for (let n = 0; n < 4; n++)
    world.state(host('build-7'), 'STORES', key(`k${n}`), { validFrom: startMs / 1000 + n * 60 })
  await world.find({ name: 'harvest', entities: [host('build-7')] })
  const whole = await timeline(world, incidentOf('harvest'))
  assert.ok(whole.lines.length > 5)
  const pages = []
  for (let after: string | undefined, page; ; after = page.next) {
    page = await timeline(world, incidentOf('harvest'), after, 2)
    assert.ok(page.lines.length <= 2)
    pages.push(...page.lines)
    if (page.next === null) break
  }
  assert.deepEqual(pages, whole.lines)
  assert.deepEqual((await timeline(world, incidentOf('harvest'), 'z')).lines, [])
})

test('like moments of a minute are one line with their number; other minutes and other things are not', () => {
  const moment = (n: number, atMs: number, over: Partial<Moment> = {}): Moment => ({
    key: `k${n}`,
    atMs,
    arrivedAtMs: atMs + n,
    kind: 'proof',
    what: 'proven by read-back',
    says: `k${n} is dead`,
    entity: entityId('credential', 'vault', `k${n}`),
    ref: `act_${n}`,
    evidence: [n],
    ...over,
  })
  const moments = [
    ...Array.from({ length: 60 }, (_, n) => moment(n, startMs + n)),
    moment(60, startMs + 5, { kind: 'step', what: 'applied' }),
    moment(61, startMs + minuteMs),
  ]
  const lines = linesOf(moments)
  assert.deepEqual(
    lines.map(({ kind, count, fromMs, toMs }) => [kind, count, fromMs - startMs, toMs - startMs]),
    [
      ['proof', 60, 0, 59],
      ['step', 1, 5, 5],
      ['proof', 1, minuteMs, minuteMs],
    ],
  )
  const [first] = lines
  assert.match(first?.says ?? '', /^proven by read-back, 60 times: .*, 55 more$/)
  assert.deepEqual([first?.entities.length, first?.arrivedAtMs], [5, startMs + 59 * 2])
  const random = seededRandom(7)
  assert.deepEqual(linesOf(moments.toSorted(() => random() - 0.5)), lines)
  assert.deepEqual(pageOf(lines, lines[0]?.cursor, 1).lines[0]?.kind, 'step')
})
