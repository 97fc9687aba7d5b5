// Runs the tests and checks that they really ran: a single process.exit(0) would otherwise end a run green.
//   *.test.ts          pure: many files in one process
//   *.process.test.ts  needs workers, signals or child processes: one process a file
//   *.system.test.ts   needs an outside system: only with --systems, one process a file
// Arguments that are no flags pick files by part of their path; --times shows the files that took most processor time.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const wantsSystems = process.argv.includes('--systems')
const picks = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

const node = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node')
}

const kindOf = (file) =>
  file.endsWith('.system.test.ts') ? 'system' : file.endsWith('.process.test.ts') ? 'process' : 'pure'
const walk = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
const files = ['src', 'console', 'test', 'lab'].flatMap(walk).sort((a, b) => (a < b ? -1 : 1))
const planned = files.filter(
  (file) =>
    (wantsSystems ? kindOf(file) === 'system' : kindOf(file) !== 'system') &&
    (picks.length === 0 || picks.some((pick) => file.includes(pick))),
)
if (planned.length === 0) {
  console.error(`no test file ${picks.length === 0 ? 'found' : `matches ${picks.join(', ')}`}`)
  process.exit(1)
}

// What tests write goes with the run, also when one of them is killed. Other users' servers must get through to theirs,
// and the name is short since paths of sockets are bounded.
const scratch = mkdtempSync(join(tmpdir(), 'ct-'))
chmodSync(scratch, 0o711)
const started = Date.now()
let passed = 0
let failed = 0
const skipped = []
const silent = []
const cpuMsOf = new Map()

/** Exit code, or the signal's name. */
const ended = (program, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, options)
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })

/** Empty where the process died before it wrote. */
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** Compiled code lies where the product keeps its own, so no process compiles (strips types) what another one has. */
const codeCache = process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules', '.cache', 'cordon')

const run = async (group, name) => {
  const counts = join(scratch, `${name}.ndjson`)
  const cpu = join(scratch, `${name}.json`)
  const program = join(root, 'scripts', 'test-process.mjs')
  // Many tests leave much garbage: a large nursery is emptied less often.
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--max-semi-space-size=64']
  const result = await ended(node(), [...flags, program, counts, cpu, ...group], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: codeCache, TMPDIR: scratch },
  })
  const events = textOf(counts)
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const imports = group.length === 1 ? group[0] : `imports of ${name}`
  for (const [file, ms] of Object.entries(JSON.parse(textOf(cpu) || '{}'))) {
    const place = file === 'imports' ? imports : file
    cpuMsOf.set(place, (cpuMsOf.get(place) ?? 0) + ms)
  }
  const seen = new Set(events.map((event) => event.file))
  for (const event of events) {
    if (event.kind === 'skip') skipped.push(event)
    else if (event.kind === 'pass') passed++
    else failed++
  }
  for (const file of group) if (![...seen].some((path) => path.endsWith(file))) silent.push(file)
  if (result !== 0 && !events.some((event) => event.kind === 'fail')) {
    failed++
    console.error(`\nthe test process for ${name} ended with ${result}`)
  }
}

/** Neighbours take about as long as each other (suites of one kind), so they are dealt out like cards. */
const deal = (list, hands) =>
  Array.from({ length: hands }, (_, hand) => list.filter((_, index) => index % hands === hand)).filter(
    (group) => group.length > 0,
  )

/** What takes longest must not start last, when the other lanes have nothing left: see --times. */
const longest = [
  'simulation/advisory',
  'simulation/respond',
  'simulation/rules',
  'ssf/whole-path',
  'docs/add-a-connector',
  'simulation/loading',
  'simulation/kill-ingest',
  'simulation/init',
]
const rank = (file) => {
  const place = longest.findIndex((part) => file.includes(part))
  return place === -1 ? longest.length : place
}
const longestFirst = (a, b) => rank(a) - rank(b)

const cores = Math.max(2, availableParallelism())
const pure = planned.filter((file) => kindOf(file) === 'pure')
/** Fewer files are not worth importing everything in one more process. */
const groupFilesMin = 8
const groups = Math.min(cores, Math.ceil(pure.length / groupFilesMin))
const waiting = [
  ...deal(pure, groups),
  ...planned
    .filter((file) => kindOf(file) !== 'pure')
    .sort(longestFirst)
    .map((file) => [file]),
].entries()
/** Takes the next group as soon as it is done with one: all lanes read one queue. */
const lane = async () => {
  for (const [index, group] of waiting) await run(group, `group-${index}`)
}
// Pure tests keep a core busy each, the others mostly wait for processes of theirs: one lane more than cores.
await Promise.all(Array.from({ length: cores + 1 }, lane))
rmSync(scratch, { recursive: true, force: true })

const cpuMs = [...cpuMsOf.values()].reduce((sum, ms) => sum + ms, 0)
const seconds = (ms) => (ms / 1000).toFixed(1)
console.log(`\n${planned.length} test files, ${seconds(Date.now() - started)} s, of processor time ${seconds(cpuMs)} s`)
if (process.argv.includes('--times')) {
  const most = [...cpuMsOf].sort(([, a], [, b]) => b - a).slice(0, 60)
  for (const [file, ms] of most) console.log(`${seconds(ms).padStart(7)} s  ${file}`)
}
for (const { name, file, reason } of skipped) console.log(`skipped: ${file}: ${name}${reason ? ` (${reason})` : ''}`)
for (const file of silent) console.error(`no test of ${file} reported: the run ended early or the file is empty`)
console.log(`${passed} passed, ${failed + silent.length} failed, ${skipped.length} skipped`)
process.exit(failed + silent.length === 0 && passed > 0 ? 0 : 1)
