// npm run bench:ready: time from the start of core, on a data directory with a large estate, to an answer of GET
// /v1/health, to an acknowledged (so durable) batch of events and to a first answer about the estate, each time after a
// kill -9: with its graph file, without one, and with an old one. Baseline in the same run: the same start on an empty
// data directory. Set BENCH_NODES and BENCH_EDGES for another size.
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { CordonError, createHttp, systemRandom, utf8 } from '#kit'
import { openLocalStore, storeFile } from '#store'
import { newUserToken } from '#api/contract'
import { createClient, type Client } from '#cli'
import { createKeyFiles } from '#vault'

import { writerModules } from '../src/app/writer-modules.ts'
import { freePort } from '../lab/src/cordon/port.ts'
import { benchModule, fillEdges, fillNodes, fillState, nodeName } from './ready-estate.ts'

const nodes = Number(process.env['BENCH_NODES'] ?? 1_000_000)
const edges = Number(process.env['BENCH_EDGES'] ?? 4_000_000)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)
/** Of those that read the edge log. */
const slowRounds = 3
const targetMs = 2_000
/** Edges that an old graph file lacks. */
const lacking = Math.round(edges / 4)
/** Compiled code is kept by then, as it is of any start that lives so long. */
const firstLifeMs = 4_000
const rowsPerCommand = 200_000
const waitMsMax = 120_000

const source = 'people'

const root = join(import.meta.dirname, '..')
const dir = mkdtempSync(join(tmpdir(), 'cordon-bench-ready-'))
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

async function fill(data: string): Promise<void> {
  // A store without its keys would be refused.
  createKeyFiles(join(data, 'keys'), systemRandom)
  const store = openLocalStore([...writerModules(), benchModule], join(data, storeFile))
  for (let n = 0; n < nodes; n += rowsPerCommand)
    await store.writer.submit(fillNodes({ first: n, last: Math.min(nodes, n + rowsPerCommand), nodes }))
  store.close()
  await grow(data, 0, edges)
}

/** Edges that core does not know of when it starts next. */
async function grow(data: string, from: number, to: number): Promise<void> {
  const store = openLocalStore([...writerModules(), benchModule], join(data, storeFile))
  for (let n = from + 1; n <= to; n += rowsPerCommand)
    await store.writer.submit(fillEdges({ first: n, last: Math.min(to + 1, n + rowsPerCommand), nodes }))
  await store.writer.submit(fillState({ nodes, edges: to, atMs: Date.now() }))
  store.close()
}

type Place = { data: string; url: string; listen: string; token?: string; ingestToken?: string }
type Ready = {
  healthMs: number
  healthCpuMs: number
  ackMs: number
  estateMs: number
  residentMb: number
  child: ChildProcess
}

function run(place: Place, role: 'core' | 'start'): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--disable-warning=ExperimentalWarning',
      'src/app/main.ts',
      role,
      '--data',
      place.data,
      '--listen',
      place.listen,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', role === 'core' ? 'inherit' : 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  )
  alive.add(child)
  child.on('exit', () => alive.delete(child))
  return child
}

const clientOf = (place: Place, token: string): Client =>
  createClient({ url: place.url, token, user: 'bench' }, createHttp([place.url]))

async function ready(place: Place, child: ChildProcess, startedMs: number): Promise<Ready> {
  const anonymous = clientOf(place, '')
  await until(async () => (await anonymous.call('system.health')).version !== '', child)
  const healthMs = performance.now() - startedMs
  const healthCpuMs = cpuMs(child.pid ?? 0)
  const sender = clientOf(place, (await signIn(place)).ingestToken)
  const event = utf8(JSON.stringify({ note: 'ready?' }))
  const query = { stream: 'log', batch: `${startedMs}` }
  await until(
    async () => (await sender.upload('event.ingest', { params: { source }, query, bytes: event })).accepted > 0,
  )
  const ackMs = performance.now() - startedMs
  // A credential in the middle of the estate: what it reaches, one step on.
  const from = nodeName(Math.floor(nodes * 0.1), nodes)
  const client = clientOf(place, (await signIn(place)).token)
  await until(async () => {
    await client.call('estate.reach', { body: { from: [from], types: ['AUTHENTICATES_AS'] } })
    return true
  }, child)
  const estateMs = performance.now() - startedMs
  return { healthMs, healthCpuMs, ackMs, estateMs, residentMb: residentMb(child.pid ?? 0), child }
}

/** An administrator and a sender, made with the first start. */
async function signIn(place: Place): Promise<{ token: string; ingestToken: string }> {
  if (place.token === undefined || place.ingestToken === undefined) {
    const bootstrap = readFileSync(join(place.data, 'bootstrap-token'), 'utf8').trim()
    const { id, hash, token } = newUserToken(systemRandom)
    await clientOf(place, bootstrap).call('system.bootstrap', { body: { name: 'bench', token: { id, hash } } })
    place.token = token
    const admin = clientOf(place, place.token)
    const config = { authority: 'people.example', logs: ['read'] }
    // Added, but not checked: that is the work of hands, who do not run here.
    await admin.call('source.add', { body: { id: source, connector: 'declared', config } }).catch(notYet)
    place.ingestToken = (await admin.call('ingest-token.create', { params: { source }, body: {} })).token
  }
  return { token: place.token, ingestToken: place.ingestToken }
}

