import { gapsIn } from '#trim'
import { usingView } from '#estate'
import type { AccessDesk, SourceDesk } from '#api'

import { keepFor } from './kept-answers.ts'
import type { TrimParts } from './trim-desk.ts'

/** Rights that nobody used play no part beyond the window: how far ahead a mistake is looked for. */
const horizonMs = 30 * 86_400_000
/** More changes than anybody makes at once; `max` of the question shows fewer. */
const changesMax = 500

type Told = Pick<ReturnType<SourceDesk['list']>[number], 'connector' | 'authority'> & {
  streams: readonly { name: string; lastSuccessAtMs: number | null }[]
}
export type GapParts = Omit<TrimParts, 'sources'> & { sources: { list(): readonly Told[] } }

/** Where access rests on trust alone, and which changes protect most. */
export function createGapDesk(parts: GapParts): AccessDesk['gaps'] {
  const { tenant, clock, view: open, tells, spared, late, sources, registry } = parts
  const answers = keepFor<Awaited<ReturnType<typeof gapsIn>>>(clock)
  return ({ windowMs, kind, max }) =>
    usingView(open(), async (view) => {
      const found = await answers(JSON.stringify([windowMs, kind ?? null]), true, () =>
        gapsIn(view, {
          tenant,
          atMs: clock.nowMs(),
          windowMs,
          horizonMs,
          tells: tells(),
          spared: spared(),
          withPartly: false,
          conditionsTold: conditionsTold(sources.list(), registry),
          changesMax,
          ...(kind === undefined ? {} : { kind }),
        }),
      )
      return { ...found, total: found.gaps.length, gaps: found.gaps.slice(0, max), lacking: late() }
    })
}

/** Where a stream that tells it came whole at least once. */
export function conditionsTold(sources: readonly Told[], registry: Pick<TrimParts['registry'], 'find'>): Set<string> {
  const told = sources.flatMap(({ connector, authority, streams }) => {
    const declared = registry.find(connector)?.connector.streams ?? []
    const isTold = declared.some(
      ({ name, tells = [] }) =>
        tells.includes('conditions') &&
        streams.some((stream) => stream.name === name && stream.lastSuccessAtMs !== null),
    )
    return isTold && authority !== null ? [authority] : []
  })
  return new Set(told)
}
