import { parentPort, workerData } from 'node:worker_threads'

import { assert, isObject, stderrDiagnose, systemClock } from '#kit'
import { connectWriter, openReader } from '#store'
import { openCoreVault } from '#vault'

import { keepCodeCacheSoon } from '../code-cache.ts'
import { createRegistry } from '../registry.ts'
import { runEstateLoop } from './estate-loop.ts'
import type { EstateStart, EstateThreadData } from './estate-thread-client.ts'

/** Worker D: projects the log, holds the estate, detects. It loads while W opens the store, and goes on when told to. */
assert(parentPort !== null && isObject(workerData), 'D runs in a worker')
const port = parentPort
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `spawnEstateThread` is the only one who starts this file
const data = workerData as EstateThreadData
const { writer, ask } = await new Promise<EstateStart>((resolve) => port.once('message', resolve))
keepCodeCacheSoon()
await runEstateLoop({
  port,
  ask,
  snapshotPath: data.snapshot,
  rules: data.rules,
  ruleStatePath: data.ruleState,
  ruleCachePath: data.ruleCache,
  behaviourStatePath: data.behaviourState,
  reader: openReader(data.store),
  writer: connectWriter(writer),
  logKeys: openCoreVault(data.keys).logKeys,
  registry: createRegistry(data.hooks),
  clock: systemClock,
  diagnose: stderrDiagnose,
})
