import { hashId, isObject, parseOwnJson } from '#kit'

import { SigmaError } from '../errors.ts'
import type { Level, SigmaEvent } from '../types.ts'
import { findingOf, type CorrelationFinding } from './finding.ts'
import { Interests, type Part } from './interest.ts'
import type { Correlation } from './read.ts'
import { heldMaxDefault, Reorder } from './reorder.ts'
import { groupLines, readGroupLine } from './state.ts'
import { Windows, type Found } from './window.ts'

export type { CorrelationFinding } from './finding.ts'
export type { Level }

/** An event that rules matched. `id` puts events of one millisecond in order; `ref` is what findings call it by. */
export type Matched = { timeMs: number; id: string; ref: number; event: SigmaEvent; rules: readonly { id: string }[] }

export type CorrelatorOptions = {
  /** Live groups of all correlations together; each has its equal share, so that none can push out another's. */
  groupsMax?: number
  entriesMax?: number
  heldMax?: number
}

/**
 * What was given up, each making findings fewer, never wrong: events behind the watermark, groups and values beyond a
 * bound, events let go early because too many waited, events that lack a group's field or the value, state of
 * correlations that a snapshot knew otherwise.
 */
export type CorrelatorCounts = {
  late: number
  evicted: number
  truncated: number
  hurried: number
  ungrouped: number
  forgotten: number
}

export interface Correlator {
  /** Takes an event in, in any order. Findings come when it has its place in time, or when too many wait. */
  observe(matched: Matched): CorrelationFinding[]
  /** No event older than this is expected any more. `Infinity` ends the stream and closes every window. */
  advance(watermarkMs: number): CorrelationFinding[]
  /** Lines of JSON. Belongs to the place in the stream up to which events were observed. */
  snapshot(): Iterable<string>
  /** Only into a correlator that has seen nothing. Throws ERR_SIGMA_CORRELATION. */
  restore(lines: Iterable<string>): void
  readonly counts: CorrelatorCounts
  /** Live groups, waiting events. */
  readonly size: { groups: number; held: number }
}

const groupsMaxDefault = 1_000_000
const entriesMaxDefault = 4_000_000
const snapshotVersion = 1

type Held = { timeMs: number; id: string; ref: number; parts: Part[] }

