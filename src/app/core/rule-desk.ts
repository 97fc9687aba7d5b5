import { isObject, parseOwnJson, type Clock, type Diagnose } from '#kit'
import { defaultTenant, type LoggedEvent, type SourceId } from '#model'
import type { Habit } from '#detect/behaviour'
import type { CorrelationFinding, LiveStream, RuleWatch, SigmaRules } from '#detect/sigma'
import type { LogReader } from '#log'
import type { Reader } from '#store'

import { liveStreamsOf } from '../sigma-streams.ts'
import {
  knownSources,
  projectEventsMax,
  projectScoped,
  type Connectors,
  type Known,
  type Scoped,
} from './projecting.ts'
import { openRuleCache, type RuleCache } from './rule-cache.ts'
import { readRuleFiles } from './rule-files.ts'
import { foundByCorrelation, foundByRule, type Found } from './rule-findings.ts'
import { noRules, refusalsShownMax, type RuleHealth, type RuleSettings } from './rule-health.ts'
import type { StateFile } from './state-file.ts'

/** What the next start has to read again is bounded by this, and by what writing costs. */
const saveEveryMs = 60_000
/** What took long is paid for with this many times its length of rest. */
const restFactor = 50
/** Of the events of a correlation, those that say whom it is about. */
const evidenceReadMax = 20

type Standing = {
  sigma: typeof import('#detect/sigma')
  watch: RuleWatch
  loaded: SigmaRules
  packs: string[]
  refused: RuleHealth['refused']
}
export type RuleDesk = ReturnType<typeof createRuleDesk>

/**
 * Sigma rules over the log, inside worker D. Nothing is loaded before a source has records that rules are held against.
 * INVARIANT: state on disk is never ahead of the findings on disk; `save` is called only when none wait.
 */
