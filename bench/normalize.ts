// npm run bench:normalize: CloudTrail records to OCSF, edges and touches. Baseline in the same run: JSON.parse of the same
// records' text. Records: one of each kind in test/conformance/ocsf-records.ts, in turn.
import { parseJson } from '#kit'
import { awsConnector } from '#connectors/aws'

import { recordsByConnector } from '../test/conformance/ocsf-records.ts'
import { bestRates } from './rates.ts'

const rounds = Number(process.env['BENCH_EVENTS'] ?? 200_000)
const raws = (recordsByConnector['aws'] ?? []).flatMap(({ stream, raws: all }) => (stream === 'lookup' ? all : []))
const texts = raws.map((raw) => JSON.stringify(raw))
const bytes = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length)

const works: Record<string, (at: number) => unknown> = {
  parse: (at) => parseJson(texts[at % texts.length] ?? ''),
  normalize: (at) =>
    awsConnector.normalize({
      stream: 'lookup',
      raw: raws[at % raws.length] ?? null,
      eventAtMs: null,
      arrivedAtMs: 0,
      source: 'aws',
      authority: '111122223333',
    }),
}
const { parse = 0, normalize = 0 } = Object.fromEntries(bestRates(rounds, works))
process.stdout.write(
  `${raws.length} kinds of record, ${bytes} characters on average\n` +
    `parse      ${Math.round(parse).toLocaleString('en')} a second\n` +
    `normalize  ${Math.round(normalize).toLocaleString('en')} a second, ${(normalize / parse).toFixed(2)} of parse\n`,
)
