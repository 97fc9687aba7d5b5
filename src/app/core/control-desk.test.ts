import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, systemRandom } from '#kit'
import { defaultTenant, type TenantId } from '#model'
import { daysSince, digestOf } from '#controls'
import { controlsWriter } from '#controls/writer'
import { appendReceipt, receiptArgs } from '#ledger'
import { ledgerWriter } from '#ledger/writer'
import { checks, type CheckState } from '#posture'
import { openLocalStore } from '#store'
import { routes } from '#api/contract'

import { createControlDesk } from './control-desk.ts'
import { noRules } from './rule-health.ts'

const startMs = Date.UTC(2026, 5, 1, 22)
const dayMs = 86_400_000
const states: CheckState[] = checks.map(({ kind, title, rule, severity, needs }) => ({
  kind,
  title,
  rule,
  severity,
  needs: [...needs],
  state: 'said',
  why: [],
  looked: 1,
  found: 0,
  untold: [],
}))

function openDesk() {
  const clock = new ManualClock(startMs)
  const store = openLocalStore([ledgerWriter, controlsWriter])
  const house = { approvers: 2 }
  const deskOf = (tenant: TenantId) =>
    createControlDesk({
      ...store,
      tenant,
      clock,
      posture: { now: () => Promise.resolve({ checks: states, findings: [], excepted: new Set() }) },
      people: { ended: () => Promise.resolve({ asOf: 1, people: 5, ended: [], ambiguous: [] }) },
      sources: { list: () => [] },
      vendors: { standing: () => Promise.resolve({ known: 3, reaching: 1, unattested: 0 }) },
      responder: {
        list: () => [],
        approvers: () => [
          ...Array.from({ length: house.approvers }, () => ({ state: 'active' })),
          { state: 'retired' },
          { state: 'pending' },
        ],
        isStopped: () => false,
      },
      rules: () => ({ ...noRules, rules: 3 }),
      ledger: { size: () => 0, checkpoints: () => [] },
      witnesses: 1,
      retentionDays: 180,
      receipt: (what, facts, sealed) =>
        appendReceipt(receiptArgs({ tenant, what, atMs: clock.nowMs(), customer: null, facts, sealed }, systemRandom)),
    })
  const leaves = () =>
    store.reader
      .all<{ leaf: string }>(
        'SELECT CAST(entry AS TEXT) AS leaf FROM ledger_leaf WHERE tenant = ? ORDER BY idx',
        defaultTenant,
      )
      .map(({ leaf }) => leaf)
  return { clock, store, house, deskOf, desk: deskOf(defaultTenant), leaves }
}

test('a day is noted once, by whoever comes first, with a leaf whose digest is that of its rows', async () => {
  const { desk, store, house, clock, leaves } = openDesk()
  await desk.noteToday()
  house.approvers = 1
  await desk.noteToday()
  const [day, ...others] = daysSince(store.reader, defaultTenant, '')
  assert.ok(day)
  assert.deepEqual(others, [])
  assert.equal(day.rows.find(({ control }) => control === 'CC7.4')?.state, 'partly')
  assert.equal(leaves().length, 1)
  assert.ok(leaves()[0]?.includes(digestOf(day.rows)))
  clock.advance(dayMs)
  await desk.noteToday()
  assert.equal(leaves().length, 2)
  const { days, changes } = routes['control.history'].response.parse(
    desk.history({ framework: 'soc2', since: undefined, rows: 'no' }),
  )
  assert.deepEqual(
    days.map((one) => one.day),
    ['2026-06-01', '2026-06-02'],
  )
  assert.deepEqual(
    changes.filter(({ from }) => from !== null).map(({ day: on, control, from, to }) => [on, control, from, to]),
    [
      ['2026-06-02', 'CC6.3', 'met', 'unmet'],
      ['2026-06-02', 'CC7.4', 'partly', 'unmet'],
    ],
  )
})

test('two companies never see each other’s days', async () => {
  const { desk, deskOf } = openDesk()
  await desk.noteToday()
  assert.deepEqual(deskOf('t_other').history({ framework: undefined, since: undefined, rows: 'no' }), {
    days: [],
    changes: [],
  })
})

test('a control shows each check with its rule, and unknown names are refused with those there are', async () => {
  const { desk } = openDesk()
  const { control } = routes['control.show'].response.parse(await desk.show({ framework: 'soc2', control: 'CC6.3' }))
  assert.ok(control.evidence.every(({ rule }) => rule !== ''))
  await assert.rejects(desk.show({ framework: 'soc2', control: 'CC99' }), { code: 'ERR_CONTROL_UNKNOWN' })
  await assert.rejects(desk.list({ framework: 'soc3' }), /no framework `soc3`/)
})
