import type { Clock, Diagnose } from '#kit'
import { defaultTenant } from '#model'
import { arrivedSince, type LogReader } from '#log'
import type { Reader } from '#store'

import { knownSources, projectScoped, type Connectors } from '../projecting.ts'
import { createRuleDesk } from '../rule-desk.ts'
import type { RuleHealth, RuleSettings } from '../rule-health.ts'
import { createTally, type Tally } from './tally.ts'

/** Events looked at between two rests. */
const pageEventsMax = 500

export type Seen = { from: number; through: number; at: number; events: number }
export type Looked = Seen & { tally: Tally; rules: RuleHealth; isStopped: boolean }

/**
 * The log from `sinceMs` on (arrival, ms UTC), held against rules as it was held when it came: the same desk, the same
 * projection, event time and watermark as of the arrival of each event. Nothing is written. Correlations begin with no past
 * at `sinceMs`, so that a window which began before is not whole. After each page it rests as long as the page took, so
 * that it never has more than half of a core. `latenessMs`: correlations wait at least so long for each stream, so that
 * what came too late for them is put where it belongs.
 */
export async function lookBack(parts: {
  reader: Reader
  log: LogReader
  registry: Connectors
  clock: Clock
  diagnose: Diagnose
  settings: RuleSettings
  sinceMs: number
  latenessMs?: number
  onSeen(seen: Seen): void
  signal: AbortSignal
}): Promise<Looked> {
  const { reader, log, clock, signal, sinceMs, latenessMs = 0 } = parts
  const through = log.head(defaultTenant)
  const from = arrivedSince(reader, defaultTenant, sinceMs - 1, through)
  const seen: Seen = { from, through, at: from - 1, events: 0 }
  // Time goes as it went: what is silent in the log was silent then.
  let atMs = sinceMs
  const then: Clock = { ...clock, nowMs: () => atMs, monotonicMs: () => clock.monotonicMs() }
  const desk = createRuleDesk({ ...parts, clock: then, stateFile: null, cacheFile: null })
  const tally = createTally()
  const known = knownSources(parts)
  while (!signal.aborted && seen.at < through) {
    const beganMs = clock.monotonicMs()
    const page = await log.read(defaultTenant, seen.at, pageEventsMax)
    const events = page.filter(({ offset }) => offset <= through)
    const last = events.at(-1)
    if (last === undefined) break
    atMs = Math.max(atMs, events[0]?.arrivedAtMs ?? atMs)
    const items = projectScoped(events, known, { refused: 0 })
    await desk.observe(events, items, known, tally.note)
    seen.at = last.offset
    seen.events += events.length
    atMs = Math.max(atMs, last.arrivedAtMs)
    parts.onSeen({ ...seen })
    await clock.sleep(clock.monotonicMs() - beganMs, signal)
  }
  // Nothing comes any more for which to wait.
  atMs = Math.max(atMs, clock.nowMs()) + latenessMs
  if (!signal.aborted) await desk.idle(tally.note)
  return { ...seen, tally: tally.result(), rules: desk.health(), isStopped: signal.aborted }
}
