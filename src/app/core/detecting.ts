import type { Clock } from '#kit'
import { defaultTenant, type Exposure, type Finding, type IncidentId, type LoggedEvent, type SourceId } from '#model'
import { createDetectors } from '#detect'
import type { EstateView } from '#estate'
import { arrivedSince, type LogReader } from '#log'
import { detectedUntil, type Detected, type ToldFinding } from '#respond/findings'
import type { Reader } from '#store'
import type { BehaviourFinding } from '#detect/behaviour'

import { createAdvisoryBook } from './advisories.ts'
import type { BehaviourDesk } from './behaviour-desk.ts'
import {
  knownSources,
  projectEventsMax,
  projectScoped,
  type Known,
  type Connectors,
  type Scoped,
} from './projecting.ts'
import type { RuleDesk } from './rule-desk.ts'
import type { Found } from './rule-findings.ts'
import { createSignalBook } from './signal-book.ts'
import { createWeightBook } from './weight-book.ts'

/** No event is expected to be older than this once it arrives; later ones are marked and counted. */
export const latenessMs = 60_000
/** Events that detectors read again at start, for what they had learnt. */
export const relearnEventsMax = 100_000
/** And of those that still waited for late ones to come: all that arrived within the lateness, up to this many. */
export const relearnWaitingMax = 1_000_000
/** Rules that wait for late events look through a minute of acts each time they are asked. */
const advanceMs = 1_000
/** Weak signals open nothing by themselves. */
const opening = new Set<Finding['severity']>(['medium', 'high', 'critical'])

export type Detection = ReturnType<typeof createDetection>

/**
 * The detectors, and what they found that is not on disk yet. INVARIANT: a finding goes into the submission that moves
 * the cursor past its events (`take`), or comes back (`giveBack`) when that failed: none is lost, none is found anew.
 */
export function createDetection(parts: {
  reader: Reader
  log: LogReader
  registry: Connectors
  clock: Clock
  /** The estate as it stood before the page that is observed. */
  view: () => EstateView | Promise<EstateView>
  rules: RuleDesk
  behaviour: BehaviourDesk
}) {
  const { reader, log, clock, rules, behaviour } = parts
  const tenant = defaultTenant
  const detectors = createDetectors({ tenant })
  const advisories = createAdvisoryBook({ ...parts, detectors })
  const signals = createSignalBook({ ...parts, detectors })
  const weights = createWeightBook({ reader, tenant, behaviour })
  let found: Finding[] = []
  let told: ToldFinding[] = []
  let watermarkMs = detectedUntil(reader, tenant) ?? null
  let observed = 0
  let advancedAtMs = -Infinity
  const note = (findings: readonly Finding[]): void => {
    found.push(...findings.filter(({ severity }) => opening.has(severity)))
    told.push(...findings.map(toldOf))
  }
  const noteOfRules = (ones: readonly Found[]): void => {
    for (const one of ones) {
      told.push(one.told)
      if (one.finding !== null) found.push(one.finding)
    }
  }
  const noteOfBehaviour = (ones: readonly BehaviourFinding[]): void => {
    for (const { reasons, signals: named, ...finding } of ones) {
      if (opening.has(finding.severity)) found.push(finding)
      told.push({ ...toldOf(finding), reasons, signals: named })
    }
  }
  const advance = (toMs: number): void => {
    if (clock.monotonicMs() - advancedAtMs < advanceMs) return
    advancedAtMs = clock.monotonicMs()
    note(detectors.advance(toMs))
    watermarkMs = Math.max(watermarkMs ?? toMs, toMs)
  }
  return {
    /**
     * What detectors knew is made again from the newest part of the log. What they say of it is on disk since it was
     * projected, so nothing of it is kept. Watches begin after this: their findings are known by id where they are old.
     */
    async learn(through: number): Promise<void> {
      observed = through
      // A clock that had jumped ahead must not make all that comes late.
      const untilMs = watermarkMs === null ? -Infinity : Math.min(watermarkMs, clock.nowMs())
      const waiting = watermarkMs === null ? through : arrivedSince(reader, tenant, untilMs, through) - 1
      const from = Math.min(through - relearnEventsMax, Math.max(waiting, through - relearnWaitingMax))
      const known = knownSources(parts)
      const behavedUntil = behaviour.open(through, known)
      weights.refresh()
      for (let after = Math.max(0, Math.min(from, behavedUntil ?? from)); after < through;) {
        const events = await log.read(tenant, after, projectEventsMax)
        const last = events.at(-1)
        if (last === undefined) break
        const seen = events.filter(({ offset }) => offset <= through)
        for (const scoped of projectScoped(seen, known, { refused: 0 })) {
          const { item, trust } = scoped
          if (item.offset > from) detectors.observe({ ...item, trust })
          if (item.offset > (behavedUntil ?? from)) behaviour.replay(scoped, behavedUntil === undefined)
        }
        if (behavedUntil !== undefined) noteOfBehaviour(behaviour.advance(last.arrivedAtMs))
        after = last.offset
      }
      detectors.advance(untilMs)
      watermarkMs = null
      await rules.learn(through, noteOfRules)
    },
    /** Items of the newest page; a page that is tried again says nothing twice. */
    async observe(
      events: readonly LoggedEvent[],
      items: readonly Scoped[],
      sources: ReadonlyMap<SourceId, Known>,
    ): Promise<void> {
      const arrivedAtMs = events.at(-1)?.arrivedAtMs ?? clock.nowMs()
      const fresh = items.filter(({ item }) => item.offset > observed)
      note(await advisories.match(fresh, sources))
      note(await signals.match(fresh))
      for (const { item, trust } of fresh) {
        note(detectors.observe({ ...item, trust }))
        observed = item.offset
      }
      advance(arrivedAtMs - latenessMs)
      weights.refresh()
      behaviour.observe(fresh, sources)
      noteOfBehaviour(behaviour.advance(arrivedAtMs))
      await rules.observe(events, items, sources, noteOfRules)
    },
    /** The log is read to its end. */
    async idle(): Promise<void> {
      advance(clock.nowMs() - latenessMs)
      weights.refresh()
      noteOfBehaviour(behaviour.advance(clock.nowMs()))
      await rules.idle(noteOfRules)
    },
    watch(incident: IncidentId, exposure: Exposure): void {
      note(detectors.watch(incident, exposure))
      behaviour.watch(incident, exposure)
    },
    unwatch(incident: IncidentId): void {
      detectors.unwatch(incident)
      behaviour.unwatch(incident)
    },
    take(): Detected {
      const detected = { tenant, findings: found, told, watermarkMs }
      found = []
      told = []
      return detected
    },
    giveBack({ findings, told: before = [] }: Detected): void {
      found = [...findings, ...found]
      told = [...before, ...told]
    },
    hasFound: () => found.length + told.length > 0,
    late: () => detectors.counts.late,
  }
}

/** A finding of Cordon's own rules, as people see it. */
export const toldOf = ({ id, rule, title, severity, entities, evidence, atMs, window }: Finding): ToldFinding => ({
  id,
  rule,
  title,
  severity,
  entities,
  evidence,
  atMs,
  fromMs: window.fromMs,
  opens: opening.has(severity),
  late: false,
  group: {},
  place: null,
})
