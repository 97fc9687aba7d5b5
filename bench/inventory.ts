// npm run bench:inventory: a first inventory of 100,000 users and 1,000,000 grants from a vendor over HTTP into the log on
// disk, by the runtime as hands runs it (its flags too) with core's log in one process, killed half-way and started again. Baseline in the same run: the same pages
// fetched and parsed, and nothing else. What is measured is the process that pulls, seals and appends; the map is bench:graph.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#kit'

import { processFlags } from '../src/app/supervise.ts'

const users = Number(process.env['BENCH_USERS'] ?? 100_000)
const grants = users * 10
const perPage = 1_000
const budgetMb = 300

const userRow = (n: number) => ({
  id: `u${String(n).padStart(9, '0')}`,
  name: `user-${n}@brightwater.example`,
  kind: n % 20 === 0 ? 'service' : 'human',
  created: '2026-01-05T08:00:00Z',
  lastSeen: '2026-03-20T11:12:13Z',
  groups: [`g${n % 97}`, `g${n % 13}`],
})
const grantRow = (n: number) => ({
  id: `c${String(n).padStart(9, '0')}`,
  user: `u${String(n % users).padStart(9, '0')}`,
  app: `app-${n % 211}`,
  scopes: ['files.read', 'mail.read', 'calendar.write'].slice(0, 1 + (n % 3)),
  created: '2026-02-01T09:00:00Z',
})

const asked = new Map<string, number>()
let pages = 0
let killAt = Infinity
let child: ChildProcess | undefined
const twin = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  asked.set(url.href, (asked.get(url.href) ?? 0) + 1)
  const [count, row] = url.pathname === '/users' ? [users, userRow] : [grants, grantRow]
  const from = Number(url.searchParams.get('after') ?? 0)
  const to = Math.min(from + perPage, count)
  const records = Array.from({ length: to - from }, (_, n) => row(from + n))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ records, next: to < count ? String(to) : null }))
  if (++pages === killAt) child?.kill('SIGKILL')
})
await new Promise<void>((resolve) => twin.listen(0, '127.0.0.1', resolve))
const address = twin.address()
assert(address !== null && typeof address === 'object', 'the twin listens')
const origin = `http://127.0.0.1:${address.port}`
const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-inventory-'))

type Told = { ms: number; rssMb: number; rows: Record<string, number>; complete: number; events: number }
/** One life of the puller; undefined when it was killed. */
async function life(mode: 'baseline' | 'pull'): Promise<Told | undefined> {
  let told: Told | undefined
  child = fork(new URL('inventory-puller.ts', import.meta.url), [mode, origin, dir], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning', ...processFlags.hands],
  })
  child.on('message', (message: Told) => (told = message))
  await new Promise((resolve) => child?.once('exit', resolve))
  return told
}

const baseline = await life('baseline')
const allPages = pages
asked.clear()
killAt = pages + Math.floor(allPages / 2)
const first = await life('pull')
const before = asked.size
const second = await life('pull')
twin.close()
rmSync(dir, { recursive: true, force: true })

assert(
  baseline !== undefined && first === undefined && second !== undefined,
  'one life is killed and the next one ends',
)
const again = [...asked.values()].reduce((sum, times) => sum + times - 1, 0)
assert(
  second.rows['users'] === users && second.rows['grants'] === grants,
  `rows in the log: ${JSON.stringify(second.rows)}`,
)
assert(second.complete === 1, `${second.complete} snapshots say that they are complete`)
console.log(
  `inventory of ${users.toLocaleString('en-US')} users and ${grants.toLocaleString('en-US')} grants in ${allPages} pages`,
)
console.log(
  `killed after ${before} pages; the next life asked for ${again} of them again, and ended with every row once`,
)
const mb = (text: number): string => `${text.toFixed(0)} MB`
console.log(
  `memory at most: ${mb(second.rssMb)} (budget ${budgetMb} MB: ${second.rssMb <= budgetMb ? 'kept' : 'BROKEN'}); baseline ${mb(baseline.rssMb)}: ${(second.rssMb / baseline.rssMb).toFixed(2)}x`,
)
const share = (allPages - before + again) / allPages
console.log(
  `time for its ${(share * 100).toFixed(0)} % of the pages: ${(second.ms / 1000).toFixed(1)} s; baseline ${((baseline.ms * share) / 1000).toFixed(1)} s: ${(second.ms / (baseline.ms * share)).toFixed(2)}x`,
)
process.exitCode = second.rssMb <= budgetMb ? 0 : 1
