import type { MessagePort } from 'node:worker_threads'

import { createBell, type Clock, type Diagnose } from '#kit'
import { defaultTenant, type Exposure, type Finding, type IncidentId } from '#model'
import { createDetectors, type Detectors } from '#detect'
import { openEstate, projectionState, serveEstate, type Estate } from '#estate'
import { openLogReader, type LogReader } from '#log'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import type { Registered } from '../registry.ts'
import { keep, knownSources, projectAgain, projectEventsMax, projectScoped } from './projecting.ts'

/** Nothing rang for this long: look anyway. */
const idleMs = 250
/** No event is expected to be older than this once it arrives; later ones are marked and counted. */
export const latenessMs = 60_000
/** Events that detectors read again at start, for what they had learnt. */
export const relearnEventsMax = 100_000
/** The next start reads this many edges from the log in a fraction of a second; more, and the graph file is written anew. */
const unsavedMax = 50_000
/** Detectors look through a minute of acts each time their watermark moves. */
const advanceMs = 1_000
/** After a failure, for example on a full disk. */
const upkeepRetryMs = 60_000
/** A file as large as the graph is not written for less than this share of it. */
const unsavedShare = 0.05

/** `loadedPercent`: how much of the estate is in memory; it answers at 100. */
export type Progress = { projected: number; unmapped: number; refused: number; late: number; loadedPercent: number }
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

/** The loop of worker D: log → statements within scope → one submission with the cursors → graph in memory → findings. */
export async function runEstateLoop(parts: EstateLoopParts): Promise<never> {
  const { port, reader, clock, diagnose } = parts
  const tenant = defaultTenant
  const log = openLogReader({ reader, keys: parts.logKeys })
  const detectors = createDetectors({ tenant })
  const bell = createBell()
  const tell = (message: FromEstate): void => port.postMessage(message)
  const progress: Progress = {
    projected: projectionState(reader, tenant).through,
    unmapped: 0,
    refused: 0,
    late: 0,
    loadedPercent: 0,
  }
  // Core goes on with this first word: however long the rest takes, events are taken and health is answered.
  tell({ kind: 'progress', progress })
  const loaded = (share: number): void => {
    const loadedPercent = Math.floor(share * 99)
    if (progress.loadedPercent === 100 || loadedPercent === progress.loadedPercent) return
    progress.loadedPercent = loadedPercent
    tell({ kind: 'progress', progress })
  }
  const estate = openEstate({ reader, tenant, snapshotPath: parts.snapshotPath, diagnose, onShare: loaded })
  const report = (findings: readonly Finding[]): void => {
    if (findings.length > 0) tell({ kind: 'findings', findings: [...findings] })
  }
  const upkeep = createUpkeep(estate, clock, diagnose)

  port.on('message', (message: ToEstate) => {
    if (message.kind === 'watch') report(detectors.watch(message.incident, message.exposure))
    else if (message.kind === 'unwatch') detectors.unwatch(message.incident)
    else if (message.kind === 'stop') void upkeep.finish().then(() => tell({ kind: 'stopped' }))
    bell.ring('wake')
  })
  serveEstate(parts.ask, () => estate.view())
  await projectAgain({ ...parts, log, estate })
  // The estate answers from here on; detectors read up on the past behind it.
  progress.loadedPercent = 100
  tell({ kind: 'progress', progress })
  await relearn(parts, log, detectors, progress.projected, report)

  let advanceAtMs = 0
  for (;;) {
    const events = await log.read(tenant, progress.projected, projectEventsMax)
    const last = events.at(-1)
    if (last === undefined) {
      upkeep.start()
      if (clock.monotonicMs() >= advanceAtMs) {
        report(detectors.advance(clock.nowMs() - latenessMs))
        advanceAtMs = clock.monotonicMs() + advanceMs
      }
      await bell.wait(['wake'], idleMs)
      continue
    }
    const known = knownSources(parts)
    const items = projectScoped(events, known, progress)
    try {
      await keep({ ...parts, estate }, known, items, last.offset)
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
    tell({ kind: 'progress', progress })
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
    for (const { item, trust } of projectScoped(seen, known, { unmapped: 0, refused: 0 }))
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
