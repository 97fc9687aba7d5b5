import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checks, type CheckState } from '#posture'

import { frameworks, houseChecks, weigh, type House, type Standing } from './index.ts'
import { nameOf } from './weigh.ts'

const atMs = Date.UTC(2026, 5, 1)
const dayMs = 86_400_000
const well: House = {
  atMs,
  streams: { read: 12, lacking: [] },
  detection: { rules: 236, correlations: 42, refused: 0, failed: 0 },
  ledger: { leaves: 10, signed: 10, signedAtMs: atMs - 9 * dayMs, witnesses: 1 },
  approvers: 2,
  automationStopped: false,
  incidents: [],
  people: { named: 900, endedActive: 0 },
  retentionDays: 180,
  vendors: { known: 20, reaching: 6, unattested: 0 },
}
const clean: CheckState[] = checks.map(({ kind, title, rule, severity, needs }) => ({
  kind,
  title,
  rule,
  severity,
  needs: [...needs],
  state: 'said',
  why: [],
  looked: 3,
  found: 0,
  untold: [],
}))
const finding = { id: 'fnd_aaaaaaaaaaaaaaaa', kind: 'old-key' } as const
const look = { checks: clean, findings: [], excepted: new Set<string>() }

const of = (standings: readonly Standing[], framework: string, control: string): Standing => {
  const found = standings.find((one) => one.framework === framework && one.control === control)
  assert.ok(found)
  return found
}

test('a house where nothing speaks against a control meets every one', () => {
  const standings = weigh(frameworks, look, well)
  assert.ok(standings.length > 50)
  assert.deepEqual([...new Set(standings.map(({ state }) => state))], ['met'])
})

test('every control names evidence that there is, once, and no evidence is named nowhere', () => {
  const known = new Set([
    ...checks.map(({ kind }) => nameOf({ posture: kind })),
    ...houseChecks.map(({ id }) => nameOf({ house: id })),
  ])
  const named = new Set<string>()
  for (const { controls } of frameworks) {
    assert.equal(new Set(controls.map(({ id }) => id)).size, controls.length)
    for (const { evidence } of controls) {
      assert.ok(evidence.length > 0)
      for (const name of evidence.map(nameOf)) named.add(name)
    }
  }
  assert.deepEqual(
    [...named].filter((name) => !known.has(name)),
    [],
  )
  assert.deepEqual(
    [...known].filter((name) => !named.has(name)),
    [],
  )
})

test('one open finding makes unmet the controls that ask about its kind, and no other', () => {
  const standings = weigh(frameworks, { ...look, findings: [finding] }, well)
  const unmet = standings.filter(({ state }) => state === 'unmet')
  for (const { evidence } of unmet)
    assert.ok(evidence.some((said) => said.evidence === 'posture:old-key' && said.open === 1))
  for (const { state, evidence } of standings)
    if (evidence.some((said) => said.evidence === 'posture:old-key')) assert.equal(state, 'unmet')
  assert.ok(unmet.length > 0 && unmet.length < standings.length / 2)
})

test('a finding that somebody answers for is no longer against it, and is counted', () => {
  const standings = weigh(frameworks, { ...look, findings: [finding], excepted: new Set([finding.id]) }, well)
  const { state, open, excepted } = of(standings, 'iso27001', '5.17')
  assert.deepEqual({ state, open, excepted }, { state: 'excepted', open: 0, excepted: 1 })
})

test('what cannot be said is never taken for met: of a part partly, of all unsaid, and a finding counts all the same', () => {
  const blind = (...kinds: string[]) =>
    clean.map((check) =>
      kinds.includes(check.kind) ? { ...check, state: 'blind' as const, why: ['no source'] } : check,
    )
  const factors = ['admin-without-strong-factor', 'foreign-federation', 'shared-identity', 'break-glass-daily']
  assert.equal(of(weigh(frameworks, { ...look, checks: blind('old-key') }, well), 'iso27001', '5.17').state, 'partly')
  assert.equal(of(weigh(frameworks, { ...look, checks: blind(...factors) }, well), 'iso27001', '8.5').state, 'unsaid')
  const spoken = weigh(frameworks, { ...look, checks: blind('unused-key'), findings: [finding] }, well)
  assert.equal(of(spoken, 'iso27001', '5.17').state, 'unmet')
})

test('each thing the house must do is asked for by itself', () => {
  const faults: Record<string, Partial<House>> = {
    'sources-read': { streams: { read: 11, lacking: ['`okta` (users) fails'] } },
    'detection-live': { detection: { rules: 1, correlations: 0, refused: 0, failed: 2 } },
    'ledger-signed': { ledger: { ...well.ledger, leaves: 11, signedAtMs: atMs - 3_600_001 } },
    'ledger-witnessed': { ledger: { ...well.ledger, witnesses: 0 } },
    'two-approvers': { approvers: 1 },
    'response-ready': { automationStopped: true },
    'incidents-contained': { incidents: [{ openedAtMs: atMs - 3 * dayMs - 1, contained: false }] },
    'leavers-ended': { people: { named: 900, endedActive: 4 } },
    'vendors-attested': { vendors: { known: 20, reaching: 6, unattested: 1 } },
    'events-kept': { retentionDays: 179 },
  }
  assert.deepEqual(Object.keys(faults).sort(), houseChecks.map(({ id }) => id).sort())
  for (const { id, judge } of houseChecks) {
    assert.equal(judge(well).state, 'met', id)
    assert.equal(judge({ ...well, ...faults[id] }).state, 'unmet', id)
  }
  const young: Partial<House>[] = [
    { incidents: [{ openedAtMs: atMs - 3 * dayMs, contained: false }] },
    { incidents: [{ openedAtMs: 0, contained: true }] },
    { ledger: { ...well.ledger, leaves: 11, signedAtMs: atMs - 3_600_000 } },
  ]
  for (const change of young)
    for (const { id, judge } of houseChecks) assert.equal(judge({ ...well, ...change }).state, 'met', id)
})

test('a house with nothing connected says so, and is not clean', () => {
  const bare = {
    ...well,
    streams: { read: 0, lacking: [] },
    people: null,
    vendors: null,
    ledger: { ...well.ledger, leaves: 0, signed: 0 },
  }
  const states = new Map(houseChecks.map(({ id, judge }) => [id, judge(bare).state]))
  assert.deepEqual(
    ['sources-read', 'leavers-ended', 'ledger-signed', 'vendors-attested'].map((id) => states.get(id)),
    ['unsaid', 'unsaid', 'unsaid', 'unsaid'],
  )
})
