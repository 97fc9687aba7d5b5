import type { MessagePort } from 'node:worker_threads'

import { createBell, type Clock, type Diagnose } from '#kit'
import { defaultTenant, type EntityId, type Exposure, type IncidentId } from '#model'
import type { ActorSummary, ShownActor } from '#detect/behaviour'
import { openEstate, projectionState, serveEstate, type Estate } from '#estate'
import { openLogReader } from '#log'
import { keepFindings, type Detected } from '#respond/findings'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import type { Registry } from '../registry.ts'
import { createBehaviourDesk, noBehaviour, type BehaviourDesk, type BehaviourHealth } from './behaviour-desk.ts'
import { createDetection } from './detecting.ts'
import { keep, knownSources, projectAgain, projectEventsMax, projectScoped } from './projecting.ts'
import { createRuleDesk } from './rule-desk.ts'
import { openStateFile, type StateFileOptions } from './state-file.ts'
import { noRules, type RuleHealth, type RuleSettings } from './rule-health.ts'
import { createUnknownTypes, type UnknownType } from './unknown-types.ts'

/** Nothing rang for this long: look anyway. */
const idleMs = 250
/** After a submission that failed, for example on a full disk. */
const retryMs = 1_000
/** The next start reads this many edges from the log in a fraction of a second; more, and the graph file is written anew. */
const unsavedMax = 50_000
/** After a failure, for example on a full disk. */
const upkeepRetryMs = 60_000
/** A file as large as the graph is not written for less than this share of it. */
const unsavedShare = 0.05

/** `loadedPercent`: how much of the estate is in memory; it answers at 100. */
export type Progress = {
  projected: number
  unknown: readonly UnknownType[]
  refused: number
  late: number
  loadedPercent: number
  rules: RuleHealth
  behaviour: BehaviourHealth
}
/** What is asked of behaviour, and the answer under the same number; `ActorSummary[]` of a list. */
export type BehaviourAsk = { show: EntityId } | { list: number }
export type BehaviourAnswer = { shown: ShownActor[] } | { listed: ActorSummary[] }
export type FromEstate =
  | { kind: 'progress'; progress: Progress }
  /** Findings wait on disk for their incidents. */
  | { kind: 'findings' }
  | { kind: 'behaviour'; id: number; answer: BehaviourAnswer }
  | { kind: 'stopped' }
export type ToEstate =
  | { kind: 'wake' }
  | { kind: 'watch'; incident: IncidentId; exposure: Exposure }
  | { kind: 'unwatch'; incident: IncidentId }
  | { kind: 'reload-rules' }
  | { kind: 'behaviour'; id: number; ask: BehaviourAsk }
  | { kind: 'stop' }

export type EstateLoopParts = {
  port: MessagePort
  ask: MessagePort
  snapshotPath: string
  rules: RuleSettings
  ruleStatePath: string
  ruleCachePath: string
  behaviourStatePath: string
  reader: Reader
  writer: Writer
  logKeys: LogKeys
  registry: Registry
  clock: Clock
  diagnose: Diagnose
}

