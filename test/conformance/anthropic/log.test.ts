import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, parseTimeMs, type Json, type JsonObject } from '#kit'
import { entityId } from '#model'
import { validateOcsf } from '#model/ocsf'
import { anthropicConnector } from '#connectors/anthropic'

import { activityTypeOf, namedTypes } from '../../../src/connectors/anthropic/activity-types.ts'

const authority = '00000000-0000-4000-8000-000000000001'
const at = '2026-03-24T12:00:00Z'
const normalize = (raw: Json) =>
  anthropicConnector.normalize({
    stream: 'activity',
    raw,
    eventAtMs: null,
    arrivedAtMs: Date.parse(at),
    source: 'anthropic',
    authority,
  })

const ada = { type: 'user_actor', user_id: 'user_01ada', email_address: 'ada@brightwater.example' }
const row = (type: string, detail: JsonObject = {}, actor: Json = ada): JsonObject => ({
  id: 'activity_01a',
  created_at: at,
  organization_uuid: authority,
  type,
  actor,
  ...detail,
})

test('every named type is known and valid OCSF: by a person, by a key, and with hardly a field', () => {
  const types = [...namedTypes(), 'platform_api_key_created', 'admin_api_key_created', 'org_user_invite_sent']
  assert.ok(types.length >= 50, `${types.length} types`)
  const classes = new Set<number>()
  for (const type of types) {
    const key = { type: 'admin_api_key_actor', admin_api_key_id: 'admin_api_key_01a' }
    for (const raw of [row(type), row(type, {}, key), row(type, {}, null), { id: 'a', created_at: at, type }]) {
      const { ocsf, unmapped, edges } = normalize(raw)
      assert.equal(unmapped, undefined, type)
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], type)
      if (type.endsWith('_failed')) assert.deepEqual(edges, [], `${type}: what was refused changes nothing`)
      for (const event of ocsf) classes.add(event.class_uid)
    }
  }
  assert.ok(classes.size >= 6, `${classes.size} classes`)
})

test('a type of an unknown noun is kept as the base event and counted', () => {
  for (const type of ['moon_created', 'claude_wondered']) {
    const { ocsf, unmapped, edges } = normalize(row(type))
    assert.equal(unmapped, type)
    assert.deepEqual([ocsf.flatMap(validateOcsf), edges], [[], []])
  }
  assert.equal(activityTypeOf('claude_thing_created')?.activity, 'create')
})

test('what another organisation of the same parent did states nothing here', () => {
  const raw = row('platform_api_key_created', { api_key_id: 'apikey_01x', organization_uuid: `${authority}0` })
  const { ocsf, edges, facts, touches } = normalize(raw)
  assert.deepEqual([ocsf.length, edges, facts, touches], [1, [], [], []])
})

test('one admin key has one name, where it acts as where it was made', () => {
  const made = normalize(row('admin_api_key_created', { admin_api_key_id: 'admin_api_key_01x' }))
  const acts = normalize(
    row(
      'platform_workspace_created',
      { workspace_id: 'wrkspc_01x' },
      {
        type: 'admin_api_key_actor',
        admin_api_key_id: 'admin_api_key_01x',
      },
    ),
  )
  const key = entityId('credential', authority, 'key/apikey_01x')
  assert.ok(made.edges.some(({ type, dst }) => type === 'CREATED' && dst === key))
  assert.ok(
    acts.edges.some(
      ({ type, src, dst }) =>
        type === 'CREATED' && src === key && dst === entityId('resource', authority, 'workspace/wrkspc_01x'),
    ),
  )
})

test('an invite is the same thing when it is sent and when it is accepted, whatever the case of the address', () => {
  const sent = normalize(row('org_user_invite_sent', { invited_email: 'M@Evil.example' }))
  const [invite] = sent.edges.flatMap(({ type, dst }) => (type === 'CREATED' ? [dst] : []))
  const mallory = { type: 'user_actor', user_id: 'user_01m', email_address: 'm@evil.example' }
  const accepted = normalize(row('org_user_invite_accepted', {}, mallory))
  assert.deepEqual(
    accepted.edges.map(({ src, type, dst }) => [src, type, dst]),
    [[invite, 'AUTHENTICATES_AS', entityId('identity', authority, 'user/user_01m')]],
  )
  assert.ok(!String(invite).includes('evil'), 'an id holds no address')
})

/** Events as others have them, by panther-analysis (Apache-2.0): who and from where must be as they stand there. */
const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('events that others collected tell the same actor, address and agent', (t) => {
  if (!existsSync(corpus)) return t.skip('the corpus is not here')
  const logs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line.includes('Anthropic.Activity'))
    .map((line) => parseJson(line))
    .flatMap((held) => (isObject(held) && isObject(held['log']) ? [held['log']] : []))
    .filter(({ type, id, created_at: time }) => [type, id, time].every((text) => typeof text === 'string'))
  assert.ok(logs.length >= 15, `${logs.length} events: the test must see events`)
  let told = 0
  for (const log of logs) {
    const { ocsf, unmapped } = normalize(log)
    assert.equal(unmapped, undefined)
    assert.deepEqual(ocsf.flatMap(validateOcsf), [])
    const [event] = ocsf
    assert.ok(typeof log['created_at'] === 'string')
    assert.equal(event?.time, parseTimeMs(log['created_at']))
    const actor = log['actor']
    if (!isObject(actor) || actor['type'] !== 'user_actor') continue
    told++
    assert.equal(held(event, 'actor', 'user', 'uid'), actor['user_id'] ?? 'unknown')
    assert.equal(held(event, 'actor', 'user', 'email_addr'), actor['email_address'])
    assert.equal(held(event, 'src_endpoint', 'ip'), actor['ip_address'])
    assert.equal(held(event, 'http_request', 'user_agent'), actor['user_agent'])
  }
  assert.ok(told >= 15, `${told} with an actor`)
})

function held(event: unknown, ...path: string[]): unknown {
  let value: unknown = event
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return value
}
