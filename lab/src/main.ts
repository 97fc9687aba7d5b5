import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { connect, type Connected } from './cordon/connect.ts'
import { startCordon } from './cordon/process.ts'
import { startGateway } from './gateway.ts'
import { paceWithout, playWith, playWithout, prepare, waitUntilSeen, type Stageplay } from './play.ts'
import { startRange, type Range } from './range.ts'
import { createStage, type Stage } from './screen.ts'
import { comparison } from './story/comparison.ts'
import { plainColumns } from './story/plain.ts'
import { startEncore, tryItYourself } from './encore.ts'
import { pause } from './thief.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, once: { type: 'boolean' } }, strict: false })
const seed = Number(values.seed ?? 1)
if (!Number.isSafeInteger(seed) || seed < 0) {
  process.stderr.write(`cordon lab: --seed takes a whole number from 0 on, not \`${String(values.seed)}\`\n`)
  process.exit(2)
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
let failure: unknown
// A fault outside the story's own chain must not leave Cordon and its data directory behind.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    failure ??= error
    stopping.abort()
  })
}
/** Undone in reverse order, whatever happened. */
const cleanups: (() => Promise<void> | void)[] = []
const nowMs = (): number => Date.now()

/** cordon.yaml is the only place where commands that execute may stand: the isolation hooks. */
function writeConfig(folder: string, range: Range): string {
  const file = join(folder, 'cordon.yaml')
  const hooks = (['isolate', 'release', 'check'] as const)
    .map((verb) => `  ${verb}: ${JSON.stringify(range.isolation.hook(verb))}\n`)
    .join('')
  writeFileSync(file, `hooks:\n${hooks}`)
  return file
}

async function run(stage: Stage): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-lab-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const range = await startRange(seed)
  cleanups.push(() => range.close())
  stage.emit({ kind: 'composition', parts: range.parts, seed })
  mkdirSync(join(folder, 'hosts'))
  stage.emit({ kind: 'progress', says: 'starting Cordon: core and hands' })
  const cordonProcess = await startCordon({
    dataDir: join(folder, 'data'),
    configFile: writeConfig(folder, range),
    signal: stopping.signal,
  })
  cleanups.push(() => cordonProcess.stop())
  const cordon = await connect(cordonProcess.url, cordonProcess.bootstrapToken)
  const gateway = await startGateway((token) => isValidKey(cordon, token))
  cleanups.push(() => gateway.close())
  const play: Stageplay = {
    range,
    gateway,
    cordon,
    folder: join(folder, 'hosts'),
    emit: (event) => stage.emit(event),
    signal: stopping.signal,
    nowMs,
  }
  const prepared = await prepare(play)
  cleanups.push(() => prepared.stopShipping())
  stage.emit({ kind: 'progress', says: 'Cordon reads the first records' })
  if (!(await waitUntilSeen(play, prepared.scene.planted))) {
    stage.emit({ kind: 'progress', says: 'Cordon does not see all planted credentials yet; going on' })
  }
  const contained = await playWith(play, prepared)
  if (stopping.signal.aborted) return
  await playWithout(play, prepared)
  if (stopping.signal.aborted) return
  await pause(1000, stopping.signal)
  stage.leave()
  const [withRun, withoutRun] = stage.state().runs
  if (withRun !== undefined && withoutRun !== undefined) {
    const facts = {
      peopleTotal: range.people.contractors.length,
      quickening: paceWithout.quickening,
      columns: process.stdout.columns ?? plainColumns,
    }
    print(['', ...comparison(withRun, withoutRun, facts)])
  }
  const encore = await startEncore(play, prepared)
  cleanups.push(() => encore.close())
  print(['', ...tryItYourself({ play, prepared, incident: contained.incident, encore: encore.url })])
  if (values.once === true) return
  await new Promise<void>((resolve) => {
    if (stopping.signal.aborted) return resolve()
    stopping.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const isValidKey = ({ admin }: Connected, token: string): Promise<boolean> =>
  admin.call('key.verify', { body: { token } }).then(({ valid }) => valid)

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}

const stage = createStage(process.stdout, process.env, nowMs)
try {
  await run(stage)
} catch (error) {
  if (!stopping.signal.aborted) failure ??= error
} finally {
  stage.leave()
  if (failure !== undefined) {
    process.stderr.write(`cordon lab: ${failure instanceof Error ? failure.message : 'failed'}\n`)
    process.exitCode = 70
  }
  for (const cleanup of cleanups.toReversed()) await Promise.resolve(cleanup()).catch(() => undefined)
}
