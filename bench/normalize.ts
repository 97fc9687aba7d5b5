// npm run bench:normalize: audit records of vendors to OCSF, edges and touches. Baseline in the same run: JSON.parse of the
// same records' text. Records: one of each kind in test/conformance/ocsf-records.ts, in turn.
import { parseJson } from '#kit'
import type { Connector } from '#sources/contract'
import { awsConnector } from '#connectors/aws'
import { googleConnector } from '#connectors/google'
import { oktaConnector } from '#connectors/okta'

import { recordsByConnector } from '../test/conformance/ocsf-records.ts'
import { bestRates } from './rates.ts'

const rounds = Number(process.env['BENCH_EVENTS'] ?? 200_000)
type Logs = Pick<Connector, 'id' | 'normalize'> & { isLog(stream: string): boolean }
const { normalize: aws } = awsConnector
const { normalize: google } = googleConnector
const { normalize: okta } = oktaConnector
const all: Logs[] = [
  { id: 'aws', normalize: aws, isLog: (stream) => stream === 'lookup' },
  { id: 'google', normalize: google, isLog: (stream) => stream.startsWith('log-') },
  { id: 'okta', normalize: okta, isLog: (stream) => stream === 'log' },
]

for (const { id, normalize, isLog } of all) {
  const records = (recordsByConnector[id] ?? []).flatMap(({ stream, raws }) =>
    isLog(stream) ? raws.map((raw) => ({ stream, raw, text: JSON.stringify(raw) })) : [],
  )
  const bytes = Math.round(records.reduce((sum, { text }) => sum + text.length, 0) / records.length)
  const at = (n: number) => records[n % records.length] ?? { stream: '', raw: null, text: '' }
  const rates = Object.fromEntries(
    bestRates(rounds, {
      parse: (n) => parseJson(at(n).text),
      normalize: (n) => {
        const { stream, raw } = at(n)
        return normalize({ stream, raw, eventAtMs: null, arrivedAtMs: 0, source: id, authority: '111122223333' })
      },
    }),
  )
  const { parse = 0, normalize: rate = 0 } = rates
  process.stdout.write(
    `${id}: ${records.length} kinds of record, ${bytes} characters on average\n` +
      `  parse      ${Math.round(parse).toLocaleString('en')} a second\n` +
      `  normalize  ${Math.round(rate).toLocaleString('en')} a second, ${(rate / parse).toFixed(2)} of parse\n`,
  )
}
