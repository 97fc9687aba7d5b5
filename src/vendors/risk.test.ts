import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { becauseOf, exposureOf, stateOf, vendorOfDomain, type Claim, type NotedState, type Picture } from './index.ts'

const dayMs = 86_400_000
const nowMs = 1_000 * dayMs
const credential = entityId('credential', 'lab', 'grant/1')

function pictureWith(more: Partial<Picture> = {}): Picture {
  return {
    vendor: {
      vendor: vendorOfDomain('notes.example'),
      name: 'Notes',
      told: 'publisher',
      house: false,
      ai: false,
      owner: null,
      joined: [],
      components: [],
      parts: [],
      apps: [
        {
          app: entityId('app', 'lab', 'notes'),
          name: 'Notes',
          house: false,
          verified: true,
          enabled: true,
          scopes: ['drive'],
          opens: ['files'],
          owners: [],
          letIn: [],
          users: [entityId('identity', 'lab', 'ada')],
          bots: [],
          credentials: [credential],
          ended: [],
          createdAtMs: 0,
          lastUsedAtMs: nowMs,
        },
      ],
    },
    reach: {
      people: { atLeast: 3, atMost: 10 },
      records: { atLeast: 5, atMost: 50 },
      resources: { sure: [], possible: [] },
      classes: [],
      customers: [],
      unstated: 0,
      changes: false,
    },
    use: { sinceMs: 0, acts: 0, records: null, lastAtMs: null, talks: null, evidence: [], isCut: false },
    held: { people: { atLeast: 5, atMost: 8 }, records: null, resources: 1, unseen: false },
    components: [],
    lastUsedAtMs: nowMs,
    ...more,
  }
}
const claim = (state: Claim['state']): Claim => ({
  number: 1,
  vendor: vendorOfDomain('notes.example'),
  kind: 'soc2',
  digest: 'ab',
  says: 'type 2',
  issuer: 'their auditor',
  validUntilMs: nowMs + dayMs,
  by: 'ada',
  atMs: 0,
  state,
  withdrawnAtMs: null,
})
const nothing = { findings: [], incidents: [], claims: [claim('fresh')] }
const reasons = (picture: Picture, against: Parameters<typeof exposureOf>[1] = nothing): string[] =>
  exposureOf(picture, against, nowMs).reasons.map(({ kind }) => kind)

test('exposure is what grants reach and what was taken, whichever is more, and of a quiet vendor there is no reason', () => {
  const { people, records } = exposureOf(pictureWith(), nothing, nowMs)
  assert.deepEqual(
    [people, records],
    [
      { atLeast: 5, atMost: 10 },
      { atLeast: 5, atMost: 50 },
    ],
  )
  assert.deepEqual(reasons(pictureWith()), [])
})

test('each thing that speaks against a vendor is a reason of its own, gravest first', () => {
  const { vendor, reach, use } = pictureWith()
  const app = vendor.apps[0] ?? assert.fail()
  const advised = { purl: 'pkg:pypi/x', version: '1', from: 'installed' as const, on: null }
  const cases: [string, Partial<Picture>, Partial<typeof nothing>?][] = [
    ['incident', {}, { incidents: [{ title: 'breach' }] as never }],
    ['advisory', { components: [{ ...advised, advisories: [{ id: 'GHSA-1', publishedAtMs: 1, sure: true }] }] }],
    ['finding', {}, { findings: [{ kind: 'unverified-app' }] as never }],
    ['lapsed', {}, { claims: [claim('lapsed')] }],
    ['unattested', {}, { claims: [] }],
    ['unattested', {}, { claims: [claim('withdrawn')] }],
    ['unverified', { vendor: { ...vendor, apps: [{ ...app, verified: false }] } }],
    ['untold', { vendor: { ...vendor, told: 'nobody' } }],
    ['changes', { reach: { ...reach, changes: true } }],
    ['dormant', { lastUsedAtMs: nowMs - 91 * dayMs }],
    ['unseen', { held: { ...pictureWith().held, unseen: true } }],
    ['unstated', { reach: { ...reach, unstated: 2 } }],
  ]
  for (const [kind, more, against] of cases)
    assert.deepEqual(reasons(pictureWith(more), { ...nothing, ...against }), [kind], kind)
  const talks = { acts: 4, places: 2, people: [], firstAtMs: 1, lastAtMs: nowMs }
  const egress = {
    kind: 'egress' as const,
    entity: entityId('resource', 'dns', 'egress/x'),
    name: 'x',
    seen: null,
    credentials: [],
  }
  const shadow = pictureWith({ vendor: { ...vendor, apps: [], parts: [egress] }, use: { ...use, talks } })
  assert.deepEqual(reasons(shadow), ['shadow'])
  const letIn = { ...egress, kind: 'platform' as const }
  assert.deepEqual(
    reasons(pictureWith({ vendor: { ...vendor, apps: [], parts: [egress, letIn] }, use: { ...use, talks } })),
    [],
  )
  assert.deepEqual(reasons(pictureWith({ lastUsedAtMs: null })), [], 'of no word on its use nothing is said')
})

test('history moves on a scope, an app, an advisory, a claim that ran out; numbers alone at most once a day', () => {
  const stateWith = (picture: Picture, claims: Claim[] = [claim('fresh')]) =>
    stateOf(picture, exposureOf(picture, { ...nothing, claims }, nowMs), { findings: 0, incidents: 0, claims })
  const first = stateWith(pictureWith())
  const noted: NotedState = { number: 1, atMs: nowMs, asOf: 1, state: first, because: ['first seen'] }
  assert.deepEqual(becauseOf(undefined, first, nowMs), ['first seen'])
  assert.deepEqual(becauseOf(noted, first, nowMs + dayMs), [])
  const { vendor, reach } = pictureWith()
  const app = vendor.apps[0] ?? assert.fail()
  const wider = stateWith(
    pictureWith({ vendor: { ...vendor, apps: [{ ...app, scopes: ['drive', 'gmail.readonly'] }] } }),
  )
  assert.deepEqual(becauseOf(noted, wider, nowMs + 1), ['new scope gmail.readonly'])
  assert.deepEqual(becauseOf(noted, stateWith(pictureWith(), [claim('lapsed')]), nowMs + 1), [
    'new reason lapsed',
    '1 to 0 claims that hold',
  ])
  const more = stateWith(pictureWith({ reach: { ...reach, people: { atLeast: 3, atMost: 20 } } }))
  assert.deepEqual(becauseOf(noted, more, nowMs + 1), [], 'on the same day')
  assert.deepEqual(becauseOf(noted, more, nowMs + dayMs), ['people: 5 to 10, now 5 to 20'])
})
