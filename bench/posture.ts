// npm run bench:posture [SIZE [SEED…]]: what each check says of whole companies, against the ground truth of each. Without
// arguments it is written into src/posture/measured.ts. Companies of these seeds are measured on; checks are written with
// seed 1. Vendors' limits are those of the field on a virtual clock, so reading takes the processor alone.
import { writeFileSync } from 'node:fs'

import { checks, type Measured } from '#posture'

import { storyMs } from '../lab/estate/company/company.ts'
import type { SizeName } from '../lab/estate/company/model.ts'
import { startEstate } from '../lab/estate/estate.ts'
import { TwinClock } from '../lab/twins/kit/clock.ts'
import { openCordon } from '../test/conformance/estate/cordon.ts'
import { hostSetup, reportHosts } from '../test/conformance/estate/host-reports.ts'
import { comparePosture, postureHistoryMs, connectPeople, postureOf } from '../test/conformance/estate/posture.ts'
import { keys, roles } from '../test/conformance/estate/source.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const [asked = 'small', ...rest] = process.argv.slice(2)
const size = sizes.find((one) => one === asked)
if (size === undefined) throw new Error(`\`${asked}\` is no size: ${sizes.join(', ')}`)
const seeds = rest.length > 0 ? rest.map(Number) : [2001, 2002, 2003, 2004, 2005]
const isKept = size === 'small' && rest.length === 0
const sums = new Map<string, Measured & { untold: number }>()

const cpuS = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1e6
const said = (what: string, sinceS: number): number => {
  const nowS = cpuS()
  console.error(
    `  ${what}: ${(nowS - sinceS).toFixed(1)} s of CPU, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
  )
  return nowS
}

for (const seed of seeds) {
  const clock = new TwinClock(storyMs)
  let atS = cpuS()
  const estate = await startEstate({ seed, size, roles, keys, clock, density: 0 })
  const setups = estate.fills.map(({ source }) => source)
  atS = said('filled', atS)
  const cordon = await openCordon(setups, clock, postureHistoryMs, { patienceMs: 2 * 3_600_000 })
  const people = await connectPeople(estate, cordon)
  await reportHosts(estate, cordon)
  atS = said(
    `read in ${((clock.nowMs() - storyMs) / 60_000).toFixed(0)} min of the vendors' time, one call at a time`,
    atS,
  )
  const all = [...setups, people.setup, hostSetup]
  const posture = await postureOf(cordon, all, storyMs, clock.nowMs())
  said(`looked, ${posture.findings.length} findings`, atS)
  const rows = comparePosture(estate, cordon, posture)
  for (const row of rows) {
    const sum = sums.get(row.kind) ?? { weak: 0, said: 0, right: 0, untold: 0 }
    for (const key of ['weak', 'said', 'right', 'untold'] as const) sum[key] += row[key]
    sums.set(row.kind, sum)
    for (const one of row.missed) console.error(`${seed} ${row.kind} missed ${one}`)
    for (const one of row.wrong) console.error(`${seed} ${row.kind} wrong ${one}`)
  }
  const planted = estate.fills.flatMap(({ weaknesses }) => weaknesses)
  const alike = estate.fills.flatMap(({ lookAlikes }) => lookAlikes)
  const fooled = rows.reduce((count, row) => count + row.fooled, 0)
  console.error(
    `seed ${seed}: ${planted.length} weaknesses of ${new Set(planted.map(({ kind }) => kind)).size} kinds, ${alike.length} look-alikes, of which ${fooled} were taken for weak`,
  )
  people.close()
  cordon.close()
  await estate.close()
}

const total = (of: (sum: Measured & { untold: number }) => number): number =>
  [...sums.values()].reduce((all, sum) => all + of(sum), 0)
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`)
const line = (name: string, { weak, said, right, untold }: Measured & { untold: number }): string =>
  `${name.padEnd(32)} ${String(weak).padStart(5)} ${String(said).padStart(5)} ${percent(right, weak).padStart(8)} ${percent(right, said).padStart(9)} ${String(untold).padStart(6)}`
console.log(`${'kind'.padEnd(32)}  weak  said   recall precision untold`)
for (const { kind } of checks) console.log(line(kind, sums.get(kind) ?? { weak: 0, said: 0, right: 0, untold: 0 }))
console.log(
  line('all', {
    weak: total(({ weak }) => weak),
    said: total(({ said }) => said),
    right: total(({ right }) => right),
    untold: total(({ untold }) => untold),
  }),
)

const rows = checks.map(({ kind }) => {
  const { weak = 0, said = 0, right = 0 } = sums.get(kind) ?? {}
  return `    '${kind}': { weak: ${weak}, said: ${said}, right: ${right} },\n`
})
if (isKept)
  writeFileSync(
    new URL('../src/posture/measured.ts', import.meta.url),
    `/** Of one kind, over the companies of a run: really weak, said, and said rightly. */
export type Measured = { weak: number; said: number; right: number }

/** Written by \`npm run bench:posture\` (docs/posture.md). What a check itself says it cannot tell is in neither count. */
export const measured: { how: string; kinds: Readonly<Record<string, Measured>> } = {
  how: '${seeds.length} made-up companies of size ${size}, seeds ${seeds[0]} to ${seeds.at(-1)} (npm run bench:posture)',
  kinds: {
${rows.join('')}  },
}
`,
  )
