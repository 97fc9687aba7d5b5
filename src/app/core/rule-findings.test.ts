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
  ).told

test('a finding in a record of which nothing is stated is about whoever the record says acted', () => {
  const { item } = scoped(1, ada, key)
  const looked: Scoped = { item: { ...item, touches: [], actors: [key, ada] }, trust }
  const { told, finding: made } = foundByRule(rule, looked, 1, false)
  assert.deepEqual([told.entities, told.actors, told.opens], [[key, ada], [key, ada], true])
  assert.deepEqual(made?.trigger, { kind: 'credential', credential: key })
  assert.equal(foundByRule(rule, { item: { ...item, touches: [] }, trust }, 1, false).told.opens, false)
})

test('who acted in every event of a finding is told apart from whom it only names', () => {
  const { told } = foundByRule(rule, scoped(1, ada, key, ben), 1, false)
  assert.deepEqual(told.entities, [key, ada, ben])
  assert.deepEqual(told.actors, [key, ada])
  assert.deepEqual(finding([scoped(1, ada, key), scoped(2, ada, null)]).actors, [ada])
  const several = finding([scoped(1, ada, null), scoped(2, ben, null)])
  assert.deepEqual([several.entities, several.actors], [[ben, ada], []])
})

test('what a rule says of urgency goes along with its finding', () => {
  const of = (urgency: SigmaRule['urgency']) => foundByRule({ ...rule, urgency }, scoped(1, ada, key), 1, false).finding
  assert.equal(of('working-hours')?.urgency, 'working-hours')
  assert.ok(!Object.hasOwn(of(null) ?? { urgency: '' }, 'urgency'))
})
