// npm run bench:people: the reference estate's people read, joined with their accounts, and thousands of them offboarded at
// its twins, on a store on disk, without the vendors' limits. Baseline in the same run: parsing the same export as JSON, and one synced commit a step.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert, ManualClock, type Clock } from '#kit'
import { offboardedPeopleMax, type EntityId, type OffboardedPerson, type Trigger } from '#model'
import { endedActive, joinAccounts, readRegister } from '#people'

import { storyMs } from '../lab/estate/company/company.ts'
import type { SizeName } from '../lab/estate/company/model.ts'
import { startEstate } from '../lab/estate/estate.ts'
import { TwinClock } from '../lab/twins/kit/clock.ts'
import { openContainment, unlimited } from '../test/conformance/estate/containment.ts'
import { openCordon } from '../test/conformance/estate/cordon.ts'
import { keys, roles } from '../test/conformance/estate/source.ts'
import { accountNames, accountRealms, exportOf, peopleSource } from '../lab/estate/register.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const size = sizes.find((one) => one === (process.env['BENCH_SIZE'] ?? 'full'))
assert(size !== undefined, `BENCH_SIZE is one of ${sizes.join(', ')}`)
const leavers = Number(process.env['BENCH_LEAVERS'] ?? 4_000)
const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-people-'))

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
const cpuMs = (): number => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000
async function timed<Result>(
  what: string,
  work: () => Promise<Result> | Result,
): Promise<{ result: Result; ms: number }> {
  const [startMs, startCpuMs] = [performance.now(), cpuMs()]
  const result = await work()
  const ms = performance.now() - startMs
  console.log(`${what}: ${seconds(ms)}, ${seconds(cpuMs() - startCpuMs)} of CPU`)
  return { result, ms }
}

const pulling = new TwinClock(storyMs)
let clock: Clock = pulling
const { result: estate } = await timed('estate filled', () =>
  startEstate({ seed: 1, size, roles, keys, clock: { nowMs: () => clock.nowMs() }, density: 0 }),
)
const setups = estate.fills.map(({ source }) => source)
const { result: cordon } = await timed('vendors’ inventories read, Okta’s factors left out', () =>
  openCordon(setups, pulling, 0, { path: join(folder, 'store.sqlite'), without: ['factors'] }),
)
const people = peopleSource(accountRealms((vendor) => cordon.authorities.get(vendor)))
people.write(exportOf(estate.company, accountNames(estate.fills)))

const rows = JSON.stringify(estate.company.people)
const { ms: parseMs } = await timed(`baseline, ${estate.company.people.length} people parsed as JSON`, () =>
  assert(Array.isArray(JSON.parse(rows)), 'a list'),
)
const { ms: readMs } = await timed('export read, checked, projected into the estate', () =>
  cordon.connect(people.setup),
)
const view = cordon.graph.view()
const { result: register } = await timed('register and accounts read', () => readRegister(view))
const { result: joined } = await timed(
  `${register.people.length} people joined with ${register.accounts.length} accounts`,
  () => joinAccounts(register.people, register.accounts, clock.nowMs()),
)
const { result: before } = await timed('ended, still active', () =>
  endedActive(view, clock.nowMs(), { register, join: joined }),
)
console.log(
  `  ${before.ended.length} ended and active, ${before.ambiguous.length} ambiguous; reading is ${(readMs / parseMs).toFixed(0)} x the baseline`,
)

const ended = new Set<EntityId>(before.ended.map(({ person }) => person.person))
const leaving = register.people
  .filter(({ person, worker, endAtMs }) => ended.has(person) || (worker === 'contractor' && endAtMs === null))
  .filter(({ person }) => joined.of.has(person))
  .slice(0, leavers)
  .map(({ person }): OffboardedPerson => ({
    person,
    accounts: (joined.of.get(person) ?? []).map(({ account }) => account.account),
  }))
const triggers: Trigger[] = []
for (let from = 0; from < leaving.length; from += offboardedPeopleMax)
  triggers.push({ kind: 'offboarding', people: leaving.slice(from, from + offboardedPeopleMax) })

const acting = new ManualClock(clock.nowMs())
clock = acting
const beganMs = acting.nowMs()
// Vendors' limits and Cordon's own pace (300 calls a minute of one source) would be the measure: what is left is ours.
const { run, addSigner } = await openContainment(cordon, setups, acting, unlimited)
await addSigner()
const { result: reports, ms } = await timed(`${leaving.length} people offboarded in ${triggers.length} incidents`, () =>
  run(triggers),
)
const actions = reports.flatMap((report) => report.actions)
const dead = new Set(reports.flatMap((report) => report.dead.map(({ credential }) => credential)))
const named = new Set(reports.flatMap((report) => report.survivors.map(({ credential }) => credential)))
const accounts = leaving.flatMap((one) => one.accounts)
const neither = accounts.filter((account) => !dead.has(account) && !named.has(account))
console.log(
  `  ${accounts.length} accounts: ${accounts.filter((account) => dead.has(account)).length} proven dead, ${accounts.filter((account) => named.has(account)).length} named, ${neither.length} neither; ${dead.size} dead and ${named.size} named with their credentials`,
)
console.log(
  `  ${actions.length} steps, ${(ms / actions.length).toFixed(1)} ms each; ${seconds(acting.nowMs() - beganMs)} of the twins' time`,
)
console.log(`  memory ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB, twins included`)
people.close()
cordon.close()
await estate.close()
rmSync(folder, { recursive: true, force: true })
process.exitCode = neither.length === 0 && ms < 600_000 ? 0 : 1
