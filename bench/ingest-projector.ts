// Stands for worker D: follows the log and hands every event to a projection, here one that counts by event name.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

import { parseOwnJson } from '#kit'
import { openLogReader } from '#log'
import { defaultTenant } from '#model'
import { openReader } from '#store'

import { logKeysOf } from '../test/simulation/log-keys.ts'

const { path, until } = workerData as { path: string; until: number }
const log = openLogReader({ reader: openReader(path), keys: logKeysOf('bench') })
const counts = new Map<string, number>()
let at = 0
while (at < until) {
  const events = await log.read(defaultTenant, at, 2_000)
  for (const event of events) {
    const name = parseOwnJson<{ eventName: string }>(event.raw).eventName
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  at = events.at(-1)?.offset ?? at
  if (events.length === 0) await sleep(5)
}
parentPort?.postMessage(counts)
