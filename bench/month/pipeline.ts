// Cordon's own stages in one process, by the clock of the month: log, project, estate, rules, behaviour, incidents.
import { join } from 'node:path'

import { createBell, ManualClock, seededBytes, seededRandom, type Diagnose } from '#kit'
import { defaultTenant, type IncidentId, type LoggedEvent, type RawEvent } from '#model'
import { scrubJson } from '#classify'
import { openEstate, projectionState } from '#estate'
import { openEventLog, openLogReader } from '#log'
import { createPolicy } from '#policy'
import { keepFindings } from '#respond/findings'
import { addSource, eventId } from '#sources'
import { openLocalStore, storeFile } from '#store'

import { createAutomation } from '../../src/app/core/automation.ts'
import { createBehaviourDesk } from '../../src/app/core/behaviour-desk.ts'
import { createDetection } from '../../src/app/core/detecting.ts'
import { keep, knownSources, projectEventsMax, projectScoped } from '../../src/app/core/projecting.ts'
import { composeResponse } from '../../src/app/core/response.ts'
import { createRuleDesk } from '../../src/app/core/rule-desk.ts'
import { createIncidentWatch } from '../../src/app/core/watching.ts'
import { noBehaviour } from '../../src/app/core/behaviour-desk.ts'
import { noRules } from '../../src/app/core/rule-health.ts'
import { writerModules } from '../../src/app/writer-modules.ts'
import { registered, registry } from '../../test/conformance/estate/source.ts'
import { fingerprinterOf, logKeysOf } from '../../test/simulation/log-keys.ts'
import type { Arriving, NamedSource } from './world.ts'

const tenant = defaultTenant
const batchMax = 2_000
/** Arrival is told to within this: less than most streams may be late. */
const sliceMs = 4 * 60_000
/** What people take to look at an incident and close it. */
const lookedAtMs = 8 * 3_600_000

export type Stage = 'append' | 'project' | 'rules' | 'behaviour' | 'keep' | 'incidents'
export type Pipeline = Awaited<ReturnType<typeof openPipeline>>

const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1_000

