import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createStage } from '../screen.ts'
import { comparison } from './comparison.ts'
import { render, type Screen } from './panes.ts'
import { isOver, plainLines } from './plain.ts'
import { currentRun, initialState, reduce, type LabEvent, type LabState } from './state.ts'
import { duration, interval, wrap } from './text.ts'
import { viewOf, type ContainmentView } from './view.ts'

const nowMs = Date.UTC(2026, 2, 24, 12)
const screen: Screen = { columns: 120, rows: 40, isColored: false, nowMs }
const view: ContainmentView = {
  state: 'containing',
  exposed: ['people API access token', 'interviews JWT'],
  hosts: ['runner-7', 'laptop-3'],
  plan: 'b7dd01',
  approvals: [{ by: 'on-call', atMs: 1 }],
  steps: [
    { phase: 'isolate', verb: 'host.isolate', target: 'runner-7', state: 'contained', proof: 'read-back', tookMs: 80 },
    {
      phase: 'revoke',
      verb: 'oidc.token.revoke',
      target: 'interviews JWT',
      state: 'failed',
      proof: null,
      tookMs: null,
    },
  ],
  dead: [{ name: 'people API access token', proof: 'introspected', says: 'active: false', tookMs: 412 }],
  survivors: [{ name: 'interviews JWT', why: 'nobody can revoke it', next: 'wait', expiresAtMs: nowMs + 14 * 60_000 }],
  impact: {
    reach: { atLeast: 4200, atMost: 4200 },
    touched: { atLeast: 100, atMost: 250 },
    changed: { atLeast: 0, atMost: 0 },
    unknown: { atLeast: 0, atMost: 467 },
    customers: ['Lab Aster', 'Lab Cedar'],
  },
  blindSpots: [],
}
const attempt = (atMs: number, answer: string, people: number, loot = 'people API access token'): LabEvent => ({
  kind: 'attempt',
  atMs,
  loot,
  request: 'GET /contractors',
  answer,
  isOpen: answer === '200',
  people,
})
const story: LabEvent[] = [
  { kind: 'composition', seed: 7, parts: [{ label: 'real', what: 'oidc-provider', version: '9.13.3' }] },
  { kind: 'run', run: 'with', says: 'With Cordon:' },
  attempt(100, '200', 25),
  attempt(350, '200', 50),
  { kind: 'note', atMs: 400, says: 'advisory' },
  { kind: 'containment', atMs: 500, view: { ...view, approvals: [], dead: [], survivors: [] } },
  attempt(600, '200', 75),
  { kind: 'containment', atMs: 800, view },
  attempt(850, '401', 75),
  attempt(1100, '401', 75),
]
const played = (events: readonly LabEvent[]): LabState => events.reduce(reduce, initialState)

test('the panes show the theft beside the containment, and nothing leaves its pane', () => {
  const lines = render(played(story), screen)
  assert.ok(lines.length <= screen.rows)
  for (const text of lines) assert.equal(Array.from(text).length, screen.columns, text)
  const all = lines.join('\n')
  for (const part of ['GET /contractors  200', 'GET /contractors  401', 'PROVEN DEAD', 'introspected', 'SURVIVORS']) {
    assert.ok(all.includes(part), part)
  }
  for (const part of ['in 14 min', '100 to 250', '0 to 467', 'Lab Aster, Lab Cedar', 'real  oidc-provider']) {
    assert.ok(all.includes(part), part)
  }
  // oxlint-disable-next-line no-control-regex -- that there are none is the point
  assert.doesNotMatch(all, /\u001b/)
})

test('every size is filled exactly, down to the smallest', () => {
  for (const columns of [100, 101, 137, 220]) {
    for (const rows of [1, 12, 24, 60]) {
      const lines = render(played(story), { ...screen, columns, rows })
      assert.ok(lines.length <= rows)
      for (const text of lines) assert.equal(Array.from(text).length, columns)
    }
  }
})

test('on a short screen the survivors stay in sight', () => {
  const text = render(played(story), { ...screen, rows: 14 }).join('\n')
  assert.ok(text.includes('SURVIVORS') && text.includes('Lab Aster, Lab Cedar') && text.includes('CORDON'))
  assert.ok(!text.includes('EXPOSED'))
})

test('color adds nothing but color', () => {
  const colored = render(played(story), { ...screen, isColored: true })
  // oxlint-disable-next-line no-control-regex -- colors are control sequences
  const bare = colored.map((text) => text.replaceAll(/\u001b\[\d+m/g, ''))
  assert.deepEqual(bare, render(played(story), screen))
  assert.notDeepEqual(bare, colored)
})

test('text of a system cannot steer the terminal', () => {
  const evil = '\u001b[2J\u0007\u009b31m gone\r\n'
  const state = played([
    ...story,
    { kind: 'note', atMs: 1200, says: evil },
    {
      kind: 'containment',
      atMs: 1300,
      view: { ...view, survivors: [{ name: evil, why: evil, next: evil, expiresAtMs: null }] },
    },
  ])
  for (const text of render(state, screen)) {
    // oxlint-disable-next-line no-control-regex -- that there are none is the point
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/)
  }
})

test('a credential that opens again was not dead', () => {
  const run = currentRun(played([...story, attempt(1500, '200', 80)]))
  assert.equal(run?.loot[0]?.refusedAtMs, null)
  assert.equal(currentRun(played(story))?.loot[0]?.refusedAtMs, 850)
  assert.equal(run?.people, 80)
})

