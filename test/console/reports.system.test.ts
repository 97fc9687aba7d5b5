import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { Browser } from 'playwright-core'

import { pageOf } from '../../src/cli/report-page.ts'
import type { ReportDocument } from '../../src/cli/report-words.ts'
import { skipWithoutBrowser as skip, startBrowser } from './browser.ts'
import { sheetsOf } from './sheets.ts'

let browser: Browser
before(async () => {
  if (skip === false) browser = await startBrowser()
})
after(() => browser?.close())

const name = 'credential:127.0.0.1%3a39639:token/tok_a4eusephipn5meke47lusol7 of the export of '
const words = (chars: number): string => name.repeat(Math.ceil(chars / name.length)).slice(0, chars)
const evidence: ReportDocument['figures'][number]['evidence'] = Array.from({ length: 5 }, (_, n) => ({
  kind: 'entity',
  ref: `resource:people.brightwater.example:table/contractors-${n}`,
}))
type Size = {
  kind: ReportDocument['kind']
  chars: number
  figures: number
  times: number
  parts: number
  lines: number
}
/** As full as a report of hundreds of steps and blind spots is. */
const full = ({ kind, chars, figures, times, parts, lines }: Size): ReportDocument => ({
  kind,
  about: 'board',
  title: 'Report to the board',
  subject: words(chars),
  atMs: Date.UTC(2026, 2, 24, 12),
  asOf: 1_000_000,
  figures: Array.from({ length: figures }, (_, n) => ({
    label: words(60),
    unit: n % 2 === 0 ? 'people' : 'credentials',
    atLeast: n,
    atMost: 42_000,
    evidence,
  })),
  times: Array.from({ length: times }, (_, n) => ({ atMs: Date.UTC(2026, 2, 24, n), says: words(70), evidence })),
  sections: Array.from({ length: parts }, (_, n) => ({
    title: `Part ${n}`,
    lines: Array.from({ length: lines }, () => ({ says: words(chars), evidence })),
    more: 3,
  })),
  unknown: Array.from({ length: lines }, () => words(chars)),
})

test('however much there is to say, each document prints on one sheet of A4', { skip }, async () => {
  const { page, printed } = await sheetsOf(browser)
  for (const kind of ['report', 'answer'] as const)
    for (const chars of [40, 110, 240, 500])
      for (const [figures, times, parts] of [
        [2, 0, 1],
        [6, 6, 4],
        [6, 10, 6],
      ] as const) {
        const document = full({ kind, chars, figures, times, parts, lines: 60 })
        assert.equal(await printed(pageOf([document])), 1, JSON.stringify({ kind, chars, figures, times, parts }))
      }
  // Lines that are left out are counted, and the test can tell two sheets from one.
  const long = full({ kind: 'report', chars: 240, figures: 4, times: 4, parts: 3, lines: 60 })
  assert.match(pageOf([long]), /and \d\d more/)
  assert.equal(await printed(pageOf([long, long])), 2)
  assert.equal(await printed(`<p style="height:320mm">too much</p>`), 2)
  await page.close()
})
