import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '#kit'
import { defaultTenant, entityId, type Edge, type EntityId, type Incident } from '#model'
import { routes } from '#api/contract'
import { createMemoryEstate } from '#estate'
import type { IncidentReport } from '#respond'

import { createReportDesk } from './report-desk.ts'

const nowMs = Date.UTC(2026, 2, 24)
const table = entityId('resource', 'pg', 'rel/1')
const [aurora, borealis] = [entityId('customer', 'cordon', 'aurora'), entityId('customer', 'cordon', 'borealis')]
const incident = (id: Incident['id'], openedAtMs: number): Incident => ({
  id,
  tenant: defaultTenant,
  title: 'a leak at borealis',
  severity: 'high',
  urgency: 'now',
  state: 'open',
  trigger: { kind: 'host', host: entityId('host', 'lab', 'runner-7') },
  window: { fromMs: openedAtMs - 1000, toMs: null },
  trust: { origin: 'person', sources: [], confinedTo: null },
  findings: [],
  openedAtMs,
  plan: null,
})
const incidents = [incident('inc_a', nowMs - 2000), incident('inc_b', nowMs - 1000)]
const edge = (src: EntityId, dst: EntityId, evidence: number): Edge => ({
  edge: evidence,
  src,
  type: 'CLASSIFIED_AS',
  dst,
  validFrom: 0,
  validTo: null,
  observedAtMs: 0,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence,
})
const desk = createReportDesk({
  tenant: defaultTenant,
  clock: new ManualClock(nowMs),
  view: () =>
    Promise.resolve(
      createMemoryEstate({
        edges: [edge(table, entityId('class', 'declared', 'health'), 7)],
        facts: [aurora, borealis].map((entity) => ({
          entity,
          observedAtMs: 0,
          attributes: { name: entity.split(':').at(-1) ?? '' },
        })),
        people: [
          {
            resource: table,
            persons: [
              { person: 'person:hr:1', customer: aurora },
              { person: 'person:hr:2', customer: borealis },
            ],
          },
        ],
      }),
    ),
  responder: {
    list: () => incidents,
    report: (_, id): Promise<IncidentReport> =>
      Promise.resolve({
        incident: incidents.find((one) => one.id === id) ?? assert.fail('it is there'),
        assessment: null,
        actions: [],
        dead: [],
        survivors: [],
        approvals: [],
        tasks: [],
        blindSpots: [],
      }),
    impactNow: () => assert.fail('there is no plan, and so no impact'),
  },
  vendors: { list: () => assert.fail('not asked'), show: () => assert.fail('not asked') },
  controls: {
    list: () => Promise.resolve({ atMs: nowMs, frameworks: [], controls: [] }),
    history: () => ({ days: [], changes: [] }),
  },
  checkpoint: () => null,
  late: () => ['`borealis-db` has not delivered `log` for a while'],
})

test('one incident, or all since a time with a page each; not both, and not neither', async () => {
  const one = await desk.report({ audience: 'board', incident: 'inc_a' })
  routes['report.make'].response.parse(one)
  assert.deepEqual(one.documents.length, 1)
  assert.equal((await desk.report({ audience: 'regulator', sinceMs: nowMs - 1500 })).documents.length, 1)
  assert.equal((await desk.report({ audience: 'board', sinceMs: 0 })).documents.length, 2)
  await assert.rejects(desk.report({ audience: 'board' }), { code: 'ERR_REPORT_ASKED' })
  await assert.rejects(desk.report({ audience: 'board', incident: 'inc_a', sinceMs: 0 }), { code: 'ERR_REPORT_ASKED' })
})

test('a customer’s report is for a customer who is known, and no other report is', async () => {
  const { documents } = await desk.report({ audience: 'customer', incident: 'inc_a', customer: 'aurora' })
  assert.doesNotMatch(JSON.stringify(documents), /borealis/)
  await assert.rejects(desk.report({ audience: 'customer', incident: 'inc_a' }), { code: 'ERR_REPORT_ASKED' })
  await assert.rejects(desk.report({ audience: 'board', incident: 'inc_a', customer: 'aurora' }), {
    code: 'ERR_REPORT_ASKED',
  })
  await assert.rejects(desk.report({ audience: 'customer', incident: 'inc_a', customer: 'nobody' }), {
    code: 'ERR_ACCESS_UNKNOWN',
  })
})

test('of what is lacking a customer is told the number, since sources may be called after others', async () => {
  const all = await desk.answer({ question: 'how-stored' })
  routes['answer.make'].response.parse(all)
  assert.match(JSON.stringify(all), /borealis-db/)
  const { documents } = await desk.answer({ question: 'how-stored', customer: 'aurora' })
  assert.doesNotMatch(JSON.stringify(documents), /borealis/)
  assert.match(documents[0]?.unknown[0] ?? '', /^1 of the sources/)
  assert.match(JSON.stringify(await desk.answer({ question: 'audits' })), /no day has been noted yet/)
})