export async function openPipeline(options: {
  dir: string
  startMs: number
  sources: readonly NamedSource[]
  /** Directories of Sigma rules beside the packs. */
  directories: readonly string[]
  onFault: Diagnose
}) {
  const clock = new ManualClock(options.startMs)
  const { writer, reader, close } = openLocalStore(writerModules(), join(options.dir, storeFile))
  const keys = logKeysOf('month')
  const log = openEventLog({ writer, reader, keys })
  const logReader = openLogReader({ reader, keys })
  const fingerprinter = fingerprinterOf('month')
  const diagnose: Diagnose = (level, code, facts) => {
    if (level === 'error') options.onFault(level, code, facts)
  }
  const spent: Record<Stage, number> = { append: 0, project: 0, rules: 0, behaviour: 0, keep: 0, incidents: 0 }
  const timed = async <T>(stage: Stage, work: () => Promise<T> | T): Promise<T> => {
    const beganMs = cpuMs()
    try {
      return await work()
    } finally {
      spent[stage] += cpuMs() - beganMs
    }
  }

  for (const { source: setup, authority } of options.sources) {
    const { trust, scope } = registered(setup.connector)
    const of = { tenant, id: setup.connector, connector: setup.connector, config: setup.config, authority, trust }
    const made = { ...of, scope: scope(authority), sealedSee: null, sealedContain: null, createdAtMs: options.startMs }
    await writer.submit(addSource(made))
  }
  const estate = openEstate({ reader, tenant, snapshotPath: null })
  const parts = { reader, writer, registry, clock, diagnose }
  const settings = { packs: 'packs', directories: options.directories }
  const behaviour = createBehaviourDesk({ ...parts, stateFile: null })
  const { habit } = behaviour
  const rules = createRuleDesk({ ...parts, log: logReader, settings, stateFile: null, cacheFile: null, habit })
  const detection = createDetection({
    ...parts,
    log: logReader,
    view: () => estate.view(),
    rules: { ...rules, observe: (...args) => timed('rules', () => rules.observe(...args)) },
    behaviour: {
      ...behaviour,
      observe(items, known) {
        const beganMs = cpuMs()
        behaviour.observe(items, known)
        spent.behaviour += cpuMs() - beganMs
      },
      advance(nowMs) {
        const beganMs = cpuMs()
        const found = behaviour.advance(nowMs)
        spent.behaviour += cpuMs() - beganMs
        return found
      },
    },
  })
  const { responder } = composeResponse({
    ...parts,
    view: () => Promise.resolve(estate.view()),
    policy: createPolicy(),
    health: new Map(),
    random: seededBytes(seededRandom(1)),
    onWork: () => undefined,
  })
  const automation = createAutomation({ ...parts, responder, tenant, bell: createBell() })
  const watch = createIncidentWatch({
    responder,
    tenant,
    clock,
    diagnose,
    estate: () => ({
      view: () => Promise.resolve(estate.view()),
      watch: (incident, exposure) => detection.watch(incident, exposure),
      unwatch: (incident) => detection.unwatch(incident),
      progress: () => ({
        projected: 0,
        unknown: [],
        refused: 0,
        late: 0,
        loadedPercent: 100,
        rules: noRules,
        behaviour: noBehaviour,
      }),
    }),
    onClosed: () => undefined,
  })
  const progress = { unmapped: 0, refused: 0, events: 0, unknown: (): void => void progress.unmapped++ }
  let projected = projectionState(reader, tenant).through
  /** Of each offset, an index into `stories`. */
  const storyAt: number[] = [0]
  const stories: string[] = ['']
  const storyNumber = new Map<string, number>()
  await detection.learn(projected)

  const numberOf = (story: string): number => {
    const known = storyNumber.get(story)
    if (known !== undefined) return known
    storyNumber.set(story, stories.length)
    return stories.push(story) - 1
  }

  /** In the order of arrival, what comes of one source within some minutes in one batch, as a pull or an upload brings it. */
  async function append(records: readonly Arriving[]): Promise<void> {
    for (const [slice, some] of Map.groupBy(records, ({ arrivedAtMs }) => Math.ceil(arrivedAtMs / sliceMs)))
      await appendSlice(some, slice * sliceMs)
  }
  async function appendSlice(records: readonly Arriving[], arrivedAtMs: number): Promise<void> {
    for (const [source, mine] of Map.groupBy(records, ({ vendor }) => vendor)) {
      for (let at = 0; at < mine.length; at += batchMax) {
        const part = mine.slice(at, at + batchMax)
        const events = part.map(({ stream, atMs, raw }): RawEvent => ({
          id: eventId(tenant, source, stream, `month ${++progress.events}`),
          stream,
          eventAtMs: atMs,
          raw: scrubJson(JSON.stringify(raw), fingerprinter).text,
        }))
        const ack = await log.append({ tenant, source, arrivedAtMs, events })
        for (const [n, { story, vendor }] of part.entries())
          storyAt[ack.firstOffset + n] = numberOf(story === 'use' ? story : `${vendor}: ${story}`)
      }
    }
  }

  async function take(events: readonly LoggedEvent[], through: number): Promise<void> {
    const known = knownSources(parts)
    const items = await timed('project', () => projectScoped(events, known, progress))
    await detection.observe(events, items, known)
    const detected = detection.take()
    await timed('keep', () => keep({ ...parts, estate }, known, items, through, detected))
    projected = through
    if (detected.findings.length > 0) await timed('incidents', () => automation.openWaiting())
  }

  async function follow(): Promise<void> {
    for (;;) {
      const events = await logReader.read(tenant, projected, projectEventsMax)
      const last = events.at(-1)
      if (last === undefined) break
      await take(events, last.offset)
    }
    await detection.idle()
    if (detection.hasFound()) await writer.submit(keepFindings(detection.take()))
    await timed('incidents', async () => {
      await automation.openWaiting()
      for (const { id, openedAtMs } of responder.list(tenant, ['open', 'containing', 'contained']))
        if (clock.nowMs() - openedAtMs > lookedAtMs)
          await responder.close(tenant, id, 'person', 'looked at: it was so, and was allowed')
      await watch.run()
      // What incidents expose is found used at once: it belongs to them.
      if (detection.hasFound()) await writer.submit(keepFindings(detection.take()))
      await automation.openWaiting()
    })
  }

  return {
    reader,
    spent,
    progress,
    rules,
    behaviour,
    estate,
    late: () => detection.late(),
    storiesOf: (evidence: readonly number[]): string[] => [
      ...new Set(evidence.map((offset) => stories[storyAt[offset] ?? 0] ?? '')),
    ],
    incidents: () => responder.list(tenant),
    /** Incidents for which somebody was called, by the receipts (a leaf is a byte of its version, then JSON): also those that could wait by what was found later. */
    called: (): Set<IncidentId> =>
      new Set(
        reader
          .all<{ incident: IncidentId }>(
            `SELECT coalesce(json_extract(CAST(substr(entry, 2) AS TEXT), '$.facts.into'), json_extract(CAST(substr(entry, 2) AS TEXT), '$.facts.incident')) AS incident FROM ledger_leaf
              WHERE json_extract(CAST(substr(entry, 2) AS TEXT), '$.facts.urgency') = 'now'`,
          )
          .map(({ incident }) => incident),
      ),
    incident: (id: IncidentId) => responder.report(tenant, id),
    /** Records that arrived until then, and what Cordon makes of them. */
    async step(nowMs: number, records: readonly Arriving[]): Promise<void> {
      await clock.advance(nowMs - clock.nowMs())
      if (records.length > 0) await timed('append', () => append(records))
      await follow()
    },
    close,
  }
}
