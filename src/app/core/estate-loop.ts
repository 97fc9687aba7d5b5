import type { MessagePort } from 'node:worker_threads'

import { createBell, type Clock, type Diagnose } from '#kit'
import {
  defaultTenant,
  type Exposure,
  type Finding,
  type IncidentId,
  type LoggedEvent,
  type ProjectionItem,
  type SourceId,
  type Trust,
} from '#model'
import { createDetectors, type Detectors } from '#detect'
import {
  applyProjection,
  estateItems,
  openEstate,
  projectionState,
  resetProjection,
  serveEstate,
  type Estate,
} from '#estate'
import { openLogReader, type LogReader } from '#log'
import { projectEvent, type Normalizer } from '#project'
import { listSources, withinScope, type Source } from '#sources'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import type { Registered } from '../registry.ts'

/** Events projected in one submission: bounds the time between an append and its place in the estate. */
export const projectEventsMax = 1_000
/** Nothing rang for this long: look anyway. */
const idleMs = 250
/** Clocks of sources are taken to be off by at most this, until a connector says otherwise. */
export const skewMsDefault = 2_000
/** No event is expected to be older than this once it arrives; later ones are marked and counted. */
export const latenessMs = 60_000
/** Events that detectors read again at start, for what they had learnt. */
export const relearnEventsMax = 100_000
/** The next start reads this many edges from the log in a fraction of a second; more, and the graph file is written anew. */
const unsavedMax = 50_000
/** After a failure, for example on a full disk. */
const upkeepRetryMs = 60_000
/** A file as large as the graph is not written for less than this share of it. */
const unsavedShare = 0.05

export type Progress = { projected: number; unmapped: number; refused: number; late: number }
export type FromEstate =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'findings'; findings: Finding[] }
  | { kind: 'stopped' }
export type ToEstate =
  | { kind: 'wake' }
  | { kind: 'watch'; incident: IncidentId; exposure: Exposure }
  | { kind: 'unwatch'; incident: IncidentId }
  | { kind: 'stop' }

export type EstateLoopParts = {
  port: MessagePort
  ask: MessagePort
  snapshotPath: string
  reader: Reader
  writer: Writer
  logKeys: LogKeys
  registry: readonly Registered[]
  clock: Clock
  diagnose: Diagnose
}

type Known = { source: Source; normalizer: Normalizer; version: number }

