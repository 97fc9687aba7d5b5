import assert from 'node:assert/strict'
import { test } from 'node:test'

import { markdownOf } from './report-markdown.ts'
import { pageOf } from './report-page.ts'
import type { ReportDocument } from './report-words.ts'

const evil = '<script>alert(1)</script>" onload="x'
const lines = (total: number): ReportDocument['sections'][number]['lines'] =>
  Array.from({ length: total }, (_, n) => ({ says: `${evil} ${n}`, evidence: [{ kind: 'action', ref: 'act_1' }] }))
const document = (more: Partial<ReportDocument> = {}): ReportDocument => ({
  kind: 'report',
  about: 'board',
  title: 'Report to the board',
  subject: `a leak ${evil}`,
  atMs: Date.UTC(2026, 2, 24, 12),
  asOf: 9,
  figures: [
    {
      label: `people ${evil}`,
      unit: 'people',
      atLeast: 0,
      atMost: 1_200,
      evidence: [{ kind: 'entity', ref: 'resource:pg:rel/1' }],
    },
    { label: 'open', unit: 'people', atLeast: 7, atMost: null, evidence: [{ kind: 'incident', ref: 'inc_a' }] },
  ],
  times: [{ atMs: Date.UTC(2026, 2, 24), says: evil, evidence: [{ kind: 'event', ref: '7' }] }],
  sections: [
    {
      title: 'What is open',
      lines: lines(9),
      more: 3,
    },
    { title: 'Nothing of it', lines: [], more: 0 },
  ],
  unknown: [`not logged ${evil}`],
  ...more,
})

test('a page needs nothing from elsewhere, runs nothing, and shows what others wrote as text', () => {
  const page = pageOf([document()])
  assert.doesNotMatch(page, /<script|<img|<link|<iframe|https?:\/\/|url\((?!#hatch)|onload="x/)
  assert.match(page, /default-src 'none'/)
  assert.match(page, /&lt;script&gt;alert\(1\)/)
})

test('numbers are said as intervals, in the picture and to who cannot see it; what is left out is counted', () => {
  const page = pageOf([document()])
  assert.match(page, /role="img" aria-label="[^"]*0 to 1,200; open: at least 7"/)
  assert.match(page, /at least 7 →/)
  assert.match(page, /and 3 more/)
  const long = [
    { title: 'What is closed', lines: lines(40), more: 0 },
    { title: 'What is open', lines: lines(2), more: 0 },
  ]
  const sheet = pageOf([document({ sections: long })])
  assert.match(sheet, /and 22 more/)
  assert.equal(sheet.match(/open<\/h2>.*?<\/ul>/s)?.[0].match(/<li>/g)?.length, 2, 'no part is crowded out')
  assert.doesNotMatch(page, /Nothing of it/)
  assert.equal(page.match(/<h1/g)?.length, 1)
  assert.equal(pageOf([document(), document()]).match(/<article/g)?.length, 2)
  assert.match(pageOf([]), /No incident was opened/)
})

test('Markdown takes no markup from names, and says where each line can be looked up', () => {
  const text = markdownOf([document({ subject: '# a *name* [x](y) | z' })])
  assert.match(text, /^\\# a \\\*name\\\* \\\[x\\\]\(y\) \\\| z$/m)
  assert.match(text, /- .*alert.* 0 \(action act\\_1\)/)
  assert.match(text, /and 3 more/)
  assert.doesNotMatch(text, /<script>/)
})
