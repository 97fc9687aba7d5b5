import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { entityId, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { openaiConnector } from '#connectors/openai'

import { knownAuditTypes } from '../../../src/connectors/openai/audit-types.ts'

const authority = 'org-acme'
const atMs = Date.UTC(2026, 2, 24, 12)
const normalize = (raw: Json, stream = 'audit') =>
  openaiConnector.normalize({ stream, raw, eventAtMs: null, arrivedAtMs: atMs, source: 'openai', authority })

const session = {
  type: 'session',
  session: { user: { id: 'user-ada', email: 'ada@brightwater.example' }, ip_address: '203.0.113.66' },
}
const key = { type: 'api_key', api_key: { id: 'key_admin', type: 'user', user: { id: 'user-ada' } } }
const row = (type: string, actor: Json, detail: JsonObject = { id: 'x_1' }): JsonObject => ({
  id: 'audit_log-1',
  type,
  effective_at: atMs / 1000,
  project: { id: 'proj_main', name: 'Main' },
  actor,
  [type]: detail,
})

/** Every type of the vendor's own enumeration, as the twin's slice of the description holds it. */
const slice = parseJson(readFileSync('lab/twins/openai/fixtures/api.json', 'utf8'))
function describedTypes(): string[] {
  const schemas = isObject(slice) ? slice['schemas'] : undefined
  const type = isObject(schemas) ? schemas['AuditLogEventType'] : undefined
  const words = isObject(type) && Array.isArray(type['enum']) ? type['enum'] : []
  return words.filter((word) => typeof word === 'string')
}

test('every type that OpenAI describes is known and valid OCSF: in the console, by a key, and with hardly a field', () => {
  const described = describedTypes()
  assert.ok(described.length >= 140, `${described.length} types`)
  assert.deepEqual(
    described.filter((type) => !knownAuditTypes().includes(type)),
    [],
  )
  const classes = new Set<number>()
  for (const type of described) {
    for (const raw of [row(type, session), row(type, key), row(type, null, {}), { id: 'a', type, effective_at: 1 }]) {
      const { ocsf, unmapped, edges } = normalize(raw)
      assert.equal(unmapped, undefined, type)
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], type)
      if (type.endsWith('.failed')) assert.deepEqual(edges, [], `${type}: what was refused changes nothing`)
      for (const event of ocsf) classes.add(event.class_uid)
    }
  }
  assert.ok(classes.size >= 6, `${classes.size} classes`)
})

test('an unknown type is kept as the base event and counted', () => {
  const { ocsf, unmapped } = normalize(row('moon.landed', session))
  assert.equal(unmapped, 'moon.landed')
  assert.deepEqual(ocsf.flatMap(validateOcsf), [])
})

test('a user added to a project was there before: the membership is what was made, never the user', () => {
  const made = (raw: Json) => normalize(raw).edges.flatMap(({ type, dst }) => (type === 'CREATED' ? [dst] : []))
  const added = { id: 'user-grace', data: { role: 'owner' } }
  assert.deepEqual(made(row('user.added', session, added)), [
    entityId('resource', authority, 'membership/proj_main/user-grace'),
  ])
  // By an admin key, in whatever project: OpenAI says the default one, and Cordon takes no membership away on that word.
  const byKey = made(row('user.added', key, added))
  assert.deepEqual([...new Set(byKey)], [entityId('resource', authority, 'setting/user/user-grace')])
})

test('a key made in the console and of no project is an admin key; one made by a key is left open', () => {
  const { project: _, ...bare } = row('api_key.created', session, { id: 'key_new', data: { scopes: ['api.all'] } })
  const admin = normalize(bare)
  assert.ok(
    admin.edges.some(
      ({ type, dst }) => type === 'AUTHENTICATES_AS' && dst === entityId('identity', authority, 'role/owner'),
    ),
  )
  const open = normalize(row('api_key.created', key, { id: 'key_new' }))
  assert.ok(!open.edges.some(({ type }) => type === 'AUTHENTICATES_AS'))
  assert.ok(
    !open.facts.some(({ attributes }) => 'project' in attributes),
    'the default project is not taken for its own',
  )
})

/** Events as others have them, by panther-analysis (Apache-2.0): who and from where must be as they stand there. */
const corpus = '../shared/corpora/panther-analysis/events.ndjson'
test('events that others collected tell the same actor, address and agent', (t) => {
  if (!existsSync(corpus)) return t.skip('the corpus is not here')
  const logs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line.includes('OpenAI.Audit'))
    .map((line) => parseJson(line))
    .flatMap((held) => (isObject(held) && isObject(held['log']) ? [held['log']] : []))
    .filter(
      ({ type, id, effective_at: at }) => typeof type === 'string' && typeof id === 'string' && typeof at === 'number',
    )
  assert.ok(logs.length >= 15, `${logs.length} events: the test must see events`)
  let told = 0
  let made = 0
  for (const log of logs) {
    const { ocsf, unmapped, edges } = normalize(log)
    assert.equal(unmapped, undefined)
    assert.deepEqual(ocsf.flatMap(validateOcsf), [])
    const [event] = ocsf
    assert.ok(event)
    assert.equal(event.time, Number(log['effective_at']) * 1000)
    made += edges.filter(({ type }) => type === 'CREATED').length
    const held = at(log, 'actor', 'session')
    if (!isObject(held)) continue
    told++
    assert.equal(at(event, 'actor', 'user', 'uid'), at(held, 'user', 'id'))
    assert.equal(at(event, 'src_endpoint', 'ip'), held['ip_address'])
    assert.equal(at(event, 'http_request', 'user_agent'), held['user_agent'])
  }
  assert.ok(told >= 15, `${told} with an actor`)
  assert.ok(made >= 3, 'roles and keys that were given, read from names with an underscore')
})

function at(event: OcsfEvent | Record<string, unknown>, ...path: string[]): unknown {
  let held: unknown = event
  for (const key of path) held = isObject(held) ? held[key] : undefined
  return held
}
