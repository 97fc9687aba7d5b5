import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { renderExcepted, renderFinding, renderOpen } from './posture.ts'

type Finding = Parameters<typeof renderFinding>[0]
const key = entityId('credential', 'aws', 'AKIAEXAMPLE')
const findingWith = (fix: Pick<Finding['fix'], 'kind' | 'verbs'>): Finding => ({
  id: 'fnd_aaaaaaaaaaaaaaaa',
  kind: 'unused-key',
  title: 'a key that nobody uses',
  severity: 'medium',
  on: key,
  name: null,
  owner: null,
  ownerName: null,
  sinceMs: null,
  why: 'nobody has ever used it',
  also: [],
  evidence: [],
  exception: null,
  reach: { people: 1, dataSets: 1, resources: 2, records: 0, uncounted: 1 },
  fix: { target: key, preview: 'it opens nothing', undo: 'it is switched on again', ...fix },
})
const waysOf = (fix: Pick<Finding['fix'], 'kind' | 'verbs'>): string[] =>
  renderFinding(findingWith(fix)).filter((line) => line.startsWith('by '))

test('a finding says what serves its fix, or that a person does it', () => {
  const verbs = [{ source: 'aws', verb: 'aws.key.deactivate', title: 'switch the key off' }]
  assert.deepEqual(waysOf({ kind: 'revoke', verbs }), ['by       aws.key.deactivate of `aws`: switch the key off'])
  assert.match(waysOf({ kind: 'revoke', verbs: [] }).join(), /hand: no connected source/)
  assert.match(waysOf({ kind: 'task', verbs: [] }).join(), /hand: a person does it/)
})

test('who answers for it goes by their name, and by their id where nobody told one', () => {
  const finding = { ...findingWith({ kind: 'task', verbs: [] }), owner: entityId('identity', 'okta', '00u1') }
  const named = { ...finding, ownerName: 'Hazel Specimen' }
  assert.ok(renderFinding(named).includes('owner    Hazel Specimen  identity:okta:00u1'))
  assert.ok(renderFinding(finding).includes('owner    identity:okta:00u1'))
  assert.match(renderOpen([named]).split('\n')[2] ?? '', /unused-key +Hazel Specimen +credential:aws/)
})

test('an excepted finding says who answers for it, until when, and why', () => {
  const finding = findingWith({ kind: 'task', verbs: [] })
  const exception: NonNullable<Finding['exception']> = {
    number: 1,
    finding: finding.id,
    kind: finding.kind,
    on: key,
    owner: 'ada@example.com',
    reason: 'the old build ends in July',
    untilMs: Date.UTC(2026, 6, 1),
    by: 'grace',
    atMs: Date.UTC(2026, 5, 1),
    state: 'in-force',
    daysLeft: 1,
    liftedAtMs: null,
    liftedBy: null,
  }
  const says = 'EXCEPTED until 2026-07-01: ada@example.com answers for it, says grace: the old build ends in July'
  assert.ok(renderFinding({ ...finding, exception }).includes(says))
  assert.ok(!renderFinding(finding).join('\n').includes('EXCEPTED'))
  const [, , row = '', ...more] = renderExcepted([finding, { ...finding, exception }]).split('\n')
  assert.match(
    row,
    /^fnd_a+ {2}medium +unused-key +ada@example\.com +2026-07-01 +1 day +credential:aws:AKIAEXAMPLE +the old build/,
  )
  assert.deepEqual(more, [], 'open ones stand in the other table')
})

test('of the records that are reached it says how many are told, and of how many data sets nobody tells', () => {
  const reaching = (reach: Partial<Finding['reach']>): string => {
    const finding = findingWith({ kind: 'task', verbs: [] })
    return (
      renderFinding({ ...finding, reach: { ...finding.reach, ...reach } }).find((one) => one.startsWith('reaches')) ??
      ''
    )
  }
  assert.match(reaching({}), /in 1 data set, records not told, 2 resources in all$/)
  assert.match(reaching({ records: 1200, dataSets: 3, uncounted: 0 }), /3 data sets, 1,?200 records, /)
  assert.match(reaching({ records: 1, dataSets: 3, uncounted: 2 }), /, 1 record or more \(of 2 data sets not told\), /)
  assert.match(reaching({ people: 0, dataSets: 0, records: 0, uncounted: 0 }), /0 data sets, 0 records, /)
})