/** The loop of worker D: log → statements within scope → one submission with the cursors → graph in memory → findings. */
export async function runEstateLoop(parts: EstateLoopParts): Promise<never> {
  const { port, reader, clock, diagnose } = parts
  const tenant = defaultTenant
  const log = openLogReader({ reader, keys: parts.logKeys })
  const estate = openEstate({ reader, tenant, snapshotPath: parts.snapshotPath, diagnose })
  const detectors = createDetectors({ tenant })
  const bell = createBell()
  const tell = (message: FromEstate): void => port.postMessage(message)
  const report = (findings: readonly Finding[]): void => {
    if (findings.length > 0) tell({ kind: 'findings', findings: [...findings] })
  }
  const progress: Progress = { projected: projectionState(reader, tenant).through, unmapped: 0, refused: 0, late: 0 }
  const upkeep = createUpkeep(estate, clock, diagnose)

  port.on('message', (message: ToEstate) => {
    if (message.kind === 'watch') report(detectors.watch(message.incident, message.exposure))
    else if (message.kind === 'unwatch') detectors.unwatch(message.incident)
    else if (message.kind === 'stop') void upkeep.finish().then(() => tell({ kind: 'stopped' }))
    bell.ring('wake')
  })
  serveEstate(parts.ask, () => estate.view())
  await projectAgain(parts, log, estate)
  // The estate answers from here on; detectors read up on the past behind it.
  tell({ kind: 'progress', progress: { ...progress } })
  await relearn(parts, log, detectors, progress.projected, report)

  for (;;) {
    const events = await log.read(tenant, progress.projected, projectEventsMax)
    const last = events.at(-1)
    if (last === undefined) {
      upkeep.start()
      report(detectors.advance(clock.nowMs() - latenessMs))
      await bell.wait(['wake'], idleMs)
      continue
    }
    const known = knownSources(parts)
    const items = projectScoped(events, known, progress)
    try {
      await keep(parts, estate, known, items, last.offset)
    } catch (error) {
      diagnose('error', 'estate.projection-failed', {
        after: progress.projected,
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
      await clock.sleep(1_000)
      continue
    }
    progress.projected = last.offset
    for (const { item, trust } of items) report(detectors.observe({ ...item, trust }))
    progress.late = detectors.counts.late
    tell({ kind: 'progress', progress: { ...progress } })
  }
}

type Scoped = { item: ProjectionItem; trust: Trust }

function knownSources({ reader, registry }: EstateLoopParts): Map<SourceId, Known> {
  return new Map(
    listSources(reader, defaultTenant).flatMap((source): [SourceId, Known][] => {
      const connector = registry.find(({ id }) => id === source.connector)?.connector
      if (connector === undefined) return []
      const normalizer = { connector: connector.id, authority: source.authority ?? '', normalize: connector.normalize }
      return [[source.id, { source, normalizer, version: connector.version }]]
    }),
  )
}

/** Statements outside a source's scope are refused and counted; the event itself stays in the log. */
function projectScoped(
  events: readonly LoggedEvent[],
  known: ReadonlyMap<SourceId, Known>,
  progress: Progress,
): Scoped[] {
  return events.map((event) => {
    const from = known.get(event.source)
    const item = projectEvent(event, from?.normalizer)
    if (item.unmapped !== undefined) progress.unmapped++
    const trust: Trust = {
      origin: from?.source.trust ?? 'host',
      sources: [event.source],
      confinedTo:
        from?.source.trust === 'host' || from === undefined
          ? event.boundTo === undefined
            ? []
            : [event.boundTo]
          : null,
    }
    if (from === undefined) return { item, trust }
    const { normalized, refused } = withinScope(from.source, event.boundTo, item)
    progress.refused += refused
    return { item: { ...item, ...normalized }, trust }
  })
}

async function keep(
  { writer }: EstateLoopParts,
  estate: Estate,
  known: ReadonlyMap<SourceId, Known>,
  items: readonly Scoped[],
  through: number,
): Promise<void> {
  const bySource = Map.groupBy(items, ({ item }) => item.source)
  const commands = [...bySource].map(([source, mine]) =>
    applyProjection({
      tenant: defaultTenant,
      source,
      skewMs: skewMsDefault,
      projectionVersion: known.get(source)?.version ?? 1,
      through,
      items: estateItems(mine.map(({ item }) => item)),
    }),
  )
  for (const applied of await writer.submit(...commands)) estate.apply(applied)
}

/** A connector with another version states other things: its sources are projected again from the log, which is the truth. */
async function projectAgain(parts: EstateLoopParts, log: LogReader, estate: Estate): Promise<void> {
  const { reader, writer } = parts
  const state = projectionState(reader, defaultTenant)
  const known = knownSources(parts)
  const stale = [...known].filter(([id, { version }]) => {
    const before = state.sources.get(id)
    return before !== undefined && before.version !== version
  })
  for (const [source, from] of stale) {
    await writer.submit(resetProjection({ tenant: defaultTenant, source }))
    estate.reload()
    for (let after = 0; after < state.through;) {
      const events = await log.read(defaultTenant, after, projectEventsMax)
      const last = events.at(-1)
      if (last === undefined) break
      const through = Math.min(last.offset, state.through)
      const mine = events.filter((event) => event.source === source && event.offset <= state.through)
      const items = projectScoped(mine, new Map([[source, from]]), { projected: 0, unmapped: 0, refused: 0, late: 0 })
      if (items.length > 0) await keep(parts, estate, known, items, through)
      after = last.offset
    }
  }
}

/**
 * What detectors knew is made again from the newest part of the log. What they say of it was said before, except where
 * core died between a projection and its incident: so it is said again, and whoever knows a finding leaves it.
 */
async function relearn(
  parts: EstateLoopParts,
  log: LogReader,
  detectors: Detectors,
  through: number,
  report: (findings: readonly Finding[]) => void,
): Promise<void> {
  const known = knownSources(parts)
  for (let after = Math.max(0, through - relearnEventsMax); after < through;) {
    const events = await log.read(defaultTenant, after, projectEventsMax)
    const last = events.at(-1)
    if (last === undefined) return
    const seen = events.filter(({ offset }) => offset <= through)
    for (const { item, trust } of projectScoped(seen, known, { projected: 0, unmapped: 0, refused: 0, late: 0 }))
      report(detectors.observe({ ...item, trust }))
    after = last.offset
  }
}

type Upkeep = { start(): void; finish(): Promise<void> }

/** Compaction and the graph file, beside the loop: events do not wait for either. One at a time. */
function createUpkeep(estate: Estate, clock: Clock, diagnose: Diagnose): Upkeep {
  let running: Promise<void> | undefined
  let notBeforeMs = 0
  const isDue = (): boolean => estate.unsaved > Math.max(unsavedMax, estate.stats.edges * unsavedShare)
  const work = async (): Promise<void> => {
    try {
      if (estate.wantsCompaction || isDue()) await estate.compact()
      if (isDue()) await estate.saveSnapshot()
    } catch (error) {
      // The log holds everything; only the next start is slower.
      notBeforeMs = clock.monotonicMs() + upkeepRetryMs
      diagnose('warn', 'estate.not-saved', { error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
    }
  }
  const start = (): void => {
    if (running !== undefined || clock.monotonicMs() < notBeforeMs || !(estate.wantsCompaction || isDue())) return
    running = work().finally(() => (running = undefined))
  }
  return {
    start,
    async finish() {
      await running
      start()
      await running
    },
  }
}
