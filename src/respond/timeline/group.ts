import { assert } from '#kit'
import type { EntityId } from '#model'

import { timelineKinds, type Moment, type TimelineLine } from './types.ts'

const minuteMs = 60_000
const namedMax = 5
const refsMax = 20

export type Placed = TimelineLine & { cursor: string }

/**
 * Like moments of a minute are one line, where the first of them stands: sixty keys that die together are one thing to read.
 * Pure, and the same whatever order the moments are in.
 */
export function linesOf(moments: readonly Moment[]): Placed[] {
  const sorted = moments.toSorted(byTime)
  const groups = Map.groupBy(sorted, ({ kind, what, atMs }) => `${kind} ${what} ${Math.floor(atMs / minuteMs)}`)
  return [...groups.values()].map(lineOf)
}

const byTime = (a: Moment, b: Moment): number =>
  a.atMs - b.atMs || timelineKinds.indexOf(a.kind) - timelineKinds.indexOf(b.kind) || (a.key < b.key ? -1 : 1)

function lineOf(group: readonly Moment[]): Placed {
  const [first, last] = [group[0], group.at(-1)]
  assert(first !== undefined && last !== undefined, 'a group of moments is never empty')
  const entities = [...new Set(group.flatMap(({ entity }) => entity ?? []))]
  const arrivals = group.flatMap(({ arrivedAtMs }) => arrivedAtMs ?? [])
  return {
    fromMs: first.atMs,
    toMs: last.atMs,
    arrivedAtMs: arrivals.length === 0 ? null : Math.max(...arrivals),
    kind: first.kind,
    what: first.what,
    count: group.length,
    says: group.length === 1 ? first.says : sayMany(first.what, group.length, entities),
    entities: entities.slice(0, namedMax),
    refs: [...new Set(group.flatMap(({ ref }) => ref ?? []))].slice(0, refsMax),
    evidence: [...new Set(group.flatMap(({ evidence }) => evidence))].slice(0, refsMax),
    cursor: cursorOf(first),
  }
}

function sayMany(what: string, count: number, entities: readonly EntityId[]): string {
  const named = entities.slice(0, namedMax).map((entity) => `\`${entity}\``)
  const more = entities.length > namedMax ? [`${entities.length - namedMax} more`] : []
  return `${what}, ${count} times${named.length === 0 ? '' : `: ${[...named, ...more].join(', ')}`}`
}

/** Sorts as text as lines sort by time. */
const cursorOf = ({ atMs, kind, key }: Moment): string =>
  `${String(Math.max(0, Math.floor(atMs))).padStart(15, '0')}.${timelineKinds.indexOf(kind)}.${key}`

/** Lines behind `after`; new ones that happened before it are on pages that were read. */
export function pageOf(
  lines: readonly Placed[],
  after: string | undefined,
  max: number,
): { lines: TimelineLine[]; next: string | null } {
  const from = after === undefined ? 0 : lines.findIndex(({ cursor }) => cursor > after)
  const page = from < 0 ? [] : lines.slice(from, from + max)
  const last = page.at(-1)
  const isEnd = from < 0 || from + max >= lines.length
  return {
    lines: page.map(withoutCursor),
    next: isEnd || last === undefined ? null : last.cursor,
  }
}

function withoutCursor(placed: Placed): TimelineLine {
  const { cursor: _, ...line } = placed
  return line
}
