import type { Topic } from '#model'
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
  streams: readonly { name: string; lastSuccessAtMs: number | null; blind?: readonly { untold: readonly string[] }[] }[]
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
          conditionsTold: toldOf('conditions', sources.list(), registry),
          rulesDecide: decidedBy('sign-in-rules', sources.list(), registry),
          rulesTold: toldOf('sign-in-rules', sources.list(), registry),
          changesMax,
          ...(kind === undefined ? {} : { kind }),
        }),
      )
      return { ...found, total: found.gaps.length, gaps: found.gaps.slice(0, max), lacking: late() }
    })
}

type Registry = Pick<TrimParts['registry'], 'find'>

/** Authorities where every stream that tells a part of it came at least once, and no list of it is kept from us. */
export const toldOf = (topic: Topic, sources: readonly Told[], registry: Registry): Set<string> =>
  authoritiesWith(sources, (source) => {
    const streams = streamsOn(topic, source, registry)
    return streams.length > 0 && streams.every((name) => isRead(topic, source, name))
  })

/** Authorities of which a connector could tell it, whether or not it has. */
const decidedBy = (topic: Topic, sources: readonly Told[], registry: Registry): Set<string> =>
  authoritiesWith(sources, (source) => streamsOn(topic, source, registry).length > 0)

const authoritiesWith = (sources: readonly Told[], isOne: (source: Told) => boolean): Set<string> =>
  new Set(sources.filter(isOne).flatMap(({ authority }) => authority ?? []))

const streamsOn = (topic: Topic, { connector }: Told, registry: Registry): string[] =>
  (registry.find(connector)?.connector.streams ?? []).flatMap(({ name, tells = [] }) =>
    tells.includes(topic) ? [name] : [],
  )

const isRead = (topic: Topic, { streams }: Told, stream: string): boolean =>
  streams.some(
    ({ name, lastSuccessAtMs, blind = [] }) =>
      name === stream && lastSuccessAtMs !== null && !blind.some(({ untold }) => untold.includes(topic)),
  )
