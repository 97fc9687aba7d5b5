import { isObject, parseOwnJson } from '#kit'

import {
  createCorrelator,
  type CorrelationFinding,
  type Correlator,
  type CorrelatorCounts,
} from './correlate/correlator.ts'
import type { Correlation } from './correlate/read.ts'
import { coverageOf, type Carrier } from './coverage.ts'
import { createEngine } from './engine.ts'
import type { SigmaRules } from './load.ts'
import type { SigmaEvent, SigmaRule } from './types.ts'
import { Watermark } from './watermark.ts'

/** A stream that rules are held against, and how late its events may come. */
export type LiveStream = Carrier & { latenessMs: number }
/** `id` puts events of one time in order, `ref` is what findings call it by: both the same whenever it is read. */
export type LiveEvent = {
  stream: string
  timeMs: number
  arrivedAtMs: number
  id: string
  ref: number
  event: SigmaEvent
}
export type Noticed = { matches: readonly SigmaRule[]; findings: CorrelationFinding[]; isLate: boolean }

/**
 * Loaded rules over a running log. What a rule says by itself is told at once, also of an event that came too late to be
 * correlated; what several events say together, once the watermark of the streams it rests on has passed them.
 */
export interface RuleWatch {
  /** Whether any rule is held against such records. */
  wants(stream: string): boolean
  observe(event: LiveEvent): Noticed
  advance(nowMs: number): CorrelationFinding[]
  /** Lines of JSON: all state up to the last event that was observed. */
  snapshot(): Iterable<string>
  /** Into a watch that has seen nothing; state of correlations that are no more, or say something else now, is left out. */
  restore(lines: Iterable<string>): void
  /** `lateByMs`: the longest that a late event took from when it happened until it arrived. */
  readonly counts: CorrelatorCounts & { lateEvents: number; lateByMs: number }
  readonly size: { groups: number; held: number }
}

const snapshotVersion = 1
/** Over all correlations together. */
const groupsMax = 1_000_000
const entriesMax = 4_000_000
const heldMax = 500_000

type Chain = { key: string; rules: ReadonlySet<string>; correlator: Correlator; watermark: Watermark }