/** The loop of worker D: log → statements within scope, and findings → one submission with the cursors → graph in memory. */
export async function runEstateLoop(parts: EstateLoopParts): Promise<never> {
  const { port, reader, clock, diagnose } = parts
  const tenant = defaultTenant
  const log = openLogReader({ reader, keys: parts.logKeys })
  const bell = createBell()
  const unknown = createUnknownTypes()
  const tell = (message: FromEstate): void => port.postMessage(message)
  const progress: Progress = {
    projected: projectionState(reader, tenant).through,
    unknown: [],
    refused: 0,
    late: 0,
    loadedPercent: 0,
    rules: noRules,
    behaviour: noBehaviour,
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
  const stateAt = (name: StateFileOptions['name'], path: string) =>
    openStateFile({ path, name, tenant, keys: parts.logKeys })
  const behaviour = createBehaviourDesk({ ...parts, stateFile: stateAt('behaviour', parts.behaviourStatePath) })
  const rules = createRuleDesk({
    ...parts,
    log,
    settings: parts.rules,
    stateFile: stateAt('rules', parts.ruleStatePath),
    cacheFile: stateAt('rule cache', parts.ruleCachePath),
    habit: behaviour.habit,
  })
  const detection = createDetection({ ...parts, log, view: () => estate.view(), rules, behaviour })
  const saveStates = (): void => {
    rules.save()
    behaviour.save()
  }
  const upkeep = createUpkeep(estate, clock, diagnose)
  /** Told by core, and looked at between two pages. */
  const asked: ToEstate[] = []
  /** Until the first page: detectors are reading up. */
  let isBusy = true

  port.on('message', (message: ToEstate) => {
    if (message.kind === 'behaviour') {
      tell({ kind: 'behaviour', id: message.id, answer: answerOf(behaviour, message.ask) })
      return
    }
    if (message.kind === 'stop') {
      // In the middle of something the state before it stands, and the next start finds the rest again.
      if (!isBusy && !detection.hasFound()) {
        rules.finish()
        behaviour.finish()
      }
      void upkeep.finish().then(() => tell({ kind: 'stopped' }))
    } else asked.push(message)
    bell.ring('wake')
  })
  serveEstate(parts.ask, () => estate.view())
  await projectAgain({ ...parts, log, estate })
  // The estate answers from here on; detectors read up on the past behind it.
  progress.loadedPercent = 100
  tell({ kind: 'progress', progress })
  await detection.learn(progress.projected)
  const tellRules = (): void => {
    progress.rules = rules.health()
    progress.behaviour = behaviour.health()
    tell({ kind: 'progress', progress })
  }
  tellRules()

  /** Looks, then moves everything that is new to disk, or nothing of it: then the same again after a while. */
  const keepAll = async (
    look: () => Promise<void> | void,
    work: (detected: Detected) => Promise<unknown>,
  ): Promise<boolean> => {
    let detected: Detected | undefined
    isBusy = true
    try {
      await look()
      detected = detection.take()
      await work(detected)
    } catch (error) {
      if (detected !== undefined) detection.giveBack(detected)
      diagnose('error', 'estate.projection-failed', {
        after: progress.projected,
        error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
      })
      await clock.sleep(retryMs)
      return false
    }
    isBusy = false
    if (detected.findings.length > 0) tell({ kind: 'findings' })
    return true
  }

  for (;;) {
    for (const message of asked.splice(0)) {
      if (message.kind === 'watch') detection.watch(message.incident, message.exposure)
      else if (message.kind === 'unwatch') detection.unwatch(message.incident)
      else if (message.kind === 'reload-rules') rules.reload()
    }
    const events = await log.read(tenant, progress.projected, projectEventsMax)
    const last = events.at(-1)
    if (last === undefined) {
      upkeep.start()
      const wasReloading = rules.isReloading()
      isBusy = true
      await detection.idle()
      isBusy = false
      if (wasReloading) tellRules()
      if (detection.hasFound()) await keepAll(nothing, (detected) => parts.writer.submit(keepFindings(detected)))
      else {
        saveStates()
        await bell.wait(['wake'], idleMs)
      }
      continue
    }
    const known = knownSources(parts)
    const counts = { refused: 0, unknown: unknown.note }
    const items = projectScoped(events, known, counts)
    const isKept = await keepAll(
      () => detection.observe(events, items, known),
      (detected) => keep({ ...parts, estate }, known, items, last.offset, detected),
    )
    if (!isKept) continue
    progress.projected = last.offset
    progress.refused += counts.refused
    progress.unknown = unknown.list()
    progress.late = detection.late()
    progress.rules = rules.health()
    progress.behaviour = behaviour.health()
    if (!detection.hasFound()) saveStates()
    tell({ kind: 'progress', progress })
  }
}

const nothing = (): void => undefined

const answerOf = (behaviour: BehaviourDesk, ask: BehaviourAsk): BehaviourAnswer =>
  'show' in ask ? { shown: behaviour.show(ask.show) } : { listed: behaviour.list(ask.list) }

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
