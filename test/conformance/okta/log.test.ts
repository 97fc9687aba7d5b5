import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, parseTimeMs, type Json, type JsonObject } from '#kit'
import type { OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { scrubJson } from '#classify'
import { oktaConnector } from '#connectors/okta'

import { knownEventTypes } from '../../../src/connectors/okta/log-types.ts'
import { fingerprinterOf } from '../../simulation/log-keys.ts'

const authority = '00otwin0000000000001'
const atMs = Date.UTC(2026, 2, 24, 12)
const normalize = (raw: Json) =>
  oktaConnector.normalize({ stream: 'log', raw, eventAtMs: null, arrivedAtMs: atMs, source: 'okta', authority })

const user = (id: string) => ({ id, type: 'User', alternateId: `${id}@brightwater.example`, displayName: id })
const row = (eventType: string, more: JsonObject = {}): JsonObject => ({
  uuid: '3b1c4e5e-0000-1111-2222-000000000001',
  eventType,
  published: '2026-03-24T12:00:00.000Z',
  displayMessage: eventType,
  severity: 'WARN',
  actor: user('00uada00000000000001'),
  client: { ipAddress: '203.0.113.66', userAgent: { rawUserAgent: 'curl/8.5' }, id: null },
  authenticationContext: { externalSessionId: 'idxAbc' },
  outcome: { result: 'SUCCESS' },
  target: [user('00ugrace000000000001'), { id: '0oaapp00000000000001', type: 'AppInstance', displayName: 'Wiki' }],
  debugContext: { debugData: { privilegeGranted: 'Super administrator' } },
  ...more,
})

test('every known type is valid OCSF: done, refused, and with hardly a field', () => {
  const types = knownEventTypes()
  assert.ok(types.length >= 200, `${types.length} types`)
  const classes = new Set<number>()
  for (const type of types) {
    const bare = { uuid: 'u', eventType: type, published: '2026-03-24T12:00:00.000Z' }
    const refused = row(type, { outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } })
    const odd = row(type, {
      actor: { id: 'unknown', type: 'SystemPrincipal' },
      target: null,
      client: { ipAddress: null },
    })
    for (const raw of [row(type), refused, odd, bare]) {
      const { ocsf, unmapped, edges } = normalize(raw)
      assert.equal(unmapped, undefined, type)
      assert.equal(ocsf.length, 1)
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], type)
      if (raw === refused) assert.deepEqual(edges, [], `${type}: what was refused changes nothing`)
      for (const event of ocsf) classes.add(event.class_uid)
    }
  }
  assert.ok(classes.size >= 7, `${classes.size} classes`)
})

test('whom a record is about is named also where nothing came of it, and then without a session', () => {
  const refused = normalize(
    row('user.session.start', { outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } }),
  )
  assert.deepEqual(refused.actors, [`identity:${authority}:00uada00000000000001`])
  assert.deepEqual([refused.touches, refused.edges], [[], []])
  assert.equal(normalize(row('user.account.report_suspicious_activity_by_enduser')).actors?.length, 2)
  assert.equal(normalize(row('security.threat.detected', { actor: { id: 'unknown' } })).actors, undefined)
})

test('an unknown type is kept as the base event and counted', () => {
  const { ocsf, unmapped } = normalize(row('core.something.new'))
  assert.equal(unmapped, 'core.something.new')
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
})

test('a secret that the log shows does not get past the intake', () => {
  const value = 'EXAMPLEq7Jt2LwZ9xV4bN8sK1pD6fH3'
  const raw = row('app.oauth2.credentials.lifecycle.create', { debugContext: { debugData: { clientSecret: value } } })
  assert.ok(!scrubJson(JSON.stringify(raw), fingerprinterOf('example')).text.includes(value))
})

/** Events as others have them, by panther-analysis (Apache-2.0): who, from where and with what must be as they stand there. */
const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('events that others collected tell the same actor, address and agent', (t) => {
  if (!existsSync(corpus)) return t.skip('the corpus is not here')
  const logs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line.includes('Okta.SystemLog'))
    .map((line) => parseJson(line))
    .flatMap((held) => (isObject(held) && isObject(held['log']) ? [held['log']] : []))
    .map(asOktaWrites)
    .filter(({ eventType, published, uuid }) => [eventType, published, uuid].every((one) => typeof one === 'string'))
  assert.ok(logs.length >= 20, `${logs.length} events: the test must see events`)
  let told = 0
  for (const log of logs) {
    const { ocsf, unmapped } = normalize(log)
    assert.equal(unmapped, undefined)
    assert.deepEqual(ocsf.flatMap(validateOcsf), [])
    const [event] = ocsf
    assert.ok(event)
    const { actor, client, published } = log
    // Some had their time taken out: then the time of arrival stands.
    assert.equal(event.time, parseTimeMs(typeof published === 'string' ? published : '') ?? atMs)
    if (event.class_uid === 2004 || !isObject(actor)) continue
    told++
    assert.equal(at(event, 'actor', 'user', 'uid'), actor['id'])
    if (!isObject(client)) continue
    assert.equal(at(event, 'src_endpoint', 'ip'), client['ipAddress'])
    const { userAgent } = client
    assert.equal(at(event, 'http_request', 'user_agent'), isObject(userAgent) ? userAgent['rawUserAgent'] : undefined)
  }
  assert.ok(told >= 15, `${told} with an actor`)
})

const names = ['eventType', 'displayMessage', 'authenticationContext', 'debugContext', 'securityContext']
/** On its way there some names of fields have lost their capitals. */
const asOktaWrites = (log: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(log).map(([key, value]) => [names.find((name) => name.toLowerCase() === key) ?? key, value]),
  )

function at(event: OcsfEvent, ...path: string[]): unknown {
  let held: unknown = event
  for (const key of path) held = isObject(held) ? held[key] : undefined
  return held
}
