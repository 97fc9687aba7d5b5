import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { pathInWords, renderReaders, useInWords } from './access.ts'

const ada = entityId('identity', 'pg', 'role/ada')
const analysts = entityId('identity', 'pg', 'role/analysts')
const people = entityId('resource', 'pg', 'rel/1')
const path = [
  { src: ada, type: 'MEMBER_OF', dst: analysts, note: null, conditional: false, evidence: 1 },
  { src: analysts, type: 'CAN_READ', dst: people, note: 'SELECT', conditional: true, evidence: 2 },
] as const
const use = { acts: 2, firstAtMs: 0, lastAtMs: Date.UTC(2026, 2, 24), records: null, evidence: [3] }

test('a path reads as a sentence, with the right in its vendor’s words and the condition', () => {
  assert.equal(
    pathInWords(path, { [analysts]: 'analysts' }),
    `is a member of analysts, may read ${people} (SELECT) [on a condition]`,
  )
})

test('no act seen is said only where acts are logged', () => {
  assert.equal(useInWords(null, true), 'no act seen')
  assert.equal(useInWords(null, false), 'not told')
  assert.equal(useInWords(use, false), '2 acts, last 2026-03-24')
})

test('columns line up, and everything that makes the answer less than whole is said below', () => {
  const reader = { entity: ada, kind: 'human', name: 'ada', enabled: false, certain: false, whole: false, app: null }
  const lines = renderReaders({
    asOf: 1,
    atMs: null,
    of: people,
    roots: 1,
    inside: 0,
    used: { fromMs: 0, toMs: 90 * 86_400_000 },
    total: 1,
    certain: 0,
    readers: [{ ...reader, reads: 1, use: null, path: [...path] }],
    names: {},
    readsLogged: false,
    isCut: true,
    others: [{ entity: analysts, use }],
    othersTotal: 3,
    lacking: ['no source covers `pg`'],
    limits: ['superusers can hide'],
  })
  const [head = '', , row = ''] = (lines[0] ?? '').split('\n')
  assert.equal(row.indexOf('on a condition'), head.indexOf('certain'))
  assert.equal(row.indexOf('is a member'), head.indexOf('through'))
  assert.match(row, /a part \(1 of 1\).*switched off.*not told/)
  const below = lines.slice(1).join('\n')
  for (const said of [
    /0 for sure, 1 on a condition/,
    /read it and is no reader/,
    /and 2 more/,
    /not logged/,
    /incomplete/,
  ])
    assert.match(below, said)
  assert.match(below, /lacking: no source covers `pg`\ncannot see: superusers can hide/)
})
