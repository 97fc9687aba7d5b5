import { parseOwnJson } from '#kit'

import { none } from './entries.ts'
import type { Windows } from './window.ts'

/** One group as a line of a snapshot: key, queued, last, quiet, total, [time, ref, value]…, [start, ref]…. */
type GroupLine = [
  string,
  number,
  number,
  number | null,
  number,
  [number, number, string | number][],
  ([number, number] | null)[],
]

/** In the order of the queue, which decides who is given up first and which window closes first. */
export function* groupLines({ groups, entries, steps: { cells, starts, startRefs } }: Windows): Iterable<string> {
  for (const slot of groups.inQueue()) {
    const held: GroupLine[5] = []
    for (let at = groups.head(slot); at !== none; at = entries.next(at)) {
      held.push([entries.time(at), entries.ref(at), entries.texts?.[at] ?? entries.numbers?.[at] ?? 0])
    }
    const chains = Array.from({ length: cells }, (_, step): [number, number] | null => {
      const start = starts[slot * cells + step] ?? -Infinity
      return start === -Infinity ? null : [start, startRefs[slot * cells + step] ?? 0]
    })
    const line: GroupLine = [
      groups.keys[slot] ?? '',
      groups.queuedAt(slot),
      groups.last(slot),
      groups.quietUntil.get(slot) ?? null,
      groups.total(slot),
      held,
      chains,
    ]
    yield JSON.stringify(line)
  }
}

export function readGroupLine(windows: Windows, text: string): void {
  const [key, queuedAt, last, quiet, total, held, chains] = parseOwnJson<GroupLine>(text)
  const slot = windows.make(key, queuedAt)
  for (const [timeMs, ref, value] of held) windows.append(slot, timeMs, ref, value)
  const { groups } = windows
  const { starts, startRefs } = windows.steps
  groups.setLast(slot, last)
  groups.setTotal(slot, total)
  if (quiet !== null) groups.quietUntil.set(slot, quiet)
  chains.forEach((chain, step) => {
    if (chain === null) return
    starts[slot * chains.length + step] = chain[0]
    startRefs[slot * chains.length + step] = chain[1]
  })
}
