import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { validateOcsf } from '#model/ocsf'

import { meanings } from './event-types.ts'
import { ssfConnector } from './index.ts'
import { readSubject } from './subject.ts'

const issuer = 'https://idp.example.com'
const names = { issuer, realm: '00oEXAMPLE', subject: '{sub}' }
const iat = 1_615_304_991
const caep = (name: string): string => `https://schemas.openid.net/secevent/caep/event-type/${name}`
const risc = (name: string): string => `https://schemas.openid.net/secevent/risc/event-type/${name}`

function said(events: JsonObject, more: JsonObject = {}) {
  const set: Json = {
    iss: issuer,
    jti: 'j1',
    iat,
    aud: 'a',
    sub_id: { format: 'iss_sub', iss: issuer, sub: 'u1' },
    events,
    ...more,
  }
  const raw: Json = { set, signedBy: { alg: 'ES256', kid: 'k1' }, names }
  const times = { eventAtMs: iat * 1000, arrivedAtMs: iat * 1000 }
  return ssfConnector.normalize({ stream: 'signals', raw, source: 's', authority: '00oEXAMPLE', ...times })
}

test('the session-revoked event of CAEP 1.0 (figure 2: a complex subject) ends that session', () => {
  const out = said(
    {
      [caep('session-revoked')]: {
        initiating_entity: 'policy',
        reason_admin: { en: 'Landspeed Policy Violation: C076E82F' },
        reason_user: {
          en: 'Access attempt from multiple regions.',
          'es-410': 'Intento de acceso desde varias regiones.',
        },
        event_timestamp: 1_615_304_991,
      },
    },
    {
      sub_id: {
        format: 'complex',
        session: { format: 'opaque', id: 'dMTlD|1600802906337.16|16008.16' },
        user: { format: 'iss_sub', iss: issuer, sub: '99beb27c-c1c2-4955-882a-e0dc4996fcbc' },
        tenant: { format: 'opaque', id: '123456789' },
      },
    },
  )
  const user = 'identity:00oEXAMPLE:99beb27c-c1c2-4955-882a-e0dc4996fcbc'
  const session = 'credential:00oEXAMPLE:session/dMTlD|1600802906337.16|16008.16'
  assert.deepEqual(
    out.edges.map(({ src, type, dst, op }) => [src, type, dst, op]),
    [[session, 'AUTHENTICATES_AS', user, 'close']],
  )
  assert.deepEqual(
    out.signals?.map(({ what, severity, subjects }) => [what, severity, subjects]),
    [['session-revoked', 'low', [{ entity: user }]]],
  )
  assert.equal(out.unmapped, undefined)
})

test('the account-disabled event of RISC 1.0 stops the identity, and is an alarm where it says hijacking', () => {
  const hijacked = said({ [risc('account-disabled')]: { reason: 'hijacking' } })
  assert.equal(hijacked.facts[0]?.attributes['enabled'], false)
  assert.equal(hijacked.signals?.[0]?.severity, 'high')
  const bulk = said({ [risc('account-disabled')]: { reason: 'bulk-account' } })
  assert.equal(bulk.signals, undefined)
})

test('every event type known here makes valid OCSF, with an odd subject too', () => {
  for (const type of Object.keys(meanings)) {
    for (const sub_id of [{ format: 'iss_sub', iss: issuer, sub: 'u1' }, { format: 'did', url: 'did:x:1' }, null]) {
      const { ocsf } = said({ [type]: { current_status: 'not-compliant', current_level: 'HIGH' } }, { sub_id })
      assert.deepEqual(ocsf.flatMap(validateOcsf), [], type)
      assert.equal(ocsf.length, 1)
    }
  }
})

test('a type nobody knows is kept, counted as debt, and starts nothing', () => {
  const out = said({ 'https://vendor.example/secret-event': { a: 1 } })
  assert.match(out.unmapped ?? '', /secret-event/)
  assert.deepEqual([out.facts, out.edges, out.signals], [[], [], undefined])
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
})

test('subjects of RFC 9493 become ids, an address is only looked up, and another issuer’s users are not ours', () => {
  const refs = (value: Json) => readSubject(value, { ...names, subject: 'user/{sub}' })
  assert.deepEqual(refs({ format: 'iss_sub', iss: `${issuer}/`, sub: '145234573' }).refs, [
    { entity: 'identity:00oEXAMPLE:user/145234573' },
  ])
  const email = { find: { authority: '00oEXAMPLE', attribute: 'email', value: 'user@example.com' } }
  assert.deepEqual(refs({ format: 'email', email: 'user@example.com' }).refs, [email])
  assert.deepEqual(refs({ format: 'account', uri: 'acct:user@example.com' }).refs, [email])
  const both = {
    format: 'aliases',
    identifiers: [
      { format: 'email', email: 'user@example.com' },
      { format: 'opaque', id: 'o1' },
    ],
  }
  assert.deepEqual(refs(both).refs, [email, { entity: 'identity:00oEXAMPLE:user/o1' }])
  assert.match(refs({ format: 'iss_sub', iss: 'https://other.example', sub: 'u1' }).debt.join(), /another issuer/)
  for (const odd of [{ format: 'phone_number', phone_number: '+12065550100' }, 'x', null, {}, { format: 'complex' }]) {
    const subject = refs(odd)
    assert.deepEqual([subject.refs.length, subject.debt.length], [0, 1], JSON.stringify(odd))
  }
  const nested = { format: 'aliases', identifiers: [both] }
  assert.equal(refs(nested).refs.length + refs(nested).debt.length > 0, true)
  // `$&` in an id is text and no pattern.
  assert.deepEqual(refs({ format: 'opaque', id: '$&' }).refs, [{ entity: 'identity:00oEXAMPLE:user/$&' }])
})

test('a time that cannot be is the token’s own', () => {
  const at = (event_timestamp: number) =>
    said({ [risc('account-disabled')]: { event_timestamp } }).facts[0]?.observedAtMs
  assert.equal(at(iat - 60), (iat - 60) * 1000)
  assert.equal(at((iat - 60) * 1000), (iat - 60) * 1000, 'milliseconds of old')
  assert.equal(at(iat + 86_400), iat * 1000)
  assert.equal(at(1), iat * 1000)
})
