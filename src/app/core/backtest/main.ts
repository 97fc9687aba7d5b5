import { parentPort, workerData } from 'node:worker_threads'

import { assert, isObject, stderrDiagnose, systemClock } from '#kit'
import { openLogReader } from '#log'
import { openReader } from '#store'
import { openCoreVault } from '#vault'

import { createRegistry } from '../../registry.ts'
import type { BacktestData, FromBacktest } from './desk.ts'
import { lookBack } from './look.ts'

/** A thread of its own for one look back: it reads, and has no way to write. */
assert(parentPort !== null && isObject(workerData), 'a backtest runs in a worker')
const port = parentPort
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `createBacktestDesk` is the only one who starts this file
const data = workerData as BacktestData
const tell = (message: FromBacktest): void => port.postMessage(message)
const reader = openReader(data.store)
const stop = new AbortController()
port.once('message', () => stop.abort())
const looked = await lookBack({
  reader,
  log: openLogReader({ reader, keys: openCoreVault(data.keys).logKeys }),
  registry: createRegistry(data.hooks),
  clock: systemClock,
  diagnose: stderrDiagnose,
  settings: data.rules,
  sinceMs: data.sinceMs,
  latenessMs: data.latenessMs,
  onSeen: (seen) => tell({ kind: 'seen', seen }),
  signal: stop.signal,
})
reader.close()
tell({ kind: 'looked', looked })
port.close()
