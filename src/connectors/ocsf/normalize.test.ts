import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject, type Json } from '#kit'
import { ocsfEvent, type OcsfEvent } from '#model'

import { validateOcsf } from '#model/ocsf'

import { ocsfConnector } from './index.ts'

const atMs = Date.UTC(2026, 2, 24, 12)
const product = { name: 'warehouse' }
const ada = { user: { uid: 'u-ada' } }
const from = { ip: '192.0.2.7' }

const pass = (raw: Json) =>
  ocsfConnector.normalize({
    stream: 'log',
    raw,
    eventAtMs: null,
    arrivedAtMs: atMs,
    source: 'lake',
    authority: 'lake.example',
  })
const asJson = (event: OcsfEvent): Json => JSON.parse(JSON.stringify(event))
const touched = (event: OcsfEvent): string[] =>
  pass(asJson(event)).touches.map(
    ({ identity, credential, resource, verb, origin }) => `${identity ?? credential} ${verb} ${resource} ${origin}`,
  )

test('a valid event passes as it is, whatever its class', () => {
  const event = ocsfEvent('detection_finding', 'create', atMs, product, {
    finding_info: { uid: 'f1', title: 'a finding of another tool' },
  })
  const out = pass(asJson(event))
  assert.deepEqual(out.ocsf, [event])
  assert.deepEqual([out.unmapped, out.touches], [undefined, []])
})

test('a syslog message and a line of text are kept as what they are, with the severity they say', () => {
  const syslog = { facility: 4, severity: 2, host: 'h1', app: 'su', message: 'failed for ada', timestamp: null }
  const [event] = pass({ syslog }).ocsf
  assert.deepEqual(
    [event?.severity_id, event?.metadata.product.name, event?.['message'], event?.['unmapped']],
    [5, 'su', 'failed for ada', { host: 'h1' }],
  )
  const line = pass({ message: 'anything' })
  assert.deepEqual([line.ocsf[0]?.class_uid, line.unmapped, line.touches], [0, undefined, []])
  for (const out of [pass({ syslog }), line]) assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
})

test('who touched what is read out of it', () => {
  const query = ocsfEvent('datastore_activity', 'query', atMs, product, {
    actor: ada,
    src_endpoint: from,
    database: { name: 'crm', type_id: 1 },
    table: { name: 'people' },
  })
  assert.deepEqual(touched(query), ['identity:lake.example:u-ada read resource:lake.example:crm/people 192.0.2.7'])
  const call = ocsfEvent('api_activity', 'delete', atMs, product, {
    actor: { session: { uid: 's1' } },
    api: { operation: 'DropView' },
    src_endpoint: from,
    resources: [{ uid: 'v1' }, { uid: 'v2' }, { uid: 'v1' }],
  })
  assert.deepEqual(touched(call), [
    'credential:lake.example:session/s1 delete resource:lake.example:v1 192.0.2.7',
    'credential:lake.example:session/s1 delete resource:lake.example:v2 192.0.2.7',
  ])
  const logon = ocsfEvent('authentication', 'logon', atMs, product, {
    user: { uid: 'u-ada' },
    service: { name: 'console' },
    src_endpoint: from,
  })
  assert.deepEqual(touched(logon), ['identity:lake.example:u-ada login resource:lake.example:console 192.0.2.7'])
})

test('what failed, what names nobody, and what touches no data is no touch', () => {
  const call = (fields: Partial<Parameters<typeof ocsfEvent<'api_activity'>>[4]>) =>
    ocsfEvent('api_activity', 'read', atMs, product, {
      actor: ada,
      api: { operation: 'Get' },
      src_endpoint: from,
      resources: [{ uid: 'v1' }],
      ...fields,
    })
  assert.equal(touched(call({})).length, 1)
  assert.deepEqual(touched(call({ status_id: 2 })), [])
  assert.deepEqual(touched(call({ actor: { user: { uid: 'unknown' } } })), [])
  assert.deepEqual(touched({ ...call({}), activity_id: 0, type_uid: 600_300 }), [])
})

test('another shape becomes the base event; it says where the fault lies and repeats nothing', () => {
  const call = ocsfEvent('api_activity', 'read', atMs, product, {
    actor: ada,
    api: { operation: 'Get' },
    src_endpoint: from,
  })
  const raw = asJson(call)
  assert.ok(isObject(raw))
  for (const [bad, where] of [
    [{ ...raw, time: 'hunter2-secret' }, /^no valid OCSF event: time is no timestamp_t$/],
    [{ ...raw, class_uid: 1 }, /class_uid/],
    [{ ...raw, src_endpoint: { ip: 'hunter2-secret' } }, /src_endpoint\.ip/],
    [[], /the record/],
  ] as const) {
    const out = pass(bad as Json)
    assert.equal(out.ocsf[0]?.class_uid, 0)
    assert.match(out.unmapped ?? '', where)
    assert.doesNotMatch(JSON.stringify(out), /hunter2/)
  }
})

test('nothing in an event aims an action: no edge, no fact', () => {
  const out = pass(
    asJson(
      ocsfEvent('user_access', 'assign_privileges', atMs, product, {
        user: { uid: 'u-bob' },
        privileges: ['owner'],
        actor: ada,
      }),
    ),
  )
  assert.deepEqual([out.edges, out.facts, out.touches], [[], [], []])
})
