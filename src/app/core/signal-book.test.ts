import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hashId, type Json, type JsonObject } from '#kit'
import { defaultTenant, entityId, type EntityFact, type Finding, type LoggedEvent } from '#model'
import { createDetectors } from '#detect'
import { applyProjection, estateWriter, openEstate } from '#estate'
import { openLocalStore } from '#store'
import { ssfConnector } from '#connectors/ssf'

import { projectScoped, type Known } from './projecting.ts'
import { createSignalBook } from './signal-book.ts'
import { sourceOf } from '../../../test/simulation/source-of.ts'

const tenant = defaultTenant
const issuer = 'https://idp.example.com'
const [realm, other] = ['00oEXAMPLE', 'another.example']
const atMs = Date.UTC(2026, 2, 24, 12)
const compromised = 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise'
const ada = entityId('identity', realm, '00uADA')

const source = sourceOf({
  id: 'idp-signals',
  connector: 'ssf',
  config: { issuer, audience: 'a' },
  authority: realm,
  scope: { about: [{ authority: realm }], mentions: [] },
})
const known = new Map<string, Known>([
  [
    source.id,
    { source, normalizer: { connector: 'ssf', authority: realm, normalize: ssfConnector.normalize }, version: 1 },
  ],
])
const people = (authority: string, native: string, email: string): EntityFact => ({
  entity: entityId('identity', authority, native),
  observedAtMs: 1000,
  attributes: { kind: 'human', email },
})

async function bookOver(facts: EntityFact[]) {
  const { writer, reader } = openLocalStore([estateWriter])
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  const nothing = { edges: [], touches: [], stream: 'x', eventAtMs: 1000, arrivedAtMs: 1000 }
  const args = { tenant, source: 'okta', skewMs: 0, projectionVersion: 1, through: 1 }
  const [applied] = await writer.submit(applyProjection({ ...args, items: [{ ...nothing, offset: 1, facts }] }))
  estate.apply(applied)
  return createSignalBook({ view: () => estate.view(), detectors: createDetectors({ tenant }) })
}

let offset = 1
function item(sub_id: Json, more: Partial<LoggedEvent> = {}, over: JsonObject = {}) {
  const set = { iss: issuer, jti: `j${++offset}`, iat: atMs / 1000, aud: 'a', sub_id, events: { [compromised]: {} } }
  const raw = { set, signedBy: { alg: 'ES256', kid: 'k' }, names: { issuer, realm, subject: '{sub}', ...over } }
  const event: LoggedEvent = {
    id: hashId('evt', String(offset)),
    tenant,
    offset,
    source: source.id,
    stream: 'signals',
    eventAtMs: atMs,
    arrivedAtMs: atMs,
    raw: JSON.stringify(raw),
    ...more,
  }
  return projectScoped([event], known, { refused: 0 })
}
const about = (findings: readonly Finding[]) => findings.flatMap(({ entities }) => entities)
const byEmail = (email: string) => ({ format: 'email', email })

test('a reported compromise is a finding about that identity, and confined to it', async () => {
  const book = await bookOver([])
  const [finding] = await book.match(item({ format: 'iss_sub', iss: issuer, sub: '00uADA' }))
  assert.deepEqual(finding?.trigger, { kind: 'identity', identity: ada })
  assert.deepEqual([finding?.severity, finding?.rule], ['high', 'signal.reported'])
  assert.deepEqual(finding?.trust, { origin: 'vendor', sources: [source.id], confinedTo: [ada] })
  assert.equal(finding?.window.fromMs, atMs - 24 * 3_600_000)
  assert.deepEqual(await book.match(item({ format: 'iss_sub', iss: issuer, sub: '00uADA' })), [], 'one story, once')
})

test('an address counts where exactly one identity of the sender’s own realm has it', async () => {
  const book = await bookOver([
    people(realm, '00uADA', 'ada@example.com'),
    people(other, 'u9', 'ada@example.com'),
    people(realm, '00u1', 'shared@example.com'),
    people(realm, '00u2', 'shared@example.com'),
    people(other, 'u8', 'only@example.com'),
  ])
  assert.deepEqual(about(await book.match(item(byEmail('Ada@example.com')))), [ada])
  for (const email of ['shared@example.com', 'only@example.com', 'nobody@example.com']) {
    assert.deepEqual(await book.match(item(byEmail(email))), [], email)
  }
})

test('history starts nothing, and a record that names another realm is refused by the scope', async () => {
  const book = await bookOver([people(other, 'u8', 'only@example.com')])
  const subject = { format: 'iss_sub', iss: issuer, sub: '00uADA' }
  assert.deepEqual(await book.match(item(subject, { backfill: true })), [])
  assert.deepEqual(await book.match(item(subject, {}, { realm: other })), [])
  assert.deepEqual(await book.match(item(byEmail('only@example.com'), {}, { realm: other })), [])
})
