import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId } from '#kit'
import { defaultTenant, entityId, nothingNormalized, type EntityId, type Trust } from '#model'
import type { SigmaRule } from '#detect/sigma'

import type { Scoped } from './projecting.ts'
import { foundByCorrelation, foundByRule } from './rule-findings.ts'

const trust: Trust = { origin: 'vendor', sources: ['src'], confinedTo: null }
const [ada, ben, key] = [
  entityId('identity', 'lab', 'ada'),
  entityId('identity', 'lab', 'ben'),
  entityId('credential', 'lab', 'key'),
]
const table = entityId('resource', 'lab', 'table')
const realm = 'lab'

/** An event in which `identity` acted, by `credential`, and somebody else was given a right. */
function scoped(offset: number, identity: EntityId, credential: EntityId | null, given?: EntityId): Scoped {
  const out = nothingNormalized()
  out.touches.push({ identity, credential, resource: table, verb: 'admin', atMs: offset, records: null, origin: null })
  if (given !== undefined)
    out.edges.push({ src: given, type: 'CAN_ADMIN', dst: table, confidence: 'observed', op: 'open', atMs: offset })
  const event = hashId('evt', String(offset))
  const at = {
    event,
    tenant: defaultTenant,
    offset,
    source: 'src',
    stream: 'log',
    eventAtMs: offset,
    arrivedAtMs: offset,
  }
  return { item: { ...out, ...at }, trust }
}
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a finding needs of a rule
const rule = { id: 'r', name: 'lab', title: 'a rule', level: 'high', urgency: null, place: 'r.yml' } as SigmaRule
const finding = (events: readonly Scoped[]) =>
  foundByCorrelation(
    {
      id: 'fnd_x',
      rule: 'r',
      name: 'lab',
      title: 'a rule',
      level: 'high',
      urgency: null,
      place: 'r.yml',
      group: {},
      firstMs: 1,
      atMs: 9,
      measured: 2,
      complete: true,
      events: events.map(({ item }) => item.offset),
    },
    events,
    { realm },
  ).told

test('a finding in a record of which nothing is stated is about whoever the record says acted', () => {
  const { item } = scoped(1, ada, key)
  const looked: Scoped = { item: { ...item, touches: [], actors: [key, ada] }, trust }
  const { told, finding: made } = foundByRule(rule, looked, 1, false, { realm })
  assert.deepEqual([told.entities, told.actors, told.opens], [[key, ada], [key, ada], true])
  assert.deepEqual(made?.trigger, { kind: 'credential', credential: key })
})

test('who acted in every event of a finding is told apart from whom it only names', () => {
  const { told } = foundByRule(rule, scoped(1, ada, key, ben), 1, false, { realm })
  assert.deepEqual(told.entities, [key, ada, ben])
  assert.deepEqual(told.actors, [key, ada])
  assert.deepEqual(finding([scoped(1, ada, key), scoped(2, ada, null)]).actors, [ada])
  const several = finding([scoped(1, ada, null), scoped(2, ben, null)])
  assert.deepEqual([several.entities, several.actors], [[ben, ada], []])
})

test('what a rule says of urgency goes along with its finding', () => {
  const of = (urgency: SigmaRule['urgency']) =>
    foundByRule({ ...rule, urgency }, scoped(1, ada, key), 1, false, { realm }).finding
  assert.equal(of('working-hours')?.urgency, 'working-hours')
  assert.ok(!Object.hasOwn(of(null) ?? { urgency: '' }, 'urgency'))
})

test('what is high and names nobody opens an incident on the thing that was touched, else on the realm, once an hour', () => {
  const { item } = scoped(1, ada, key)
  const nameless = (touches: typeof item.touches, offset = 1): Scoped => ({ item: { ...item, offset, touches }, trust })
  const [touch] = item.touches
  assert.ok(touch !== undefined)
  const anonymous = { ...touch, identity: null, credential: null }
  const whole = entityId('resource', realm, 'realm')
  const cases: [Scoped, EntityId][] = [
    [nameless([anonymous]), table],
    [nameless([]), whole],
  ]
  for (const [one, resource] of cases) {
    const { told, finding: made } = foundByRule(rule, one, 1, false, { realm })
    assert.deepEqual([told.entities, told.actors, told.opens], [[resource], [], true])
    assert.deepEqual(made?.trigger, { kind: 'resource', resource })
    assert.deepEqual(finding([one, one]).entities, [resource])
    const weak = foundByRule({ ...rule, level: 'medium' }, one, 1, false, { realm })
    assert.deepEqual([weak.told.entities, weak.finding], [[], null])
  }
  const idOf = (atMs: number) => foundByRule(rule, nameless([], atMs), atMs, false, { realm }).told.id
  assert.equal(idOf(1), idOf(2))
  assert.notEqual(idOf(1), idOf(3_600_000))
  // Whoever is named goes first.
  const named = foundByRule(rule, scoped(1, ada, null), 1, false, { realm })
  assert.deepEqual(named.finding?.trigger, { kind: 'identity', identity: ada })
})
