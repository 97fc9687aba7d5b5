import { parentPort, workerData, type MessagePort } from 'node:worker_threads'

import { assert, isObject, stderrDiagnose, systemClock } from '#kit'
import { connectWriter, openReader } from '#store'
import { openCoreVault } from '#vault'

import { runEstateLoop } from './core/estate-loop.ts'
import type { EstateThreadData } from './core/estate-thread-client.ts'
import { createRegistry } from './registry.ts'

/** Worker D: projects the log, holds the estate, detects. */
assert(parentPort !== null && isObject(workerData), 'D runs in a worker')
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `startEstateThread` is the only one who starts this file
const data = workerData as EstateThreadData & { writer: MessagePort; ask: MessagePort }
await runEstateLoop({
  port: parentPort,
  ask: data.ask,
  snapshotPath: data.snapshot,
  reader: openReader(data.store),
  writer: connectWriter(data.writer),
  logKeys: openCoreVault(data.keys).logKeys,
  registry: createRegistry(data.hooks),
  clock: systemClock,
  diagnose: stderrDiagnose,
})
