import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { entityId } from '#model'

import { checkSchema } from '../../../lab/twins/kit/schema.ts'
import { metadataOf } from '../../../src/signals/stream-api.ts'
import { credential } from '../../simulation/respond-world.ts'
import { oktaSchemas, oktaSlice } from './okta-schemas.ts'
import { applyOne, issuer, rig } from './transmitter-rig.ts'

const slice = parseJson(readFileSync(oktaSlice, 'utf8'))
assert.ok(isObject(slice))
const jsonOf = (value: unknown): JsonObject => {
  const json = parseJson(JSON.stringify(value))
  assert.ok(isObject(json))
  return json
}
/** `beyond`: members of SSF 1.0 that Okta's description, an older draft's, does not know. */
function problemsOf(name: (typeof oktaSchemas)[number], value: Json, beyond: readonly string[] = []): string[] {
  assert.ok(isObject(value))
  const known = Object.fromEntries(Object.entries(value).filter(([key]) => !beyond.includes(key)))
  return checkSchema(slice as JsonObject, { $ref: `#/schemas/${name}` }, known, name, 'answer')
}

const ada = { kind: 'human', email: 'ada@example.com' }
/** The one event told of a step on Ada, as a receiver reads it. */
async function told(wish: Parameters<typeof applyOne>[1], kind: string, subjectInEvent: boolean) {
  const { api, telling, makeKey, only, core, read } = rig([], (identity) => ({ ...ada, kind, identity }))
  await makeKey()
  await api.create('okta', {}, { aud: 'https://example.okta.com', subjectInEvent })
  const { prove } = await applyOne(core, wish, credential('trigger'))
  await prove()
  await telling.queueDue()
  const [token = ''] = Object.values((await telling.poll(only(), {})).sets)
  const { payload, protectedHeader } = await read(token, 'https://example.okta.com')
  return { payload: jsonOf(payload), header: jsonOf(protectedHeader) }
}
const sessionsEnd = {
  target: entityId('identity', 'o', '00u1'),
  verb: 'okta.user.sessions.end',
  phase: 'end-sessions',
} as const

test('what Okta takes from other transmitters is what it gets: token, event and the reason it insists on', async () => {
  const { payload, header } = await told(sessionsEnd, 'human', true)
  assert.deepEqual(problemsOf('SecurityEventTokenRequestJwtHeader', header), [])
  assert.deepEqual(problemsOf('SecurityEventTokenRequestJwtBody', payload, ['sub_id', 'txn']), [])
  const [event] = Object.values(jsonOf(payload['events']))
  assert.ok(isObject(event))
  assert.deepEqual(event['subject'], { user: { format: 'email', email: 'ada@example.com' } })
  assert.ok(isObject(event['reason_admin']), 'either a reason for administrators or one for the user')
  const plain = await told(sessionsEnd, 'human', false)
  const missing = problemsOf('SecurityEventTokenRequestJwtBody', plain.payload, ['sub_id', 'txn'])
  assert.match(missing.join(), /subject: missing/, 'SSF 1.0 has it outside of the event: Okta needs the setting')
})

test('a credential’s end, the metadata and a stream have the shapes that Okta as a transmitter gives', async () => {
  const wish = { target: credential('password'), phase: 'revoke' } as const
  const { payload } = await told(wish, 'password', false)
  const [event = null] = Object.values(jsonOf(payload['events']))
  assert.deepEqual(problemsOf('CaepCredentialChangeEvent', event), [])
  const beyond = ['status_endpoint', 'add_subject_endpoint', 'remove_subject_endpoint', 'critical_subject_members']
  assert.deepEqual(problemsOf('WellKnownSSFMetadata', metadataOf(issuer), beyond), [])
  const { api, makeKey, only } = rig(['https://receiver.example'])
  await makeKey()
  const delivery = { method: 'urn:ietf:rfc:8935', endpoint_url: 'https://receiver.example/events' }
  const made = await api.create('okta', { delivery })
  assert.deepEqual(problemsOf('StreamConfiguration', made), [])
  assert.deepEqual(problemsOf('StreamStatus', api.status('okta', only().id)), [])
})

test('of one ended session nobody is told that all of the user’s have ended', async () => {
  const target = credential('session/1')
  const { api, telling, makeKey, only, core, read } = rig([], () => ({
    ...ada,
    kind: 'session',
    identity: entityId('identity', 'o', '00u1'),
  }))
  await makeKey()
  await api.create('okta', {})
  await (await applyOne(core, { target, verb: 'oidc.session.end', phase: 'end-sessions' }, credential('t'))).prove()
  await telling.queueDue()
  const [token = ''] = Object.values((await telling.poll(only(), {})).sets)
  const { payload } = await read(token, `${issuer}/receivers/okta`)
  assert.deepEqual(payload['sub_id'], {
    format: 'complex',
    user: { format: 'email', email: 'ada@example.com' },
    session: { format: 'opaque', id: target },
  })
})