test('plain lines come in order and tell each change once', () => {
  let state = initialState
  const lines: string[] = []
  for (const event of story) {
    const before = state
    state = reduce(state, event)
    lines.push(...plainLines(before, event, state, nowMs))
  }
  const at = (part: string): number => lines.findIndex((text) => text.includes(part))
  const order = [
    'real  oidc-provider',
    '== With Cordon',
    '-> 200',
    'advisory',
    'isolate:',
    'approved by on-call',
    'PROVEN DEAD',
    '-> 401',
  ]
  assert.deepEqual(
    order.map(at),
    order.map(at).toSorted((a, b) => a - b),
  )
  assert.ok(
    order.every((part) => at(part) >= 0),
    lines.join('\n'),
  )
  assert.equal(lines.filter((text) => text.includes('-> 401')).length, 1)
  assert.equal(lines.filter((text) => text.includes('cordon: plan approved by')).length, 1)
})

test('a terminal gets panes, everything else lines', () => {
  const written = (isTTY: boolean, columns: number, env: Record<string, string>): string => {
    let text = ''
    const stage = createStage({ write: (part) => (text += part), isTTY, columns, rows: 40 }, env, () => nowMs)
    for (const event of story) stage.emit(event)
    stage.leave()
    return text
  }
  const enter = '\u001b[?1049h'
  assert.ok(written(true, 120, {}).includes(enter) && written(true, 120, {}).includes('\u001b[32m'))
  assert.ok(!written(true, 120, { NO_COLOR: '1' }).includes('\u001b[32m'))
  for (const [isTTY, columns, env] of [
    [false, 120, {}],
    [true, 99, {}],
    [true, 120, { TERM: 'dumb' }],
  ] as const) {
    assert.ok(!written(isTTY, columns, env).includes('\u001b'), `${isTTY} ${columns}`)
  }
})

test('it is over when every step has come to its end, and not before the approval', () => {
  assert.equal(isOver(view), true)
  assert.equal(isOver({ ...view, approvals: [] }), false)
  assert.equal(isOver({ ...view, steps: [] }), false)
  const [first] = view.steps
  assert.ok(first)
  assert.equal(isOver({ ...view, steps: [{ ...first, state: 'probing' }] }), false)
  assert.equal(isOver({ ...view, steps: [{ ...first, state: 'awaiting-approval', verb: 'manual.task' }] }), true)
})

test('the closing table compares what the thief got', () => {
  const state = played([
    ...story,
    { kind: 'run', run: 'without', says: 'Without:' },
    attempt(100, '200', 4200),
    attempt(200, '200', 4200, 'payouts JWT'),
  ])
  const [withRun, without] = state.runs
  assert.ok(withRun && without)
  const text = comparison(withRun, without, { peopleTotal: 4200, quickening: 10, columns: 200 }).join('\n')
  assert.match(text, /records taken.*75 of 4,200 +4,200 of 4,200/)
  assert.match(text, /still open something +0 +2/)
  assert.match(text, /after 850 ms/)
})

test('the closing table fits a narrow terminal: cells wrap inside their column', () => {
  const state = played([...story, { kind: 'run', run: 'without', says: 'Without:' }, attempt(100, '200', 4200)])
  const [withRun, without] = state.runs
  assert.ok(withRun && without)
  const lines = comparison(withRun, without, { peopleTotal: 4200, quickening: 10, columns: 80 })
  assert.ok(
    lines.every((line) => line.length <= 80),
    lines.join('\n'),
  )
  assert.match(lines.join(' ').replaceAll(/\s+/g, ' '), /records taken 75 of 4,200 4,200 of 4,200/)
})

test('entities carry the names of the lab, others a short id', () => {
  const named = viewOf(
    {
      incident: {
        id: 'inc_a',
        tenant: 't_default',
        title: 'x',
        severity: 'high',
        urgency: 'now',
        state: 'containing',
        trigger: { kind: 'artefact', purl: 'pkg:pypi/litellm', versions: [] },
        window: { fromMs: 0, toMs: null },
        trust: { origin: 'person', sources: [], confinedTo: null },
        findings: [],
        openedAtMs: 0,
        plan: null,
      },
      assessment: null,
      actions: [],
      dead: [
        {
          credential: 'credential:fp:k1.a',
          action: 'act_a',
          proof: null,
          fromFindingMs: 5,
          fromApprovalMs: 3,
          fromApplyMs: 1,
        },
        {
          credential: 'credential:cordon:abcdefghijklmnop',
          action: 'act_b',
          proof: null,
          fromFindingMs: null,
          fromApprovalMs: null,
          fromApplyMs: 2,
        },
      ],
      survivors: [],
      tasks: [],
      approvals: [],
      blindSpots: [],
    },
    (entity) => (entity === 'credential:fp:k1.a' ? 'access token' : undefined),
  )
  assert.deepEqual(
    named.dead.map(({ name, tookMs }) => [name, tookMs]),
    [
      ['access token', 3],
      ['abcdefghijklmnop', 2],
    ],
  )
})

test('numbers read as people say them', () => {
  assert.deepEqual([12, 1234, 200_000, 14 * 86_400_000].map(duration), ['12 ms', '1.2 s', '3 min', '14 d'])
  assert.equal(interval({ atLeast: 5, atMost: 5 }), '5')
  assert.deepEqual(wrap('one two three', 8), ['one two', 'three'])
})