export function createRuleWatch(
  { rules, correlations }: Pick<SigmaRules, 'rules' | 'correlations'>,
  streams: readonly LiveStream[],
  startedMs: number,
): RuleWatch {
  const engine = createEngine(rules)
  const byName = Map.groupBy(streams, ({ name }) => name)
  const wanted = new Set(
    streams.filter(({ logsource }) => engine.applying(logsource).rules > 0).map(({ name }) => name),
  )
  const chains = chainsOf(rules, correlations, streams, startedMs)
  const chainsOfRule = Map.groupBy(
    chains.flatMap((chain) => [...chain.rules].map((rule) => ({ rule, chain }))),
    ({ rule }) => rule,
  )
  const all = new Watermark(streams, startedMs)
  let lateEvents = 0
  let lateByMs = 0
  return {
    wants: (stream) => wanted.has(stream),
    observe({ stream, timeMs, arrivedAtMs, id, ref, event }) {
      const logs = byName.get(stream)
      if (logs === undefined) return { matches: [], findings: [], isLate: false }
      const isLate = all.see(stream, timeMs, arrivedAtMs)
      if (isLate) {
        lateEvents++
        lateByMs = Math.max(lateByMs, arrivedAtMs - timeMs)
      }
      // Where the watermark stood when it came, not where it was last asked for: so a restart, and a look back, leave out
      // the same late events.
      const closed = isLate
        ? chains.flatMap(({ correlator, watermark }) => correlator.advance(watermark.at(arrivedAtMs)))
        : []
      for (const { watermark } of chains) watermark.see(stream, timeMs, arrivedAtMs)
      const of = logs.filter(({ holds }) => holds === undefined || holds(event))
      const matched = of.flatMap(({ logsource }) => engine.match(event, logsource))
      const matches = of.length > 1 ? [...new Set(matched)] : matched
      const meant = new Set(matches.flatMap((rule) => chainsOfRule.get(rule.id) ?? []).map(({ chain }) => chain))
      const findings = [...meant].flatMap(({ correlator }) =>
        correlator.observe({ timeMs, id, ref, event, rules: matches }),
      )
      return { matches, findings: closed.length === 0 ? findings : [...closed, ...findings], isLate }
    },
    advance: (nowMs) => chains.flatMap(({ correlator, watermark }) => correlator.advance(watermark.at(nowMs))),
    *snapshot() {
      yield JSON.stringify({ version: snapshotVersion, lateEvents, lateByMs })
      for (const { key, correlator } of chains) {
        yield JSON.stringify({ chain: key })
        yield* correlator.snapshot()
      }
    },
    restore(lines) {
      const parts = new Map<string, string[]>()
      let part: string[] | undefined
      for (const line of lines) {
        const chain = line.startsWith('{"chain":') ? parseOwnJson<{ chain: string }>(line).chain : undefined
        if (chain !== undefined) parts.set(chain, (part = []))
        else if (part !== undefined) part.push(line)
        else ({ lateEvents, lateByMs } = lateIn(line))
      }
      for (const { key, correlator } of chains) correlator.restore(parts.get(key) ?? [])
    },
    get counts() {
      const counts = { late: 0, evicted: 0, truncated: 0, hurried: 0, ungrouped: 0, forgotten: 0, lateEvents, lateByMs }
      for (const { correlator } of chains) {
        const mine = correlator.counts
        counts.late += mine.late
        counts.evicted += mine.evicted
        counts.truncated += mine.truncated
        counts.hurried += mine.hurried
        counts.ungrouped += mine.ungrouped
        counts.forgotten += mine.forgotten
      }
      return counts
    },
    get size() {
      const sizes = chains.map(({ correlator }) => correlator.size)
      return {
        groups: sizes.reduce((sum, { groups }) => sum + groups, 0),
        held: sizes.reduce((sum, { held }) => sum + held, 0),
      }
    },
  }
}

/** A snapshot of before does not say by how much. */
const lateIn = (line: string): { lateEvents: number; lateByMs: number } => {
  const head = parseOwnJson<unknown>(line)
  const of = (name: string): number => (isObject(head) && typeof head[name] === 'number' ? head[name] : 0)
  return { lateEvents: of('lateEvents'), lateByMs: of('lateByMs') }
}

/**
 * Correlations that refer to one another wait for the same events; the others need not wait for a
 * slower source than their own. Named after their correlations, so that a snapshot finds its own again.
 */
function chainsOf(
  rules: readonly SigmaRule[],
  correlations: readonly Correlation[],
  streams: readonly LiveStream[],
  startedMs: number,
): Chain[] {
  const on = new Map(coverageOf(rules, correlations, streams).map((one) => [one.rule, new Set(one.on)]))
  const groups = joined(correlations)
  const share = Math.max(1, groups.length)
  return groups.map((members) => {
    const ids = new Set(members.map(({ id }) => id))
    const base = new Set(members.flatMap((one) => one.rules).filter((rule) => !ids.has(rule)))
    const mine = streams.filter(({ name }) => [...base].some((rule) => on.get(rule)?.has(name) === true))
    return {
      key: [...ids].sort().join(' '),
      rules: base,
      correlator: createCorrelator(members, {
        groupsMax: Math.ceil(groupsMax / share),
        entriesMax: Math.ceil(entriesMax / share),
        heldMax: Math.ceil(heldMax / share),
      }),
      watermark: new Watermark(mine, startedMs),
    }
  })
}

/** Each stands after those it refers to, so one pass finds who belongs together. */
function joined(correlations: readonly Correlation[]): Correlation[][] {
  const groups: Correlation[][] = []
  for (const correlation of correlations) {
    const meant = groups.filter((group) => group.some(({ id }) => correlation.rules.includes(id)))
    const rest = groups.filter((group) => !meant.includes(group))
    groups.splice(0, groups.length, ...rest, [...meant.flat(), correlation])
  }
  return groups
}
