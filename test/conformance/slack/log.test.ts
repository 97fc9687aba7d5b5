import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import type { OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { slackConnector } from '#connectors/slack'

import { isRefused, knownActions } from '../../../src/connectors/slack/audit-actions.ts'

const authority = 'E0TWIN0001'
const atMs = Date.UTC(2026, 2, 24, 12)
const normalize = (raw: Json) =>
  slackConnector.normalize({ stream: 'audit', raw, eventAtMs: null, arrivedAtMs: atMs, source: 'slack', authority })

const user = (id: string) => ({ type: 'user', user: { id, name: id, email: `${id}@brightwater.example`, team: 'T01' } })
const things: JsonObject = {
  app: { id: 'A012SYNC', name: 'Sync', scopes: ['files:read', 'admin.users:write'], scopes_bot: ['chat:write'] },
  channel: { id: 'C012', name: 'deals', privacy: 'private' },
  file: { id: 'F012', name: 'people.csv' },
  usergroup: { id: 'S012', name: 'engineers' },
  workspace: { id: 'T01', name: 'work' },
}
const entry = (action: string, more: JsonObject = {}): JsonObject => ({
  id: '9d9b76ce-47bb-4838-a96a-1b5fd4d1b564',
  date_create: Math.floor(atMs / 1000),
  action,
  actor: user('W012ADA'),
  entity: { type: 'user', user: user('W012EVE').user, ...things },
  context: { session_id: 7, ip_address: '203.0.113.66', ua: 'curl/8.5', location: { type: 'workspace', id: 'T01' } },
  details: { new_scopes: ['search:read'], reason: ['asn'], external_organization_id: 'T0OTHER' },
  ...more,
})

test('every known action is valid OCSF: whole, of Slack itself, and with hardly a field', () => {
  const actions = [...knownActions(), 'pref.sso_setting_changed']
  assert.ok(actions.length >= 130, `${actions.length} actions`)
  const classes = new Set<number>()
  for (const action of actions) {
    const odd = entry(action, {
      actor: user('USLACKUSER'),
      entity: null,
      context: { ip_address: 'unknown' },
      details: null,
    })
    for (const raw of [entry(action), odd, { action }]) {
      const { ocsf, unmapped, edges, touches } = normalize(raw)
      assert.equal(unmapped, undefined, action)
      assert.equal(ocsf.length, 1)
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], action)
      if (isRefused(action)) assert.deepEqual([edges, touches], [[], []], `${action}: what was refused changes nothing`)
      for (const event of ocsf) classes.add(event.class_uid)
    }
  }
  assert.ok(classes.size >= 9, `${classes.size} classes`)
})

test('an unknown action is kept as the base event and counted', () => {
  const { ocsf, unmapped } = normalize(entry('something_new'))
  assert.equal(unmapped, 'something_new')
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
})

test('a download is a read of the file in its workspace, by the session; a failed sign-in is none', () => {
  const { touches, edges } = normalize(entry('file_downloaded'))
  const [touch] = touches
  assert.deepEqual(
    [touch?.verb, touch?.resource, touch?.credential],
    ['read', `resource:${authority}:file/F012`, `credential:${authority}:session/W012ADA/7`],
  )
  assert.ok(edges.some(({ type, src }) => type === 'CONTAINS' && src === `resource:${authority}:workspace/T01`))
  assert.deepEqual(normalize(entry('user_login_failed')).touches, [])
})

/** Events as others have them, by panther-analysis (Apache-2.0): who, from where and with what must be as they stand there. */
const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('events that others collected tell the same actor, address and agent', (t) => {
  if (!existsSync(corpus)) return t.skip('the corpus is not here')
  const logs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line.includes('Slack.AuditLogs'))
    .map((line) => parseJson(line))
    .flatMap((held) => (isObject(held) && isObject(held['log']) ? [held['log']] : []))
    .filter(({ action }) => typeof action === 'string')
  assert.ok(logs.length >= 40, `${logs.length} events: the test must see events`)
  const unknown: string[] = []
  let told = 0
  for (const log of logs) {
    const { ocsf, unmapped } = normalize(log)
    if (unmapped !== undefined) unknown.push(unmapped)
    assert.deepEqual(ocsf.flatMap(validateOcsf), [])
    const [event] = ocsf
    assert.ok(event)
    const { actor, context, date_create: date } = log
    // Written out in full there; some had their time taken out, and then the time of arrival stands.
    assert.equal(event.time, typeof date === 'string' ? Date.parse(`${date.replace(' ', 'T')}Z`) : atMs)
    const found = (...path: string[]) =>
      event.class_uid === 2004 ? at(event, 'evidences', '0', ...path) : at(event, ...path)
    const person = isObject(actor) ? actor['user'] : undefined
    if (!isObject(person)) continue
    told++
    assert.equal(found('actor', 'user', 'uid'), person['id'])
    assert.equal(found('actor', 'user', 'email_addr'), person['email'])
    // An app's coming and going has no place for the address in its class.
    if (!isObject(context) || event.class_uid === 6002) continue
    assert.equal(found('src_endpoint', 'ip'), context['ip_address'])
    if (event.class_uid !== 2004) assert.equal(at(event, 'http_request', 'user_agent'), context['ua'])
  }
  assert.deepEqual(unknown, [], 'actions that are not mapped')
  assert.ok(told >= 40, `${told} with an actor`)
})

function at(event: OcsfEvent, ...path: string[]): unknown {
  let held: unknown = event
  for (const key of path) {
    held = Array.isArray(held) ? held[Number(key)] : isObject(held) ? held[key] : undefined
  }
  return held
}
