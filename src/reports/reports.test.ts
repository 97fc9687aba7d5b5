import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultTenant, entityId, type EntityFact, type EntityId, type Impact, type TouchedResource } from '#model'
import { createMemoryEstate } from '#estate'
import type { IncidentReport } from '#respond'

import { makeStatements } from '../../test/simulation/statements.ts'
import {
  audits,
  boardReport,
  customerReport,
  howStored,
  readScene,
  regulatorReport,
  thirdParties,
  type Document,
  type VendorTold,
} from './index.ts'

const hourMs = 3_600_000
const openedMs = Date.UTC(2026, 2, 24, 12)
const nowMs = openedMs + 80 * hourMs
const thing = (name: string): EntityId => entityId('resource', 'pg', `rel/${name}`)
const [shared, mine, theirs] = [thing('people'), thing('mine'), thing('theirs')]
const api = thing('api')
const [aurora, borealis] = [entityId('customer', 'cordon', 'aurora'), entityId('customer', 'cordon', 'borealis')]
const health = entityId('class', 'declared', 'health')
const [deadKey, liveKey] = [
  entityId('credential', 'pg', 'role/1/password'),
  entityId('credential', 'pg', 'role/2/password'),
]

const { edge } = makeStatements(0, {}, 100)
const persons = (from: number, to: number, customer: EntityId) =>
  Array.from({ length: to - from }, (_, n) => ({ person: entityId('person', 'hr', `${from + n}`), customer }))
const named = (list: readonly (readonly [EntityId, EntityFact['attributes']])[]): EntityFact[] =>
  list.map(([entity, attributes]) => ({ entity, observedAtMs: 0, attributes }))
const view = createMemoryEstate({
  edges: [
    edge(shared, 'CLASSIFIED_AS', health),
    edge(theirs, 'BELONGS_TO', borealis),
    edge(mine, 'BELONGS_TO', aurora),
    edge(api, 'CONTAINS', mine),
  ],
  facts: named([
    [shared, { name: 'shop.people', kind: 'table' }],
    [mine, { name: 'aurora.orders', kind: 'table' }],
    [theirs, { name: 'borealis.orders', kind: 'table' }],
    [api, { name: 'orders API' }],
    [aurora, { name: 'Aurora' }],
    [borealis, { name: 'Borealis' }],
    [liveKey, { name: 'password of borealis_sync' }],
  ]),
  people: [
    { resource: shared, persons: [...persons(0, 30, aurora), ...persons(30, 100, borealis)] },
    { resource: mine, persons: persons(0, 5, aurora) },
    { resource: theirs, persons: [...persons(30, 60, borealis), ...persons(0, 1, aurora)] },
  ],
})

const act = (resource: EntityId, records: number | null): TouchedResource => ({
  resource,
  verbs: ['read'],
  firstAtMs: openedMs - hourMs,
  lastAtMs: openedMs,
  records,
  by: [liveKey],
  evidence: [7, 8],
})
const impact: Impact = {
  couldReach: [shared, mine, theirs].map((resource) => ({ resource, reason: [] })),
  didTouch: [act(shared, 100), act(theirs, null)],
  didChange: [],
  unknown: [mine, api].map((resource) => ({ resource, why: 'reads of borealis-warehouse are not logged' })),
  people: {
    couldReach: { atLeast: 100, atMost: 100 },
    didTouch: { atLeast: 0, atMost: 100 },
    didChange: { atLeast: 0, atMost: 0 },
    unknown: { atLeast: 0, atMost: 5 },
  },
  customers: [aurora, borealis].map((customer) => ({
    customer,
    couldReach: true,
    didTouch: true,
    didChange: false,
    unknown: false,
    people: { atLeast: 0, atMost: 30 },
  })),
  blindSpots: ['`borealis-db` has not delivered `log` for a while'],
}
const report: IncidentReport = {
  incident: {
    id: 'inc_a',
    tenant: defaultTenant,
    title: 'password of borealis_sync leaked',
    severity: 'high',
    urgency: 'now',
    state: 'open',
    trigger: { kind: 'credential', credential: liveKey },
    window: { fromMs: openedMs - 5 * hourMs, toMs: openedMs },
    trust: { origin: 'person', sources: [], confinedTo: null },
    findings: [],
    openedAtMs: openedMs,
    plan: 'abc',
  },
  assessment: null,
  actions: [],
  dead: [
    {
      credential: deadKey,
      action: 'act_1',
      proof: { kind: 'read-back', atMs: openedMs + hourMs, says: 'login is off', where: [] },
      fromFindingMs: 1,
      fromApprovalMs: null,
      fromApplyMs: 1,
    },
  ],
  survivors: [
    {
      credential: liveKey,
      why: 'no step of the plan kills it',
      next: 'revoke it by hand',
      owner: null,
      quiet: false,
      expiresAtMs: null,
    },
  ],
  approvals: [],
  tasks: [],
  blindSpots: impact.blindSpots,
  impactNow: { asOf: 9, impact },
}
const sceneFor = (customer: EntityId | null) => readScene(view, { report, atMs: nowMs, customer })
const saysOf = ({ sections }: Document, title: string): string[] =>
  sections.filter((one) => one.title.startsWith(title)).flatMap(({ lines }) => lines.map(({ says }) => says))