export function createRuleDesk(parts: {
  reader: Reader
  log: Pick<LogReader, 'read' | 'event'>
  registry: Connectors
  clock: Clock
  diagnose: Diagnose
  settings: RuleSettings
  /** Null: nothing is kept, and nothing read back. */
  stateFile: StateFile | null
  /** Null: rules are read from their YAML each time. */
  cacheFile: StateFile | null
  /** Correlations wait at least so long for each stream, ms, whatever it declares. Absent: as it declares. */
  latenessMs?: number
  /** Whether these were done as by who did them on other days. Absent: nobody knows, and nothing waits for it. */
  habit?: (events: readonly Scoped[]) => Habit
}) {
  const { log, clock, diagnose, settings, stateFile, cacheFile, habit, latenessMs: leastMs = 0 } = parts
  let standing: Standing | undefined
  let sources: ReadonlyMap<SourceId, Known> = new Map()
  let streamsKey = ''
  let isAsked = false
  let observed = 0
  let failed = 0
  let saved = { offset: -1, notBeforeMs: -Infinity }

  /** The log and the rules hold everything; without it the next start takes longer. */
  const attempt = (code: string, work: () => void): void => {
    try {
      work()
    } catch (error) {
      diagnose('warn', code, { error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
    }
  }
  const load = async (streams: readonly LiveStream[]): Promise<void> => {
    const sigma = await import('#detect/sigma')
    const files = readRuleFiles(settings.packs, settings.directories, streams)
    let cache: RuleCache | null = null
    attempt('rule.cache-failed', () => void (cache = cacheFile === null ? null : openRuleCache(cacheFile)))
    const loaded = sigma.loadSigma([...files.sources, ...(settings.texts ?? [])], {}, cache)
    attempt('rule.cache-failed', () => cache?.save())
    const watch = sigma.createRuleWatch(loaded, streams, clock.nowMs())
    if (standing !== undefined) watch.restore(standing.watch.snapshot())
    const refused = [...files.faults.map((fault) => ({ rule: '', ...fault })), ...loaded.refused].map(
      ({ rule, place, message }) => ({ rule, place, message }),
    )
    standing = { sigma, watch, loaded, packs: files.packs, refused }
    for (const { place, message } of refused.slice(0, refusalsShownMax))
      diagnose('warn', 'rule.refused', { place, message: message.slice(0, 300) })
  }
  /** Rules are loaded anew between two pages, so no event passes without either the old ones or the new. */
  const ensure = async (known: ReadonlyMap<SourceId, Known>): Promise<void> => {
    sources = known
    const key = JSON.stringify([...known].map(([id, { source }]) => [id, source.connector]))
    if (key === streamsKey && !isAsked) return
    const streams = [...known].flatMap(([id, { source }]) => {
      const connector = parts.registry.find(source.connector)?.connector
      const live = connector === undefined ? [] : liveStreamsOf(id, connector)
      return live.map((stream) => ({ ...stream, latenessMs: Math.max(stream.latenessMs, leastMs) }))
    })
    if (streams.length > 0 || standing !== undefined) await load(streams)
    streamsKey = key
    isAsked = false
  }
  const scopedAt = async (offset: number): Promise<Scoped | undefined> => {
    const event = await log.event(defaultTenant, offset)
    return event === undefined ? undefined : scope(event)
  }
  const scope = (event: LoggedEvent): Scoped | undefined => projectScoped([event], sources, { refused: 0 })[0]

  const correlated = async (findings: readonly CorrelationFinding[], { loaded, sigma }: Standing): Promise<Found[]> => {
    const found: Found[] = []
    for (const finding of findings) {
      const correlation = loaded.correlations.find(({ id }) => id === finding.rule)
      if (correlation === undefined) continue
      const events = await Promise.all(finding.events.slice(-evidenceReadMax).map(scopedAt))
      const { name, place } = correlation
      found.push(
        foundByCorrelation(
          { ...finding, name, place },
          events.filter((one) => one !== undefined),
          {
            habit: finding.urgency === 'unless-habit' ? await habitIn(finding, sigma.evidenceMax) : null,
            realm: realmOf(events.find((one) => one !== undefined)),
          },
        ),
      )
    }
    return found
  }
  /** Of all its events: one that is gone, or more than a finding names, and it is none. */
  const habitIn = async ({ events, complete }: CorrelationFinding, evidenceMax: number): Promise<Habit | null> => {
    if (habit === undefined) return null
    const read = complete && events.length < evidenceMax ? await Promise.all(events.map(scopedAt)) : []
    return habit(read.some((one) => one === undefined) ? [] : read.filter((one) => one !== undefined))
  }
  const realmOf = (scoped: Scoped | undefined): string => {
    const source = scoped?.item.source ?? 'unknown'
    return sources.get(source)?.source.authority ?? source
  }
  const habitOf = (rule: SigmaRules['rules'][number], scoped: Scoped): Habit | null =>
    rule.urgency === 'unless-habit' && habit !== undefined ? habit([scoped]) : null
  const look = async (event: LoggedEvent, scopedOf: () => Scoped | undefined, standing: Standing): Promise<Found[]> => {
    const stream = `${event.source}/${event.stream}`
    // INVARIANT: what a backfill reads starts no response.
    if (event.backfill === true || !standing.watch.wants(stream)) return []
    const raw = parseOwnJson<unknown>(event.raw)
    if (!isObject(raw)) return []
    const timeMs = event.eventAtMs ?? event.arrivedAtMs
    const { matches, findings, isLate } = standing.watch.observe({
      stream,
      timeMs,
      arrivedAtMs: event.arrivedAtMs,
      id: event.id,
      ref: event.offset,
      event: standing.sigma.flattenWindowsEvent(raw),
    })
    const loud = matches.filter(({ alerts }) => alerts)
    if (loud.length === 0 && findings.length === 0) return []
    const scoped = scopedOf()
    const found =
      scoped === undefined
        ? []
        : loud.map((rule) =>
            foundByRule(rule, scoped, timeMs, isLate, { habit: habitOf(rule, scoped), realm: realmOf(scoped) }),
          )
    return [...found, ...(await correlated(findings, standing))]
  }
  const advance = async (nowMs: number): Promise<Found[]> =>
    standing === undefined ? [] : await correlated(standing.watch.advance(nowMs), standing)

  const observe = async (
    events: readonly LoggedEvent[],
    scopedOf: (event: LoggedEvent, at: number) => Scoped | undefined,
    note: (found: readonly Found[]) => void,
  ): Promise<void> => {
    if (standing === undefined) {
      observed = events.at(-1)?.offset ?? observed
      return
    }
    for (const [at, event] of events.entries()) {
      if (event.offset <= observed) continue
      try {
        note(await look(event, () => scopedOf(event, at), standing))
      } catch (error) {
        failed++
        diagnose('error', 'rule.failed', {
          offset: event.offset,
          error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
        })
      }
      observed = event.offset
    }
    const last = events.at(-1)
    if (last !== undefined) note(await advance(last.arrivedAtMs))
  }
  const save = (): void => {
    if (
      stateFile === null ||
      standing === undefined ||
      observed === saved.offset ||
      clock.monotonicMs() < saved.notBeforeMs
    )
      return
    const beganMs = clock.monotonicMs()
    const { watch } = standing
    attempt('rule.state-not-saved', () => {
      stateFile.write(observed, watch.snapshot())
      saved.offset = observed
    })
    const tookMs = clock.monotonicMs() - beganMs
    saved.notBeforeMs = clock.monotonicMs() + Math.max(saveEveryMs, tookMs * restFactor)
  }
  return {
    /**
     * State as it stood, and what came behind it once more: findings of that have the ids they had. `through`: up to where
     * the log is projected.
     */
    async learn(through: number, note: (found: readonly Found[]) => void): Promise<void> {
      await ensure(knownSources(parts))
      const state = stateFile?.read()
      const isUsable = state !== undefined && state.offset <= through
      observed = isUsable ? state.offset : through
      if (isUsable) {
        saved.offset = state.offset
        standing?.watch.restore(state.lines)
      } else save()
      for (let after = observed; after < through;) {
        const events = (await log.read(defaultTenant, after, projectEventsMax)).filter(
          ({ offset }) => offset <= through,
        )
        const last = events.at(-1)
        if (last === undefined) break
        await observe(events, scope, note)
        after = last.offset
      }
      observed = through
    },
    async observe(
      events: readonly LoggedEvent[],
      items: readonly Scoped[],
      known: ReadonlyMap<SourceId, Known>,
      note: (found: readonly Found[]) => void,
    ): Promise<void> {
      await ensure(known)
      // The first rules: from here on a start knows where to begin.
      if (saved.offset === -1) save()
      await observe(events, (_, at) => items[at], note)
    },
    async idle(note: (found: readonly Found[]) => void): Promise<void> {
      if (isAsked) await ensure(knownSources(parts))
      note(await advance(clock.nowMs()))
    },
    /** Rules are read again before the next event. */
    reload: () => void (isAsked = true),
    isReloading: () => isAsked,
    save,
    /** At the end, however short ago the last one was. */
    finish(): void {
      saved.notBeforeMs = -Infinity
      save()
    },
    health(): RuleHealth {
      if (standing === undefined) return noRules
      const { watch, loaded, packs, refused } = standing
      const { late: uncorrelated, lateEvents: late, lateByMs, evicted, truncated, hurried, forgotten } = watch.counts
      return {
        rules: loaded.rules.length,
        correlations: loaded.correlations.length,
        packs,
        refused: refused.slice(0, refusalsShownMax),
        refusedCount: refused.length,
        late,
        lateByMs,
        uncorrelated,
        evicted,
        truncated,
        hurried,
        forgotten,
        failed,
        groups: watch.size.groups,
        waiting: watch.size.held,
      }
    },
  }
}
