import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { renderStage, renderTrim, takenInWords } from './trim.ts'

const analysts = entityId('identity', 'pg', 'role/analysts')
const people = entityId('resource', 'pg', 'rel/1')
const dayMs = 86_400_000
const proposal = {
  id: 'trm_a',
  kind: 'grant',
  of: analysts,
  deed: 'read',
  on: people,
  name: 'analysts',
  onName: 'people',
  notes: ['select'],
  certain: true,
  sinceMs: 0,
  lastUseMs: Date.UTC(2025, 10, 1),
  isLogged: false,
  people: 42_000,
  dataSets: 1,
  things: 1,
  losers: [{ entity: analysts, name: 'ada', lastUsedMs: null }],
  losersTotal: 3,
  keeps: 1,
  evidence: [1],
  verbs: [],
} as const
const answer = {
  asOf: 1,
  window: { fromMs: 0, toMs: 90 * dayMs },
  horizonMs: 30 * dayMs,
  readSinceMs: 0,
  rights: 10,
  used: 4,
  total: 1,
  proposals: [{ ...proposal, notes: [...proposal.notes], losers: [...proposal.losers], evidence: [1], verbs: [] }],
  needless: 4,
  heldTotal: 2,
  held: [{ why: 'season', says: 'it was used in these weeks a year ago', rights: 2 }],
  heldRights: [],
  untold: [{ authority: 'pg', why: '`read` is not logged there', rights: 3 }],
  rate: { tried: { proposed: 50, used: 1 }, distinct: 20, byKind: {}, times: 3, expected: 0.25, most: 1, newUses: 0.4 },
  lacking: ['`pg` is late'],
}

test('a right to take away reads as an order, in its vendor’s words', () => {
  const [one] = answer.proposals
  assert.ok(one !== undefined)
  assert.equal(takenInWords(one), `take \`read\` on people  ${people} from analysts  ${analysts} (select)`)
  assert.match(takenInWords({ ...one, kind: 'membership' }), /^take analysts .* out of people /)
  assert.match(takenInWords({ ...one, kind: 'credential' }), /^end analysts /)
})

test('what is proposed, held, untold and to be expected is said; without a trial no rate is', () => {
  const text = renderTrim(answer).join('\n')
  for (const said of [
    /42000 .*2025-11-01 \(its vendor\).*ada and 2 more; 1 keep it another way/,
    /1 right that nobody used in 90 days; 4 of 10 were used/,
    /missed within 30 days: 0\.3 expected, at most 1 .*3 earlier times: 1 of 50 were/,
    /4 more rights nobody would lose anything by/,
    /2 unused rights held back:/,
    /season: it was used in these weeks a year ago/,
    /not told of 3 rights in pg: `read` is not logged there/,
    /lacking: `pg` is late/,
  ])
    assert.match(text, said)
  const untried = renderTrim({ ...answer, rate: { ...answer.rate, expected: null, most: null } }).join('\n')
  assert.match(untried, /cannot be said: the log does not reach back far enough/)
})

test('a stage says what it takes from whom, how many may be wanted back, and how to go on', () => {
  const membership = {
    right: 'trm_aaaaaaaa',
    member: analysts,
    name: 'ada',
    group: people,
    groupName: 'payroll',
    takes: people,
    people: 0,
    losersTotal: 1,
    lastUseMs: null,
  } as const
  const stage = { number: 2, waitMs: dayMs, most: 3 }
  const ended = { ...membership, right: 'trm_bbbbbbbb', forGood: true } as const
  const rest = { plan: null, stage, memberships: [membership, ended], left: 4, untakable: 5, final: 2 }
  const text = renderStage({ ...rest, incident: 'inc_aaaaaaaa' }).join('\n')
  for (const part of [
    /trm_aaaaaaaa .*ada .*payroll .*no use known +yes/,
    /trm_bbbbbbbb .*no use known +no/,
    /2 grants of apps go with --for-good: nothing gives one back/,
    /stage 2: at most 3 will be wanted back \(95 in 100\); 4 left for later stages, 5 that no action/,
    /cordon contain inc_aaaaaaaa/,
  ])
    assert.match(text, part)
  assert.match(renderStage({ ...rest, incident: null }).join('\n'), /Nothing was opened/)
  assert.match(renderStage({ ...rest, incident: null, memberships: [] }).join('\n'), /^nothing to take in a stage; 5/)
  const unknown = renderStage({ ...rest, incident: null, stage: { ...stage, most: null } }).join('\n')
  assert.match(unknown, /how many will be wanted back cannot be said/)
})
