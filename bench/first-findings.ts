// npm run bench:first-findings [SIZE [SEED]]: minutes from `source add` until ten findings stand that are true by the ground
// truth of the reference estate, for each vendor alone and for all together, with the register of people beside them. The
// product's own runner reads the twins at Cordon's pace and the vendors' limits. Time is virtual: a call takes 250 ms of it,
// and it stands still while a call travels, so that neither this machine nor its load is in the figures.
import { checks, look, type Posture } from '#posture'
import { defaultTenant } from '#model'

import { storyMs } from '../lab/estate/company/company.ts'
import { dayMs, type SizeName } from '../lab/estate/company/model.ts'
import { startEstate } from '../lab/estate/estate.ts'
import type { SourceSetup } from '../lab/estate/truth.ts'
import { openCordon, type Cordon } from '../test/conformance/estate/cordon.ts'
import { comparePosture, peopleOf } from '../test/conformance/estate/posture.ts'
import { keys, roles } from '../test/conformance/estate/source.ts'
import { FieldClock } from './first-findings/field-clock.ts'
import { startReading } from './first-findings/reading.ts'

const wanted = 10
const waitMsMax = 4 * 3_600_000
const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const [asked = 'small', seedText = '2001', ...only] = process.argv.slice(2)
const size = sizes.find((one) => one === asked)
if (size === undefined) throw new Error(`\`${asked}\` is no size: ${sizes.join(', ')}`)
const seed = Number(seedText)

const clock = new FieldClock(storyMs)
const estate = await startEstate({ seed, size, roles, keys, clock, density: 0 })

type Reached = {
  atMs: number | null
  right: number
  said: number
  wholeMs: number | null
  pages: number
  kinds: number
}

async function read(setups: readonly SourceSetup[], withPeople: boolean): Promise<Reached> {
  const cordon = await openCordon([], clock, dayMs)
  let people: ReturnType<typeof peopleOf> | undefined
  const register = (): SourceSetup[] => (withPeople ? [(people = peopleOf(estate, cordon.authorities)).setup] : [])
  const startMs = clock.nowMs()
  try {
    const reading = await startReading(cordon, setups, clock, register)
    let looked = 0
    let reached: Reached = { atMs: null, right: 0, said: 0, wholeMs: null, pages: 0, kinds: 0 }
    await clock.run(async () => {
      const passedMs = clock.nowMs() - startMs
      if (passedMs > waitMsMax) return true
      const whole = reading.whole().length
      if (whole === looked) return false
      looked = whole
      const rows = comparePosture(estate, cordon, await lookAt(cordon, reading.coverage(), clock.nowMs()))
      const [right, said] = [
        rows.reduce((sum, row) => sum + row.right, 0),
        rows.reduce((sum, row) => sum + row.said, 0),
      ]
      if (right >= wanted && reached.atMs === null)
        reached = { ...reached, atMs: passedMs, right, said, kinds: rows.filter((row) => row.right > 0).length }
      if (reached.atMs === null) reached = { ...reached, right, said }
      const isAll = reading.isListed()
      reached = { ...reached, pages: reading.pages(), wholeMs: isAll ? passedMs : null }
      return reached.atMs !== null || isAll
    })
    for (const one of reading.failing()) console.error(`  failing: ${one}`)
    void reading.runner.stop()
    return reached
  } finally {
    people?.close()
    cordon.close()
  }
}

async function lookAt(
  cordon: Cordon,
  coverage: Parameters<typeof look>[2]['coverage'],
  nowMs: number,
): Promise<Posture> {
  const view = cordon.graph.view()
  const ofPeople = checks.filter(({ needs }) => needs.includes('people'))
  const others = checks.filter(({ needs }) => !needs.includes('people'))
  const things = await look(defaultTenant, view, { atMs: storyMs, coverage, checks: others })
  const people = await look(defaultTenant, view, { atMs: nowMs, coverage, checks: ofPeople })
  return { ...things, findings: [...things.findings, ...people.findings], checks: [...things.checks, ...people.checks] }
}

const minutes = (ms: number | null): string => (ms === null ? 'never' : `${(ms / 60_000).toFixed(1)} min`)
function tell(what: string, { atMs, right, said, pages, kinds }: Reached): void {
  console.log(
    atMs === null
      ? `${what.padEnd(14)} never: ${right} true of ${said} said when all was read`
      : `${what.padEnd(14)} ${minutes(atMs).padStart(9)}: ${right} true of ${said} said, ${kinds} kinds, ${pages} pages`,
  )
}

console.log(`${size}, seed ${seed}: time until ${wanted} true findings stand`)
const setups = estate.fills.map(({ source }) => source)
for (const setup of setups)
  if (only.length === 0 || only.includes(setup.connector)) tell(setup.connector, await read([setup], false))
if (only.length === 0 || only.includes('all')) tell('all together', await read(setups, true))
await estate.close()