/** Correlations in event time: nothing depends on the order of arrival within the watermark, nor on restarts. */
export function createCorrelator(
  correlations: readonly Correlation[],
  { groupsMax = groupsMaxDefault, entriesMax = entriesMaxDefault, heldMax = heldMaxDefault }: CorrelatorOptions = {},
): Correlator {
  const share = Math.max(1, correlations.length)
  const limits = { groupsMax: Math.ceil(groupsMax / share), entriesMax: Math.ceil(entriesMax / share) }
  const windows = correlations.map((correlation) => new Windows(correlation, limits))
  const closing = windows.filter((one) => one.closing)
  const interests = new Interests(correlations)
  const held = new Reorder<Held>(heldMax)
  let late = 0
  let hurried = 0
  let forgotten = 0

  const take = (part: Part, timeMs: number, ref: number, out: CorrelationFinding[]): void => {
    const found = windows[part.at]?.hit(part, timeMs, ref)
    if (found !== undefined) tell(part.at, found, out)
  }
  /** A finding is itself an event to the correlations that refer to it, at the same time. */
  const tell = (at: number, found: Found, out: CorrelationFinding[]): void => {
    const correlation = correlations[at]
    if (correlation === undefined) return
    const finding = findingOf(correlation, found)
    if (correlation.alerts) out.push(finding)
    const ref = found.refs.at(-1) ?? 0
    for (const part of interests.of([correlation], finding.group)) take(part, found.atMs, ref, out)
  }
  const closeUntil = (timeMs: number, out: CorrelationFinding[]): void => {
    for (;;) {
      let next: Windows | undefined
      for (const one of closing) if (next === undefined || one.closesAtMs < next.closesAtMs) next = one
      if (next === undefined || next.closesAtMs > timeMs || next.closesAtMs === Infinity) return
      const found = next.close()
      if (found !== undefined) tell(windows.indexOf(next), found, out)
    }
  }
  const advance = (watermarkMs: number): CorrelationFinding[] => {
    const out: CorrelationFinding[] = []
    for (const { timeMs, ref, parts } of held.release(watermarkMs)) {
      if (closing.length > 0) closeUntil(timeMs, out)
      for (const part of parts) take(part, timeMs, ref, out)
    }
    if (closing.length > 0) closeUntil(held.releasedUntil, out)
    return out
  }
  return {
    advance,
    observe({ timeMs, id, ref, event, rules }) {
      const parts = interests.of(rules, event)
      if (parts.length === 0) return []
      if (!held.add({ timeMs, id, ref, parts })) late++
      if (!held.isFull) return []
      hurried++
      return advance(held.oldestEnd)
    },
    *snapshot() {
      const until = Number.isFinite(held.releasedUntil) ? held.releasedUntil : null
      const { ungrouped } = interests
      yield JSON.stringify({ version: snapshotVersion, until, late, hurried, forgotten, ungrouped })
      for (const one of windows) {
        const { evicted, truncated } = one
        yield JSON.stringify({ correlation: fingerprintOf(one.correlation), evicted, truncated })
        yield* groupLines(one)
      }
      yield JSON.stringify({ held: correlations.map(fingerprintOf) })
      for (const item of held.items()) yield JSON.stringify(item)
    },
    restore(lines) {
      const byPrint = new Map(correlations.map((correlation, at) => [fingerprintOf(correlation), at]))
      let into: Windows | undefined
      let places: (number | undefined)[] | undefined
      let isFirst = true
      for (const line of lines) {
        const value = parseOwnJson<unknown>(line)
        if (isFirst) {
          if (!isObject(value) || value['version'] !== snapshotVersion) throw foreign()
          held.releasedUntil = typeof value['until'] === 'number' ? value['until'] : -Infinity
          late = Number(value['late'])
          hurried = Number(value['hurried'])
          forgotten = Number(value['forgotten'])
          interests.ungrouped = Number(value['ungrouped'])
          isFirst = false
        } else if (isObject(value) && typeof value['correlation'] === 'string') {
          into = windows[byPrint.get(value['correlation']) ?? -1]
          if (into !== undefined) into.evicted = Number(value['evicted'])
          if (into !== undefined) into.truncated = Number(value['truncated'])
        } else if (isObject(value) && Array.isArray(value['held'])) {
          places = value['held'].map((print) => byPrint.get(String(print)))
        } else if (places !== undefined) {
          const { parts, ...item } = parseOwnJson<Held>(line)
          const known = parts.flatMap((part) => {
            const at = places?.[part.at]
            return at === undefined ? [] : [{ ...part, at }]
          })
          if (known.length > 0) held.add({ ...item, parts: known })
          if (known.length < parts.length) forgotten++
        } else if (into === undefined) forgotten++
        else readGroupLine(into, line)
      }
    },
    get counts() {
      const sum = (of: (one: Windows) => number): number => windows.reduce((total, one) => total + of(one), 0)
      const evicted = sum((one) => one.evicted)
      const truncated = sum((one) => one.truncated)
      return { late, evicted, truncated, hurried, ungrouped: interests.ungrouped, forgotten }
    },
    get size() {
      return { groups: windows.reduce((total, { groups }) => total + groups.size, 0), held: held.held }
    },
  }
}

/** What of a correlation its state depends on. */
function fingerprintOf(correlation: Correlation): string {
  const { id, type, rules, groupBy, groupFields, timespanMs, bounds, fields, percentile, expression } = correlation
  const what = [id, type, rules, groupBy, groupFields, timespanMs, bounds, fields, percentile, expression]
  return hashId('cor', JSON.stringify(what))
}

const foreign = (): SigmaError =>
  new SigmaError('ERR_SIGMA_CORRELATION', 'this is no snapshot of correlations of this version', {
    hint: 'start without it: windows fill anew within their timespans',
  })