function assertEvident(document: Document): void {
  const all = [...document.figures, ...document.times, ...document.sections.flatMap(({ lines }) => lines)]
  assert.ok(all.length > 0)
  for (const one of all)
    assert.ok(one.evidence.length > 0 && one.evidence.every(({ ref }) => ref !== ''), JSON.stringify(one))
}

test('the board reads what is closed with its proof, what is open by name and next step, and what nobody can tell', async () => {
  const document = boardReport(await sceneFor(null))
  assertEvident(document)
  assert.deepEqual(
    document.figures.map(({ label, atLeast, atMost }) => [label, atLeast, atMost]),
    [
      ['of 2 credentials proven dead', 1, 1],
      ['not proven dead', 1, 1],
      ['people whose data could be reached', 100, 100],
      ['people whose data was read', 0, 100],
      ['people whose data was changed', 0, 0],
      ['people of whom no source can tell', 0, 5],
    ],
  )
  assert.match(
    saysOf(document, 'What is closed').join(),
    /role\/1\/password is dead: read-back, login is off|is dead: read-back/,
  )
  assert.match(
    saysOf(document, 'What is open').join(),
    /password of borealis_sync is not proven dead: .*; next: revoke it by hand/,
  )
  assert.match(document.unknown.join('\n'), /has not delivered[^]*aurora.orders cannot be ruled out/)
})

test('a customer reads of its own people and data, and of another customer not one word', async () => {
  const document = customerReport(await sceneFor(aurora), aurora)
  assertEvident(document)
  const text = JSON.stringify(document)
  assert.doesNotMatch(text, /borealis/i, 'neither names, titles, credentials nor what sources say')
  assert.doesNotMatch(text, new RegExp(theirs), 'a thing of another customer, though one of ours is in it')
  assert.deepEqual(
    document.figures.map(({ atMost }) => atMost),
    [30, 30, 0, 5],
    'its distinct people',
  )
  assert.match(
    saysOf(document, 'Your data').join('\n'),
    /shop.people: read[^]*30 people of yours\naurora.orders: could be reached/,
  )
  assert.match(saysOf(document, 'What we did').join('\n'), /1 credential of 2[^]*1 credential not proven dead/)
  assert.match(
    document.unknown.join('\n'),
    /aurora.orders: acts there are not logged, and cannot be ruled out\norders API: acts there [^]*\n1 limit/,
  )
  const other = JSON.stringify(customerReport(await sceneFor(borealis), borealis))
  assert.doesNotMatch(other, /aurora/i)
  assert.match(other, /borealis.orders/)
})

test('a regulator reads times and numbers in the order of Article 33(3), and what only the controller can say', async () => {
  const document = regulatorReport(await sceneFor(null))
  assertEvident(document)
  assert.match(
    saysOf(document, '(a)').join('\n'),
    /categories of data read or changed: health\n[^]*records: at least 100; of 1 thing no source told/,
  )
  assert.match(document.unknown.join('\n'), /^\(b\)[^]*\n\(c\)/)
  assert.deepEqual(document.times.find(({ says }) => says.startsWith('72 hours'))?.atMs, openedMs + 72 * hourMs)
  assert.equal(saysOf(document, 'Reasons for the delay').length, 1)
  const early = await readScene(view, { report, atMs: openedMs + hourMs, customer: null })
  assert.equal(saysOf(regulatorReport(early), 'Reasons for the delay').length, 0)
})

