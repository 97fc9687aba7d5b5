/** The process that bench/inventory.ts kills and measures. */
import { join } from 'node:path'

import { z } from 'zod'

import { createHttp, parseJson, silentDiagnose, systemClock } from '#kit'
import { openEventLog } from '#log'
import { defaultTenant, nothingNormalized } from '#model'
import { createBudgets, freshHealth, openSignedHttp, pageBatch, pullJobs, pullPatience, pullTurn } from '#sources'
import { defineConnector, readAnswer, type SnapshotPart, type SnapshotStream } from '#sources/contract'
import { openReader, startWriter, storeFile } from '#store'

import { logKeysOf } from '../test/simulation/log-keys.ts'

const [mode = '', origin = '', dir = ''] = process.argv.slice(2)
const shape = z.object({ records: z.array(z.record(z.string(), z.json())), next: z.string().nullable() })
const lists = ['users', 'grants'] as const
const urlOf = (list: string, next: string | null): string => `${origin}/${list}${next === null ? '' : `?after=${next}`}`

const inventory: SnapshotStream<Record<string, never>> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: 1, worst: 1 },
  everyMs: 3_600_000,
  lists: () => lists,
  async page({ http }, list, next) {
    const answer = readAnswer(shape, await http.request(urlOf(list, next)), list)
    return { rows: answer.records, next: answer.next }
  },
}
const connector = defineConnector<Record<string, never>>({
  id: 'bench',
  version: 1,
  title: 'Bench',
  config: z.record(z.string(), z.never()),
  secrets: { see: [], contain: [] },
  streams: [inventory],
  coverage: () => ({ sees: [], logged: [], blind: [] }),
  check: () => Promise.resolve({ authority: 'bench', missing: [], excess: [], says: [] }),
  normalize: nothingNormalized,
})

const started = performance.now()
if (mode === 'baseline') {
  const rows: Record<string, number> = {}
  for (const list of lists) {
    let next: string | null = null
    do {
      const page: z.infer<typeof shape> = shape.parse(parseJson(await (await fetch(urlOf(list, next))).text()))
      rows[list] = (rows[list] ?? 0) + page.records.length
      next = page.next
    } while (next !== null)
  }
  tell({ rows, complete: 0, events: 0 })
} else await pull()

async function pull(): Promise<void> {
  const path = join(dir, storeFile)
  const writer = await startWriter(new URL('../test/simulation/log-writer-entry.ts', import.meta.url), { path })
  const reader = openReader(path)
  const log = openEventLog({ writer, reader, keys: logKeysOf('bench') })
  const clock = systemClock
  const http = openSignedHttp({
    http: createHttp([origin]),
    clock,
    limits: {},
    budgets: createBudgets(clock),
    realms: { source: 'src', authority: 'bench' },
    lane: 'live',
    patience: pullPatience,
    unit: () => 0.5,
    auth: undefined,
    origins: [origin],
    secrets: () => ({}),
  })
  const opened = { tenant: defaultTenant, source: 'src', revision: 1, config: {}, http, clock, see: () => ({}) }
  const [job] = pullJobs(connector, { ...opened, diagnose: silentDiagnose })
  if (job === undefined) throw new Error('the connector has a stream')
  const health = freshHealth(job)
  const shown = setInterval(() => console.error(`  ${health.progress ?? 'begins'}`), 2_000)
  const options = {
    clock,
    diagnose: silentDiagnose,
    unit: () => 0.5,
    append: (page: Parameters<typeof pageBatch>[0]) => log.append(pageBatch(page, clock.nowMs(), (json) => json)),
    cursor: () => Promise.resolve(log.cursor(defaultTenant, 'src', 'inventory')),
  }
  while (await pullTurn(options, job, health, new AbortController().signal));
  clearInterval(shown)
  const ms = performance.now() - started
  const rssMb = process.resourceUsage().maxRSS / 1024
  const rows: Record<string, number> = {}
  let complete = 0
  let events = 0
  for (let after = 0; ;) {
    const page = await log.read(defaultTenant, after, 20)
    const last = page.at(-1)
    if (last === undefined) break
    for (const { raw } of page) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own record
      const { snapshot, rows: part } = JSON.parse(raw) as SnapshotPart & { rows: { kind: string; rows: unknown[] } }
      rows[part.kind] = (rows[part.kind] ?? 0) + part.rows.length
      if (snapshot.complete) complete++
      events++
    }
    after = last.offset
  }
  tell({ rows, complete, events }, ms, rssMb)
  reader.close()
  await writer.close()
}

function tell(
  found: { rows: Record<string, number>; complete: number; events: number },
  ms = performance.now() - started,
  rssMb = process.resourceUsage().maxRSS / 1024,
): void {
  process.send?.({ ...found, ms, rssMb })
  process.disconnect()
}
