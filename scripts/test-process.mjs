// Runs test files in this one process, for scripts/test.mjs: dots to the standard output, the counts into one file, and
// into another how much processor time each test file took.
//   node --conditions=source scripts/test-process.mjs COUNTS-FILE CPU-FILE TEST-FILE…
import asyncHooks from 'node:async_hooks'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { join, relative } from 'node:path'
import { dot } from 'node:test/reporters'

import report from './test-reporter.mjs'

const [countsFile = '', cpuFile = '', ...files] = process.argv.slice(2)

/** Against a test that hangs; how fast one is, a busy machine decides. */
const testMsMax = 240_000

// Node's runner follows each promise from its making to its collection, to know which test an error that nobody caught
// belongs to: an `await` takes twenty times as long for it. Tests of one process run one by one, so we know without.
const { createHook } = asyncHooks
asyncHooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false })
const runner = createRequire(import.meta.url)('node:test')
asyncHooks.createHook = createHook

/** Tests that run now, the innermost last. */
const running = []
const { after } = runner
// A test that says `after` behind an `await` means itself, which the runner no longer sees.
runner.after = (...args) => (running.at(-1) ?? { after }).after(...args)
syncBuiltinESMExports()

const nameOf = (test) => `${relative(process.cwd(), test.filePath)}: ${test.name}`
function tellUncaught(error) {
  const test = running.at(-1)
  console.error(`\nnobody caught this${test === undefined ? '' : `, in ${nameOf(test)}`}:`, error)
  process.exitCode = 1
}
process.on('uncaughtExceptionMonitor', tellUncaught)
process.on('unhandledRejection', tellUncaught)

/** Linux counts in hundredths of a second for every program that reads it. */
const tickMs = 10
/** Of children that ended; 0 where no /proc tells. */
function childrenMs() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[13]) + Number(fields[14])) * tickMs
  } catch {
    return 0
  }
}

const msOf = new Map()
let countedMs = 0
/** What was used since it was last asked. */
function countFor(file) {
  const { user, system } = process.cpuUsage()
  const nowMs = (user + system) / 1_000 + childrenMs()
  msOf.set(file, (msOf.get(file) ?? 0) + nowMs - countedMs)
  countedMs = nowMs
}
process.on('exit', () => {
  countFor(last)
  writeFileSync(cpuFile, JSON.stringify(Object.fromEntries(msOf)))
})

const events = runner.run({
  files: files.map((file) => join(process.cwd(), file)),
  isolation: 'none',
  timeout: testMsMax,
})
let last = 'imports'
runner.beforeEach((test) => {
  countFor(last)
  last = relative(process.cwd(), test.filePath)
  running.push(test)
})
runner.afterEach(() => {
  running.pop()
  countFor(last)
})
events.on('test:fail', () => (process.exitCode = 1))
events.compose(dot).pipe(process.stdout)
events.compose(report).pipe(createWriteStream(countsFile))