/** Not up yet, or its estate still loads: to be asked again. Any other refusal is a failure. */
function notYet(error: unknown): false {
  if (error instanceof CordonError && (error.code === 'ERR_CLI_UNREACHABLE' || error.retryable)) return false
  throw error
}

async function until(isSo: () => Promise<boolean>, child?: ChildProcess): Promise<void> {
  const endMs = performance.now() + waitMsMax
  while (!(await isSo().catch(notYet))) {
    if (child !== undefined && child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`)
    if (performance.now() > endMs) throw new Error(`nothing within ${waitMsMax} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Starts and kills core again and again; `prepare` before each start. */
async function series(place: Place, count: number, prepare: () => void = () => undefined): Promise<Ready[]> {
  const found: Ready[] = []
  for (let round = 0; round < count; round++) {
    prepare()
    const startedMs = performance.now()
    const one = await ready(place, run(place, 'core'), startedMs)
    await kill(one.child)
    found.push(one)
  }
  return found
}

/** As users run it: the supervisor starts core again by itself. */
async function supervised(place: Place): Promise<number[]> {
  const found: number[] = []
  const parent = run(place, 'start')
  await until(async () => (await clientOf(place, '').call('system.health')).hands)
  for (let round = 0; round < 3; round++) {
    const core = childrenOf(parent.pid ?? 0).find((pid) => commandOf(pid).includes('core'))
    if (core === undefined) throw new Error('the supervisor has no core')
    const startedMs = performance.now()
    process.kill(core, 'SIGKILL')
    // The dead one's socket may still answer for a moment.
    await new Promise((resolve) => setTimeout(resolve, 50))
    found.push((await ready(place, parent, startedMs)).healthMs)
  }
  const gone = new Promise((resolve) => parent.once('exit', resolve))
  parent.kill('SIGTERM')
  await gone
  return found
}

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
const residentMb = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
const cpuMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
const load = (): string => readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? ''
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const say = (what: string, ms: readonly number[], rest = ''): void => {
  const sorted = ms.toSorted((a, b) => a - b).map(Math.round)
  console.log(`${what}: median ${Math.round(median(ms))} ms, all ${sorted.join(' ')}${rest}`)
}

const places: Place[] = []
for (const name of ['empty', 'large']) {
  const port = await freePort()
  const data = join(dir, name)
  mkdirSync(data, { mode: 0o700 })
  places.push({ data, url: `http://127.0.0.1:${port}`, listen: `127.0.0.1:${port}` })
}
const [empty, large] = places
if (empty === undefined || large === undefined) throw new Error('two places')

const filledMs = performance.now()
await fill(large.data)
console.log(`${nodes} nodes, ${edges} edges written in ${Math.round((performance.now() - filledMs) / 1000)} s`)
const tell = (what: string, found: readonly Ready[]): void => {
  const over = (pick: (one: Ready) => number): number[] => found.map(pick)
  say(
    `${what}: health`,
    over(({ healthMs }) => healthMs),
    `; CPU by then ${median(over(({ healthCpuMs }) => healthCpuMs))} ms; load ${load()}`,
  )
  say(
    `  events acknowledged`,
    over(({ ackMs }) => ackMs),
  )
  say(
    `  first answer about the estate`,
    over(({ estateMs }) => estateMs),
    `; core resident ${found[0]?.residentMb} MB`,
  )
}

const warm = await ready(empty, run(empty, 'core'), performance.now())
await new Promise((resolve) => setTimeout(resolve, firstLifeMs))
await kill(warm.child)
const base = await series(empty, rounds)
tell('empty', base)

const file = join(large.data, 'estate.snapshot')
const without = await series(large, slowRounds, () => rmSync(file, { force: true }))
tell('large, after kill -9, without its graph file', without)

const last = await ready(large, run(large, 'core'), performance.now())
await until(() => Promise.resolve(existsSync(file)))
await kill(last.child)
console.log(`graph file of ${Math.round(statSync(file).size / 2 ** 20)} MB`)
const found = await series(large, rounds)
tell('large, after kill -9', found)

const old = join(dir, 'old.snapshot')
copyFileSync(file, old)
await grow(large.data, edges, edges + lacking)
const aged = await series(large, slowRounds, () => copyFileSync(old, file))
tell(`large, after kill -9, its graph file ${lacking} edges behind`, aged)

const byItself = await supervised(large)
say('large, under its supervisor: kill -9 of core to health', byItself, `; load ${load()}`)
const ackOf = (list: readonly Ready[]): number => median(list.map(({ ackMs }) => ackMs))
const worst = Math.max(ackOf(found), ackOf(without), ackOf(aged))
console.log(
  `ratio to empty ${(ackOf(found) / ackOf(base)).toFixed(2)}; slowest median to acknowledged events ${Math.round(worst)} ms, target ${targetMs} ms: ${worst < targetMs ? 'met' : 'NOT met'}`,
)
process.exit(0)
