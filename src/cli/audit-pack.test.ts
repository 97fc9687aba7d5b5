import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { packFiles, type PackParts } from './audit-pack.ts'
import { csv } from './csv.ts'

const standing = {
  framework: 'soc2',
  control: 'CC6.1',
  asks: 'keys are kept',
  state: 'unmet',
  open: 1,
  excepted: 0,
} as const
const rows: [string, string, 'unmet', number, number][] = [['soc2', 'CC6.1', 'unmet', 1, 0]]
const counts = { met: 0, excepted: 0, partly: 0, unsaid: 0, unmet: 1 }
const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
const parts: PackParts = {
  controls: {
    atMs: Date.UTC(2026, 5, 1),
    frameworks: [{ id: 'soc2', title: 'SOC 2', edition: '2017' }],
    controls: [standing],
  },
  shown: [
    {
      ...standing,
      evidence: [
        {
          evidence: 'posture:old-key',
          title: 'old',
          rule: 'older than 90 days',
          state: 'unmet',
          open: 1,
          excepted: 0,
          why: ['a, b'],
        },
      ],
    },
  ],
  history: { days: [{ day: '2026-06-01', digest, counts, rows }], changes: [] },
  findings: [],
  exceptions: [],
  incidents: [],
  sources: [],
  checkpoint: { size: 3, rootHash: '00', note: 'note\n', publicKey: 'key' },
}

test('every file of a pack is in its sums, and the digest of a day is that of the rows beside it', () => {
  const files = packFiles(parts)
  const sums = (files.get('SHA256SUMS') ?? '').trimEnd().split('\n')
  assert.equal(sums.length, files.size - 1)
  for (const line of sums) {
    const [sum, name = ''] = line.split('  ')
    assert.equal(
      createHash('sha256')
        .update(files.get(name) ?? '')
        .digest('hex'),
      sum,
      name,
    )
  }
  const day = JSON.parse(files.get('days.ndjson') ?? '') as { rows: unknown }
  assert.ok(files.get('days.csv')?.includes(createHash('sha256').update(JSON.stringify(day.rows)).digest('hex')))
  assert.equal(
    files.get('evidence.csv')?.split('\r\n')[1],
    'soc2,CC6.1,posture:old-key,unmet,1,0,older than 90 days,"a, b"',
  )
})

test('a cell keeps quotes, commas and lines, and never becomes a formula', () => {
  const cells = ['say "hi", you', 'two\nlines', '=1+1', '-2', '@cmd', 'plain', null]
  assert.equal(csv(['a'], [[...cells, -2]]), `a\r\n"say ""hi"", you","two\nlines",'=1+1,'-2,'@cmd,plain,,-2\r\n`)
})
