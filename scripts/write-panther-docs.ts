// Writes docs/panther.md from the packs and the corpora; with --events also prints every event with both verdicts.
// Run: npm run docs:panther
import { existsSync, writeFileSync } from 'node:fs'

import { loadPacks } from '../test/packs/load.ts'
import { corpus, pantherCases } from '../test/packs/panther/cases.ts'
import { compare } from '../test/packs/panther/compare.ts'
import { pantherPage } from '../test/packs/panther/page.ts'

if (!existsSync(corpus)) {
  console.error(`there is no ${corpus}: the page stays as it is`)
  process.exit(1)
}
writeFileSync('docs/panther.md', pantherPage(loadPacks()))
if (process.argv.includes('--events')) {
  for (const { line, vendor, rule, expected, alerting, counted } of compare(loadPacks(), pantherCases()))
    console.log(
      JSON.stringify({
        line,
        vendor,
        rule,
        exp: expected,
        tells: alerting.map(({ name }) => name),
        counts: counted.map(({ name }) => name),
      }),
    )
}
