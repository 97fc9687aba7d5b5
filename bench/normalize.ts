// npm run bench:normalize: CloudTrail records to OCSF, edges and touches. Baseline in the same run: JSON.parse of the same
// records' text. Records: one of each kind in test/conformance/ocsf-records.ts, in turn.
import { parseJson } from '#kit'
import { awsConnector } from '#connectors/aws'

import { recordsByConnector } from '../test/conformance/ocsf-records.ts'

const rounds = Number(process.env['BENCH_EVENTS'] ?? 200_000)
const slices = 8
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
/** Events a second of processor time, the best of the slices: neighbours on the machine only ever slow one down. */
const best = new Map<string, number>()
for (let slice = 0; slice < slices; slice++) {
  for (const [name, work] of Object.entries(works)) {
    const before = process.cpuUsage()
    let kept: unknown
    for (let at = 0; at < rounds / slices; at++) kept = work(at)
    const { user, system } = process.cpuUsage(before)
    if (kept === undefined) throw new Error('nothing was made')
    best.set(name, Math.max(best.get(name) ?? 0, (rounds / slices / (user + system)) * 1e6))
  }
}
const { parse = 0, normalize = 0 } = Object.fromEntries(best)
process.stdout.write(
  `${raws.length} kinds of record, ${bytes} characters on average\n` +
    `parse      ${Math.round(parse).toLocaleString('en')} a second\n` +
    `normalize  ${Math.round(normalize).toLocaleString('en')} a second, ${(normalize / parse).toFixed(2)} of parse\n`,
)
