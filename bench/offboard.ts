// npm run bench:offboard: thousands leave the reference estate on one day. Its vendors' twins run here, without their limits;
// Cordon runs beside them in a process of its own, is killed with -9 when half is done, and goes on. What it says at the
// end is held against the prober, which shares no code with it: nothing of the leavers opens anything, or it is named, and
// of the others everything opens what it opened. What the vendors' limits alone would take is counted from the calls.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#kit'
import { dayMs, type SizeName } from '../lab/estate/company/model.ts'
import { startEstate } from '../lab/estate/estate.ts'
import { openToAll, probe, signsIn, type Opened } from '../lab/estate/prober/index.ts'
import { lootOf, targetsOf } from '../lab/estate/targets.ts'
import type { Credential } from '../lab/estate/truth.ts'
import { credentialNames, identityOf } from '../test/conformance/estate/names.ts'
import { keys, roles } from '../test/conformance/estate/source.ts'
import { accountNames, exportOf, peopleSource } from '../lab/estate/register.ts'
import { sourcePaceDefault } from '#respond/hands'
import type { Calls, Given, Outcome, Told } from './offboard-cordon.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const size = sizes.find((one) => one === (process.env['BENCH_SIZE'] ?? 'full'))
assert(size !== undefined, `BENCH_SIZE is one of ${sizes.join(', ')}`)
const leaversMax = Number(process.env['BENCH_LEAVERS'] ?? 4_000)
const isKilled = process.env['BENCH_KILL'] !== '0'
const othersTried = { logins: 2_000, credentials: 150 }
const targetMs = 600_000
/** An export is read so often, and who ended is looked for so often (docs/people.md). */
const [exportEveryMs, lookEveryMs] = [15 * 60_000, 10 * 60_000]

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-offboard-'))
const startedMs = performance.now()
const nowMs = Date.now()
const estate = await startEstate({ seed: 1, size, roles, keys, clock: { nowMs: () => Date.now() }, nowMs, density: 0 })
const { company, fills } = estate
console.log(`estate filled: ${seconds(performance.now() - startedMs)}; load ${loadavg()[0]?.toFixed(1)}`)

/** One in forty of the leavers is staff, with more accounts than one; Cordon's own apps hang on the first ones. */
const here = company.people.filter(({ endMs, n }) => endMs === null && n > 20)
const staff = here.filter(({ kind }) => kind === 'staff').slice(0, Math.ceil(leaversMax / 40))
const leaving = [...staff, ...here.filter(({ kind }) => kind === 'contractor')].slice(0, leaversMax)
const leavers = new Set(leaving.map(({ n }) => n))
const named = accountNames(fills)
const people = peopleSource({})
people.write(exportOf(company, named))

const targets = targetsOf(estate, nowMs)
const logins = fills.flatMap((fill) => [...(fill.logins ?? [])])
/** Some had left before and were still active: they are offboarded with the others. */
const gone = [...leaving, ...company.people.filter(({ endMs }) => endMs !== null)]
const numbers = new Set(gone.map(({ n }) => n))
const isLeaver = ({ owner, person }: Credential): boolean =>
  mails.has(owner) || (person !== undefined && numbers.has(person))
const mails = new Set(gone.flatMap(({ email }) => [email, email.split('@')[0] ?? email]))
const everyNth = <One>(list: readonly One[], count: number): One[] =>
  list.filter((_, at) => at % Math.max(1, Math.floor(list.length / count)) === 0)
const ofOthers = estate.credentials.filter((one) => !isLeaver(one))
const tried = {
  left: { logins: logins.filter(([n]) => leavers.has(n)), credentials: estate.credentials.filter(isLeaver) },
  others: {
    logins: everyNth(
      logins.filter(([n]) => !leavers.has(n) && company.people[n]?.endMs === null),
      othersTried.logins,
    ),
    credentials: everyNth(ofOthers, othersTried.credentials),
  },
}
const wordOf = ({ system, what, right }: Opened): string => `${system} ${what} ${right}`
/** What answers whoever asks is nobody's to lose. */
const free = new Set((await openToAll(targets)).map(wordOf))
/** By whom: logins that sign in, by number; of each credential what it opens. */
async function tryThem({ logins: some, credentials }: (typeof tried)['left']) {
  const open = new Set<number>()
  for (const [n, login] of some) if ((await signsIn(targets, login)) === true) open.add(n)
  const opens = new Map<string, Set<string>>()
  for (const credential of credentials) {
    const found = await probe(targets, lootOf(credential))
    opens.set(credential.id, new Set(found.opens.map(wordOf).filter((word) => !free.has(word))))
  }
  return { open, opens }
}
const opening = (opens: ReadonlyMap<string, Set<string>>): string[] =>
  [...opens].flatMap(([id, what]) => (what.size > 0 ? [id] : []))

