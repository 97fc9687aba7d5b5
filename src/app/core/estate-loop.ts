import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import { assert, createBell, isObject, type Bell, type Clock, type Diagnose } from '#kit'
import { defaultTenant, type SourceId } from '#model'
import { applyProjection, connectEstate, openEstate, resetProjection, serveEstate, type EstateView } from '#estate'
import { openLogReader } from '#log'
import { projectBatch, type Normalizer } from '#project'
import { listSources, withinScope, type Source } from '#sources'
import type { HostHooks } from '#connectors/host'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import { createRegistry } from '../registry.ts'

/** Events projected in one command: bounds the time between an append and its place in the estate. */
export const projectEventsMax = 1_000
/** Nothing rang for this long: look anyway. */
const idleMs = 250
/** Clocks of sources are taken to be off by at most this, until a connector says otherwise. */
export const skewMsDefault = 2_000

export type EstateThreadData = { store: string; keys: string; hooks: HostHooks | undefined }
export type Progress = { projected: number; unmapped: number; refused: number }

/** Core's handle of worker D. */
export type EstateThread = {
  view(): Promise<EstateView>
  /** There is something new in the log. */
  wake(): void
  progress(): Progress
  stop(): Promise<void>
}

export async function startEstateThread(
  entry: URL,
  data: EstateThreadData,
  writer: MessagePort,
  bell: Bell,
): Promise<EstateThread> {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(entry, { workerData: { ...data, writer, ask: port2 }, transferList: [writer, port2] })
  const estate = connectEstate(port1)
  let progress: Progress = { projected: 0, unmapped: 0, refused: 0 }
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: Progress) => {
      progress = message
      bell.ring('estate')
      resolve()
    })
  })
  // D only repeats what is on disk: when it dies, core must not go on answering from nothing.
  worker.on('error', (error) => {
    throw error
  })
  return {
    view: () => estate.view(),
    wake: () => worker.postMessage('wake'),
    progress: () => progress,
    async stop() {
      await worker.terminate()
    },
  }
}

/** The loop of worker D: log → statements within scope → one command with the cursor → the graph in memory. */
export async function runEstateThread(parts: {
  data: EstateThreadData
  port: MessagePort
  reader: Reader
  writer: Writer
  logKeys: LogKeys
  clock: Clock
  diagnose: Diagnose
}): Promise<void> {
  const { port, reader, writer, clock, diagnose } = parts
  const tenant = defaultTenant
  const registry = createRegistry(parts.data.hooks)
  const log = openLogReader({ reader, keys: parts.logKeys })
  const bell = createBell()
  port.on('message', () => bell.ring('wake'))
  const versions = JSON.stringify(registry.map(({ id, connector }) => [id, connector.version]))
  await resetWhenChanged(reader, writer, versions)
  const estate = openEstate({ reader, tenant })
  const ask: unknown = isObject(parts.data) ? Reflect.get(parts.data, 'ask') : undefined
  assert(ask instanceof Object, 'D is given a port to answer on')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see startEstateThread, which passes it
  serveEstate(ask as MessagePort, () => estate.view())
  const progress: Progress = { projected: estate.through, unmapped: 0, refused: 0 }
  port.postMessage({ ...progress })

  let sources = new Map<SourceId, Source>()
  let normalizers = new Map<SourceId, Normalizer>()
  const loadSources = (): void => {
    sources = new Map(listSources(reader, tenant).map((source) => [source.id, source]))
    normalizers = new Map(
      [...sources.values()].flatMap((source): [SourceId, Normalizer][] => {
        const entry = registry.find(({ id }) => id === source.connector)
        if (entry === undefined) return []
        const { connector } = entry
        return [
          [
            source.id,
            {
              connector: entry.id,
              version: connector.version,
              authority: source.authority ?? '',
              normalize: (input) => connector.normalize(input),
            },
          ],
        ]
      }),
    )
  }

  for (;;) {
    const events = await log.read(tenant, estate.through, projectEventsMax)
    const last = events.at(-1)
    if (last === undefined) {
      await estate.compactIfNeeded()
      await bell.wait(['wake'], idleMs)
      continue
    }
    loadSources()
    const items = projectBatch(events, normalizers).map(({ boundTo, ...item }) => {
      const source = sources.get(item.source)
      if (item.normalized.unmapped !== undefined) progress.unmapped++
      if (source === undefined) return item
      const { normalized, refused } = withinScope(source, boundTo, item.normalized)
      progress.refused += refused
      return { ...item, normalized }
    })
    try {
      const [result] = await writer.submit(
        applyProjection({
          tenant,
          through: last.offset,
          skewMs: Object.fromEntries([...sources.keys()].map((id) => [id, skewMsDefault])),
          items: items.map((item) => ({ ...item, normalized: { ...item.normalized, ocsf: [] } })),
        }),
      )
      estate.apply(result)
      progress.projected = result.through
      port.postMessage({ ...progress })
    } catch (error) {
      diagnose('error', 'estate.projection-failed', {
        after: estate.through,
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
      await clock.sleep(1_000)
    }
  }
}

/** Another set of connector versions gives other statements: all is made again from the log, which is the truth. */
async function resetWhenChanged(reader: Reader, writer: Writer, versions: string): Promise<void> {
  const known = reader.get<{ connector: string }>(
    `SELECT connector FROM estate_projection WHERE tenant = ? AND source = '*'`,
    defaultTenant,
  )
  if (known?.connector === versions) return
  await writer.submit(resetProjection({ tenant: defaultTenant, versions }))
}
