import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { EntityId } from '#model'
import { validateOcsf } from '#model/ocsf'
import { openLocalStore } from '#store'

import { findingEvent, type ShownFinding } from './finding.ts'
import { receiptEvent, type PublicLeaf } from './receipt.ts'
import { beginOutput, moveOutput, outputPlace, outputRefusals, outputsWriter } from './writer.ts'

const tenant = 't_default'
const product = { name: 'Cordon', vendor_name: 'Cordon', version: '0.1.0' }
const someone = 'ada.example@brightwater.example'
const atMs = Date.UTC(2026, 2, 24, 12)

const finding: ShownFinding = {
  id: 'fnd_aaaaaaaa',
  rule: 'sigma.token-from-afar',
  title: `a token of ${someone} from afar`,
  severity: 'critical',
  entities: [`identity:dir.example:${someone}`, 'host:host:runner-7'] satisfies EntityId[],
  evidence: [7, 9],
  atMs,
  fromMs: atMs - 60_000,
  group: { 'user.email': someone },
  late: false,
  opens: true,
}
const at = { tenant, place: 12, product } as const

test('a finding is a valid Detection Finding, and names nobody unless it is let out', () => {
  const held = findingEvent(finding, { ...at, letOut: 'kinds' })
  const whole = findingEvent(finding, { ...at, letOut: 'ids' })
  for (const event of [held, whole]) {
    assert.deepEqual(validateOcsf(event), [])
    assert.equal(event.class_uid, 2004)
    assert.deepEqual([event.severity_id, event.metadata.uid, event.metadata.sequence], [5, finding.id, 12])
  }
  assert.ok(!JSON.stringify(held).includes(someone), 'neither entity, nor title, nor group')
  assert.equal(JSON.stringify(whole).split(someone).length - 1, 4, 'title twice, entity, group')
})

test('how soon somebody is to look goes along: by the rule of a finding, by the receipt of an incident', () => {
  const priorities = [
    [{}, 4, 'now'],
    [{ severity: 'high' }, 3, 'now'],
    [{ urgency: 'working-hours' }, 2, 'working-hours'],
    [{ severity: 'medium', urgency: 'now' }, 2, 'working-hours'],
    [{ opens: false }, undefined, 'working-hours'],
  ] as const
  for (const [more, priority, urgency] of priorities) {
    const event = findingEvent({ ...finding, ...more }, { ...at, letOut: 'kinds' })
    assert.deepEqual(validateOcsf(event), [])
    assert.deepEqual([event.priority_id, event.unmapped?.['urgency']], [priority, urgency])
  }
  const of = (what: string, urgency: string) =>
    receiptEvent(leaf(what, { incident: 'inc_1', urgency }), incident, { tenant, product })
  for (const [what, urgency, priority] of [
    ['incident.opened', 'working-hours', 2],
    ['incident.joined', 'now', 3],
    ['incident.folded', 'now', undefined],
    ['incident.opened', 'soon', undefined],
  ] as const) {
    const event = of(what, urgency)
    assert.deepEqual([validateOcsf(event), event.priority_id], [[], priority], `${what} ${urgency}`)
  }
})

const leaf = (what: string, facts: PublicLeaf['facts'], index = 3): PublicLeaf => ({
  index,
  id: 'rcp_aaaaaaaa',
  what,
  atMs,
  facts,
  hash: 'ab'.repeat(32),
})
const incident = { severity: 'high', findings: [{ id: 'fnd_aaaaaaaa', rule: 'sigma.x', atMs }] } as const

test('a receipt is valid: of an incident an Incident Finding, else what was made, changed or taken away', () => {
  const cases = [
    ['incident.opened', { incident: 'inc_1', severity: 'high' }, 2005, 'create'],
    ['incident.joined', { incident: 'inc_1' }, 2005, 'update'],
    ['incident.closed', { incident: 'inc_1', survivors: 0 }, 2005, 'close'],
    ['source.added', { source: 'okta' }, 3004, 'create'],
    ['source.removed', { source: 'okta' }, 3004, 'delete'],
    ['action.applied', { action: 'act_1', incident: 'inc_1', verb: 'okta.user.suspend' }, 3004, 'update'],
    ['automation.stopped', {}, 3004, 'disable'],
    ['task.done', { action: 'act_1', isInTime: true }, 3004, 'update'],
    ['word', {}, 3004, 'update'],
  ] as const
  const activities = { create: 1, update: { 2005: 2, 3004: 3 }, delete: 4, close: 3, disable: 9 } as const
  for (const [what, facts, classUid, activity] of cases) {
    const event = receiptEvent(leaf(what, facts), 'incident' in facts ? incident : undefined, { tenant, product })
    assert.deepEqual(validateOcsf(event), [], what)
    assert.equal(event.class_uid, classUid, what)
    const id = activities[activity]
    assert.equal(event.activity_id, typeof id === 'number' ? id : id[classUid], what)
    assert.equal(event.metadata.correlation_uid, 'incident' in facts ? 'inc_1' : undefined)
  }
  const unknown = receiptEvent(leaf('incident.opened', { incident: 'inc_9' }), undefined, { tenant, product })
  assert.deepEqual(validateOcsf(unknown), [], 'an incident that is gone')
})

test('a place moves from where it stands and from nowhere else, and remembers what was refused', async () => {
  const { writer, reader } = openLocalStore([outputsWriter])
  const of = { tenant, source: 'siem', feed: 'findings' } as const
  const move = { ...of, sent: 1, refused: [], inARow: 0, atMs }
  await writer.submit(beginOutput({ ...of, place: 4, atMs }))
  await writer.submit(beginOutput({ ...of, place: 0, atMs }))
  assert.equal(outputPlace(reader, of)?.place, 4, 'one that has begun stays where it is')
  await writer.submit(moveOutput({ ...move, after: 4, upTo: 6 }))
  await assert.rejects(writer.submit(moveOutput({ ...move, after: 4, upTo: 9 })), { code: 'ERR_OUTPUT_MOVED' })
  const refused = [{ uid: 'fnd_b', place: 7, reason: 'x'.repeat(500) }]
  await writer.submit(moveOutput({ ...move, after: 6, upTo: 7, sent: 0, refused, inARow: 1 }))
  assert.deepEqual({ ...outputPlace(reader, of) }, { place: 7, sent: 1, refused: 1, inARow: 1 })
  const other = { ...of, tenant: 't_other' } as const
  assert.equal(outputPlace(reader, other), undefined, 'no other tenant has a place')
  assert.deepEqual(outputRefusals(reader, other, 10), [])
  assert.deepEqual(
    outputRefusals(reader, of, 10).map(({ uid, reason }) => [uid, reason.length]),
    [['fnd_b', 200]],
  )
  await writer.close()
})