let step = performance.now()
const before = { left: await tryThem(tried.left), others: await tryThem(tried.others) }
console.log(
  `${leaving.length} leave (${staff.length} of the staff). Prober before, ${seconds(performance.now() - step)}: of the leavers ${before.left.open.size} of ${tried.left.logins.length} logins and ${opening(before.left.opens).length} of ${tried.left.credentials.length} credentials open something; of the others ${before.others.open.size} of ${tried.others.logins.length} and ${opening(before.others.opens).length} of ${tried.others.credentials.length}`,
)

const given: Given = {
  folder,
  setups: fills.map(({ source }) => source),
  people: people.setup,
  accounts: { github: 'github', aws: 'aws' },
}
const file = join(folder, 'given.json')
writeFileSync(file, JSON.stringify(given), { mode: 0o600 })
const yesterday = new Date(nowMs - dayMs).toISOString().slice(0, 10)

const spent: { step: string; ms: number; cpuMs: number }[] = []
let done: Extract<Told, { what: 'done' }> | undefined
const child = (): ChildProcess =>
  fork(new URL('offboard-cordon.ts', import.meta.url), [file], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning', ...profiling],
  })
const profiling =
  process.env['BENCH_PROFILE'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE']}`]
/** One life of Cordon, until it ends by itself or half is done. */
async function live(killAt: number): Promise<'done' | 'killed'> {
  const cordon = child()
  let isHalf = false
  let firstMs: number | undefined
  let last = 0
  cordon.on('message', (told: Told) => {
    if (told.what === 'timed') {
      spent.push(told)
      console.log(
        `  ${told.step}: ${seconds(told.ms)}, ${seconds(told.cpuMs)} of CPU${told.says === '' ? '' : `; ${told.says}`}`,
      )
    } else if (told.what === 'read') {
      people.write(
        exportOf(company, (person) => ({ ...named(person), ...(leavers.has(person.n) ? { end: yesterday } : {}) })),
      )
      cordon.send({ isWritten: true })
    } else if (told.what === 'progress') {
      firstMs ??= performance.now()
      if (told.settled - last >= told.steps / 10) {
        last = told.settled
        console.log(
          `  ${told.settled} of ${told.steps} steps at ${seconds(performance.now() - firstMs)}; load ${loadavg()[0]?.toFixed(1)}`,
        )
      }
      if (told.settled >= told.steps * killAt && !isHalf) {
        isHalf = true
        spent.push({ step: 'acted until killed', ms: performance.now() - firstMs, cpuMs: 0 })
        cordon.kill('SIGKILL')
      }
    } else done = told
  })
  const code = await new Promise((resolve) => cordon.once('exit', resolve))
  assert(isHalf || code === 0, `Cordon's process ended with ${String(code)}`)
  return isHalf ? 'killed' : 'done'
}
const runMs = performance.now()
if ((await live(isKilled ? 0.5 : 2)) === 'killed') {
  console.log('  killed with -9 in the middle; started again')
  await live(2)
}
const elapsedMs = performance.now() - runMs
assert(done !== undefined, 'the second life ends by itself')
spent.push({ step: 'acted and proven', ms: done.actMs, cpuMs: done.cpuMs })

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other process writes exactly this
const outcome = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Outcome
const authorities = new Map(outcome.authorities)
const [dead, survivors] = [new Set(outcome.dead), new Map(outcome.survivors.map((one) => [one.credential, one]))]
const accounts = outcome.left.flatMap((one) => one.accounts)
const count = (all: readonly unknown[]): number => all.length
console.log(
  `${outcome.left.length} people with ${accounts.length} accounts in ${outcome.incidents.length} incidents, ${outcome.incidents.reduce((sum, { steps }) => sum + steps, 0)} steps, ${outcome.incidents.reduce((sum, { tasks }) => sum + count(tasks), 0)} tasks: ${accounts.filter((one) => dead.has(one)).length} accounts proven dead, ${accounts.filter((one) => survivors.has(one)).length} named as survivors; with their credentials ${dead.size} dead, ${survivors.size} named`,
)
const whys = Map.groupBy(survivors.values(), ({ why }) => why)
for (const [why, some] of whys) console.log(`    ${some.length} survive: ${why}`)
for (const [verb, { steps, proofMs }] of Object.entries(outcome.verbs))
  console.log(`    ${verb}: ${steps} steps, at most ${seconds(proofMs)} from what was done to its proof`)

step = performance.now()
const after = { left: await tryThem(tried.left), others: await tryThem(tried.others) }
const okta = (n: number) =>
  identityOf(authorities, 'okta', fills.find(({ vendor }) => vendor === 'okta')?.natives.get(n) ?? '')
const unnamed = [
  ...[...after.left.open].filter((n) => !survivors.has(okta(n))).map((n) => okta(n)),
  ...tried.left.credentials
    .filter(({ id }) => (after.left.opens.get(id)?.size ?? 0) > 0)
    .filter((one) => !credentialNames(authorities, one).some((name) => survivors.has(name)))
    .map(({ id }) => id),
]
const falselyDead = tried.left.credentials
  .filter(({ id }) => (after.left.opens.get(id)?.size ?? 0) > 0)
  .filter((one) => credentialNames(authorities, one).some((name) => dead.has(name)))
const lost = [
  ...[...before.others.open].filter((n) => !after.others.open.has(n)).map((n) => okta(n)),
  ...[...before.others.opens].flatMap(([id, opens]) =>
    [...opens].filter((what) => after.others.opens.get(id)?.has(what) !== true).map((what) => `${id}: ${what}`),
  ),
]
console.log(
  `prober after, ${seconds(performance.now() - step)}: of the leavers ${after.left.open.size} logins and ${opening(after.left.opens).length} credentials open something, ${unnamed.length} of them not named as survivors, ${falselyDead.length} said to be dead; of the others ${lost.length} things no longer open`,
)
for (const one of [...unnamed, ...lost].slice(0, 10)) console.log(`    ${one}`)

const vendorMs = showLimits(done.calls)
const readMs = spent.filter(({ step: one }) => /export read|looked for/.test(one)).reduce((sum, { ms }) => sum + ms, 0)
console.log(
  `ended, still active is told at most ${Math.ceil((exportEveryMs + lookEveryMs + readMs) / 60_000)} min after the register says so: read every 15 min, looked for every 10, ${seconds(readMs)} of work`,
)
const work = spent.filter(({ step: one }) => !/inventories|first time/.test(one))
const workMs = work.reduce((sum, { ms }) => sum + ms, 0)
console.log(
  `from the day's export to the last proof, beyond the vendors' limits: ${seconds(workMs)} (target ${seconds(targetMs)}; whole run of Cordon ${seconds(elapsedMs)}); at their limits and Cordon's pace the vendors alone take ${(vendorMs / 60_000).toFixed(1)} min; load ${loadavg()[0]?.toFixed(1)}`,
)
people.close()
await estate.close()
rmSync(folder, { recursive: true, force: true })
const isGood = unnamed.length === 0 && falselyDead.length === 0 && lost.length === 0
process.exit(isGood && (workMs < targetMs || size !== 'full') ? 0 : 1)

/** Of the last life's calls: what each vendor's own allowance, and Cordon's pace of a source, take at least. */
function showLimits(calls: Calls): number {
  let longestMs = 0
  for (const [vendor, { calls: all, budgets }] of Object.entries(calls)) {
    const paceMs = (all / sourcePaceDefault.callsPerMinuteMax) * 60_000
    const limitMs = Math.max(0, ...Object.values(budgets).map((one) => (one.calls / one.perMinute) * 60_000))
    longestMs = Math.max(longestMs, paceMs, limitMs)
    console.log(
      `  ${vendor}: ${all} calls of that life; ${(limitMs / 60_000).toFixed(1)} min at the vendor's limits, ${(paceMs / 60_000).toFixed(1)} at Cordon's pace`,
    )
  }
  return longestMs
}
