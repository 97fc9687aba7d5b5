// Stands for worker D: follows the log, and either counts by event name or does what D does with each event: its connector's
// projection, all packs, SigmaHQ's rules and behaviour (`looks`). It says how many it saw, and how much of a core it took.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

import { assert, parseOwnJson, silentDiagnose, systemClock } from '#kit'
import { openLogReader } from '#log'
import { defaultTenant, type LoggedEvent } from '#model'
import { openReader } from '#store'

import { createBehaviourDesk } from '../src/app/core/behaviour-desk.ts'
import { projectScoped, type Known } from '../src/app/core/projecting.ts'
import { createRuleDesk } from '../src/app/core/rule-desk.ts'
import { createRegistry } from '../src/app/registry.ts'
import { knownSources } from '../src/app/core/projecting.ts'
import { logKeysOf } from '../test/simulation/log-keys.ts'

export type Following = { path: string; after: number; until: number; looks: boolean }
export type Followed = { events: number; found: number; cpuMs: number; rules: number; actors: number }

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bench/ingest.ts is the only one who starts this file
const { path, after, until, looks } = workerData as Following
const reader = openReader(path)
const log = openLogReader({ reader, keys: logKeysOf('bench') })
const counts = new Map<string, number>()
let found = 0

const registry = createRegistry(undefined)
const parts = { reader, log, registry, clock: systemClock, diagnose: silentDiagnose, stateFile: null, cacheFile: null }
const rules = createRuleDesk({ ...parts, settings: { packs: 'packs', directories: ['../shared/corpora/sigma/rules'] } })
const behaviour = createBehaviourDesk(parts)
const known: ReadonlyMap<string, Known> = knownSources(parts)
assert(!looks || known.size > 0, 'the source of the events is known')

async function look(events: readonly LoggedEvent[]): Promise<void> {
  const items = projectScoped(events, known, { refused: 0 })
  behaviour.observe(items, known)
  found += behaviour.advance(events.at(-1)?.arrivedAtMs ?? 0).length
  await rules.observe(events, items, known, (ones) => void (found += ones.length))
}
function count(events: readonly LoggedEvent[]): void {
  for (const event of events) {
    const name = parseOwnJson<{ eventName: string }>(event.raw).eventName
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
}

// Rules are read when the first source is known: not what is measured.
if (looks) await rules.learn(after, () => undefined)
parentPort?.postMessage('ready')
const before = process.threadCpuUsage()
let at = after
let events = 0
while (at < until) {
  const page = await log.read(defaultTenant, at, 1_000)
  if (looks) await look(page)
  else count(page)
  events += page.length
  at = page.at(-1)?.offset ?? at
  if (page.length === 0) await sleep(5)
}
const { user, system } = process.threadCpuUsage(before)
const told: Followed = {
  events,
  found,
  cpuMs: (user + system) / 1_000,
  rules: rules.health().rules,
  actors: behaviour.health().actors,
}
parentPort?.postMessage(told)
