import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { renderPause, renderResume } from './vendor-pause.ts'
import { renderClaim, renderVendors } from './vendors.ts'

const vendor = entityId('vendor', 'domain', 'notes.example')
const row = {
  vendor,
  name: 'Notes',
  told: 'domain',
  house: false,
  ai: true,
  owner: null,
  apps: 0,
  parts: ['egress'],
  users: 0,
  people: { atLeast: 0, atMost: 0 },
  held: { atLeast: 3, atMost: 1_200 },
  unseen: true,
  classes: [],
  changes: false,
  lastUsedAtMs: null,
  advisories: 1,
  findings: 0,
  incidents: 0,
  claims: 0,
  paused: [],
  exposure: { people: { atLeast: 3, atMost: 1_200 }, records: { atLeast: 0, atMost: null } },
  reasons: ['advisory', 'shadow'],
} satisfies Parameters<typeof renderVendors>[0]['vendors'][number]

test('a list says both ends, that what was sent nobody sees, and which source was lacking', () => {
  const text = renderVendors({
    asOf: 1,
    atMs: 1,
    sinceMs: 0,
    total: 1,
    vendors: [row],
    lacking: ['`dns` is late'],
  }).join('\n')
  assert.match(text, /3 to 1,200 or more/)
  assert.match(text, /1 advisory, shadow$/m)
  assert.match(text, /lacking: `dns` is late/)
})

test('a claim is shown as one, never as a fact', () => {
  const claim = {
    number: 3,
    vendor,
    kind: 'soc2',
    digest: 'ab'.repeat(32),
    says: 'type 2',
    issuer: 'their auditor',
    validUntilMs: Date.UTC(2027, 2, 1),
    by: 'ada',
    atMs: 0,
    withdrawnAtMs: null,
  } as const
  assert.match(renderClaim({ ...claim, state: 'fresh' }), /soc2 by their auditor, claimed until 2027-03-01: type 2/)
  assert.match(renderClaim({ ...claim, state: 'lapsed' }), /RAN OUT until 2027-03-01/)
})

const stop = {
  target: entityId('app', 'lab', 'notes'),
  name: 'Notes',
  of: 'Notes',
  owner: null,
  does: 'nobody signs in',
  reversible: true,
  onlyForGood: false,
  verbs: [{ source: 'okta', verb: 'okta.app.deactivate', title: 'Deactivate an app' }],
}

test('a pause says apart what comes back, what never does and what goes on, and who loses work where anybody tells', () => {
  const people = {
    staff: 2,
    contractors: 3,
    unjoined: 1,
    named: [],
    projects: [{ project: 'red', customer: 'lab-aster', losing: 3, of: 4 }],
    others: [{ project: 'blue', customer: 'lab-aster', people: 7, sameCustomer: true }],
  }
  const pause = {
    vendor,
    name: 'Notes',
    class: null,
    forGood: true,
    stops: [stop, { ...stop, reversible: false }, { ...stop, verbs: [] }],
    goesOn: [{ entity: vendor, name: 'sdk', why: 'code of theirs' }],
    losing: { jobs: [{ entity: vendor, name: 'nightly', how: 'depends' as const }], accounts: 6, people },
    batches: [],
  }
  const text = renderPause(pause).join('\n')
  for (const part of [
    /stops, and can be put back \(1\)/,
    /ENDS FOR GOOD \(1\)/,
    /goes on until a person stops it \(1\)/,
    /sdk: code of theirs/,
    /nightly {2}cannot work without it/,
    /2 people of the staff and 3 contractors lose it; of 1 account no register tells/,
    /blue {2}lab-aster, the same customer, 7 contractors/,
  ])
    assert.match(text, part)
  const untold = renderPause({ ...pause, losing: { ...pause.losing, people: null } }).join('\n')
  assert.match(untold, /6 accounts lose it; no register tells whose they are/)
})

test('a resume that is held says what is not met, and that nobody tells is not a yes', () => {
  const checks = [
    { check: 'claim-holds' as const, state: 'met' as const, why: [] },
    { check: 'keys-new' as const, state: 'untold' as const, why: ['no source tells when `k` was made'] },
  ]
  const answer = { vendor, name: 'Notes', incidents: [], checks, missing: 1, asked: 0, refused: [] }
  const held = renderResume({ ...answer, state: 'held' }).join('\n')
  assert.match(held, /^yes +they have shown/m)
  assert.match(held, /^NOT TOLD every secret/m)
  assert.match(held, /stays paused: two people/)
  assert.match(renderResume({ ...answer, state: 'waits' }).join('\n'), /1 more person must say so/)
})
