import assert from 'node:assert/strict'
import { test } from 'node:test'

import { coverageOf, type Carrier } from './coverage.ts'
import { loadSigma } from './load.ts'

const carriers: Carrier[] = [
  {
    name: 'aws/lookup',
    logsource: { product: 'aws', category: 'cloud', service: 'cloudtrail' },
    fields: ['eventName', 'userIdentity.type', 'requestParameters.*', 'resources.ARN'],
  },
  { name: 'okta/log', logsource: { product: 'okta', category: 'identity', service: 'okta' }, fields: ['eventType'] },
]
const aws = '{ product: aws, service: cloudtrail }'

/** `detection` of one rule, and what is said of it. */
function ask(detection: string, logsource = aws, head = '') {
  const text = `title: t\nid: r\nlogsource: ${logsource}\n${head}detection:\n${detection.replaceAll(/^/gm, '  ')}\n`
  const { rules, correlations, refused } = loadSigma([{ place: 'r.yml', text }])
  assert.deepEqual(refused, [])
  const [found] = coverageOf(rules, correlations, carriers)
  assert.ok(found)
  return found
}
const of = (selection: string, condition = 's'): string => `s: ${selection}\ncondition: ${condition}`

test('a rule can match where each field it needs is carried', () => {
  for (const selection of [
    '{ eventName: A }',
    '{ requestParameters.policy.deep|contains: A }',
    '{ userIdentity.type: Root, eventName: A }',
    '{ absent: null, eventName: A }',
    '{ absent|exists: false }',
    '[{ absent: A }, { eventName: A }]',
    '[anywhere]',
  ]) {
    assert.deepEqual(ask(of(selection)).on, ['aws/lookup'], selection)
  }
  assert.deepEqual(ask(of('{ absent: A }', 'not s')).on, ['aws/lookup'])
})

test('a rule that needs a field nobody carries never matches, and the field is named', () => {
  for (const [detection, fields] of [
    [of('{ absent: A }'), ['absent']],
    [of('{ eventName: A, userIdentity.name: B }'), ['userIdentity.name']],
    [of('{ eventname: A }'), ['eventname']],
    [of('{ eventName|fieldref: absent }'), ['absent']],
    [of('{ absent: null }', 'not s'), ['absent']],
    [`a: { eventName: A }\nb: { other: B }\ncondition: a and b`, ['other']],
  ] as const) {
    const { on, why } = ask(detection)
    assert.deepEqual(on, [], detection)
    assert.deepEqual(why?.fields, fields, detection)
    assert.match(why.says, /aws\/lookup have no/)
  }
})

test('array blocks are looked into by their whole path', () => {
  const head = 'sigma-version: 3\n'
  assert.deepEqual(ask(of('{ "resources[any]": { ARN: A } }'), aws, head).on, ['aws/lookup'])
  assert.deepEqual(ask(of('{ "resources[any]": { owner: A } }'), aws, head).why?.fields, ['resources.owner'])
  assert.deepEqual(ask(of('{ "absent[none]": { owner: A } }'), aws, head).on, ['aws/lookup'])
})

test('a log source that nobody has is told of as such', () => {
  const { on, why } = ask(of('{ eventName: A }'), '{ product: gcp, service: gcp.audit }')
  assert.deepEqual(on, [])
  assert.equal(why?.lacks, 'log source')
  assert.match(why.says, /product=gcp,service=gcp\.audit/)
})

test('a correlation needs its rules, and its group in their records', () => {
  const rule = (id: string, field: string): string =>
    `title: ${id}\nid: ${id}\nlogsource: ${aws}\ndetection:\n  s: { ${field}: A }\n  condition: s\n---\n`
  const joined = (id: string, type: string, rules: string, group: string): string =>
    `title: ${id}\nid: ${id}\ncorrelation:\n  type: ${type}\n  rules: [${rules}]\n  group-by: [${group}]\n  timespan: 1h\n${type.startsWith('temporal') ? '' : '  condition: { gte: 2 }\n'}---\n`
  const text = [
    rule('good', 'eventName'),
    rule('bad', 'absent'),
    joined('steps', 'temporal', 'good, bad', 'userIdentity.type'),
    joined('count', 'event_count', 'good, bad', 'userIdentity.type'),
    joined('grouped', 'event_count', 'good', 'absent'),
    joined('chained', 'event_count', 'count', 'userIdentity.type'),
    joined('dead', 'event_count', 'steps', 'userIdentity.type'),
  ].join('')
  const { rules, correlations, refused } = loadSigma([{ place: 'r.yml', text: text.slice(0, -4) }])
  assert.deepEqual(refused, [])
  const covered = new Map(coverageOf(rules, correlations, carriers).map((one) => [one.rule, one]))
  const lacks = (id: string): string | undefined => covered.get(id)?.why?.lacks
  assert.deepEqual(['good', 'count', 'chained'].map(lacks), [undefined, undefined, undefined])
  assert.deepEqual(['steps', 'grouped', 'dead'].map(lacks), ['rules', 'rules', 'rules'])
  assert.match(covered.get('steps')?.why?.says ?? '', /`bad`/)
})