const asked = { atMs: nowMs, customer: null, customerName: null, lacking: ['`pg` is late'] }
const forAurora = { ...asked, customer: aurora, customerName: 'Aurora', lacking: [] }

test('how data is stored: of all, and of one customer only what holds its people', async () => {
  const all = await howStored(view, asked)
  assertEvident(all)
  assert.deepEqual(
    all.figures.map(({ atMost }) => atMost),
    [3, 100],
  )
  assert.equal(all.unknown[0], '`pg` is late')
  const one = await howStored(view, forAurora)
  assertEvident(one)
  assert.deepEqual(
    one.figures.map(({ atMost }) => atMost),
    [2, 30],
  )
  assert.doesNotMatch(JSON.stringify(one), /borealis/i)
  assert.match(
    saysOf(one, 'Where it lies').join('\n'),
    /shop.people: table at pg; data of 30 people; classified as health/,
  )
  assert.match(one.unknown.join('\n'), /encryption at rest/)
})

const vendor = (name: string, customers: EntityId[]): VendorTold => ({
  vendor: entityId('vendor', 'cordon', name),
  name,
  apps: 1,
  ai: false,
  people: { atLeast: 3, atMost: 70 },
  held: { atLeast: 0, atMost: 70 },
  lastUsedAtMs: null,
  claims: 0,
  customers,
  classes: [],
})

test('third parties: of one customer those that reach its data, without the numbers of others', () => {
  const vendors = [vendor('mailer', [aurora]), vendor('notes', [borealis])]
  const all = thirdParties(vendors, asked, 5)
  assertEvident(all)
  assert.deepEqual(
    all.figures.map(({ atLeast, atMost }) => [atLeast, atMost]),
    [[2, null]],
  )
  const one = thirdParties(vendors, forAurora, 5)
  assert.match(saysOf(one, 'Tools').join(), /^mailer: 1 app; last use not told; no attestation on file$/)
  assert.doesNotMatch(JSON.stringify(one), /notes|70/)
})

test('audits: what is measured, since when and under which root, and never that a framework is fulfilled', () => {
  const told = {
    frameworks: [{ id: 'soc2', title: 'SOC 2', edition: '2022' }],
    controls: [
      { framework: 'soc2', control: 'CC6.1', state: 'met', open: 0, excepted: 0 },
      { framework: 'soc2', control: 'CC6.2', state: 'unmet', open: 3, excepted: 0 },
    ],
    days: [
      { day: '2026-03-01', digest: 'aa' },
      { day: '2026-03-02', digest: 'bb' },
    ],
    checkpoint: { size: 12, rootHash: 'cc' },
  }
  const document = audits(told, asked, 5)
  assertEvident(document)
  assert.match(saysOf(document, 'Frameworks').join(), /SOC 2 2022: of 2 controls 1 met, 1 unmet/)
  assert.match(
    saysOf(document, 'How it is kept').join('\n'),
    /from 2026-03-01 to 2026-03-02; the newest has the digest bb\n[^]*12 leaves under the root cc/,
  )
  assert.match(document.unknown.join('\n'), /whether it is fulfilled an auditor says/)
})

test('a number of nothing has its evidence, too: where it was looked for', async () => {
  const empty = createMemoryEstate({ edges: [], asOf: 7 })
  const nothing = [
    await howStored(empty, asked),
    thirdParties([], asked, 7),
    audits(
      { frameworks: [{ id: 'soc2', title: 'SOC 2', edition: '2022' }], controls: [], days: [], checkpoint: null },
      asked,
      7,
    ),
  ]
  for (const document of nothing) {
    assertEvident(document)
    assert.deepEqual(document.figures[0]?.evidence, [{ kind: 'estate', ref: '7' }])
  }
  const scene = await sceneFor(null)
  assertEvident(boardReport({ ...scene, report: { ...report, dead: [] } }))
})
