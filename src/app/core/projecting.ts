import { defaultTenant, type LoggedEvent, type ProjectionItem, type SourceId, type Trust } from '#model'
import { applyProjection, estateItems, projectionState, resetProjection, type Estate } from '#estate'
import type { LogReader } from '#log'
import { projectEvent, type Normalizer } from '#project'
import { keepFindings, type Detected } from '#respond/findings'
import { listSources, noteGaps, withinScope, type Source } from '#sources'
import type { Reader, Writer } from '#store'

import type { Registered } from '../connectors.ts'

/** Events projected in one submission: bounds the time between an append and its place in the estate. */
export const projectEventsMax = 1_000
/** Clocks of sources are taken to be off by at most this, until a connector says otherwise. */
export const skewMsDefault = 2_000

/** What projecting needs of the registry. */
export type Connectors = { find(id: string): Pick<Registered, 'connector'> | undefined }
export type Projecting = { reader: Reader; writer: Writer; registry: Connectors; estate: Estate }
export type Counts = { refused: number; unknown?(source: SourceId, type: string): void }
export type Known = { source: Source; normalizer: Normalizer; version: number }
export type Scoped = { item: ProjectionItem; trust: Trust }

export function knownSources({ reader, registry }: Pick<Projecting, 'reader' | 'registry'>): Map<SourceId, Known> {
  return new Map(
    listSources(reader, defaultTenant).flatMap((source): [SourceId, Known][] => {
      const connector = registry.find(source.connector)?.connector
      if (connector === undefined) return []
      const normalizer = { connector: connector.id, authority: source.authority ?? '', normalize: connector.normalize }
      return [[source.id, { source, normalizer, version: connector.version }]]
    }),
  )
}

/** How far an event is believed: what a host says, or nobody known, is confined to the host it is bound to. */
export function trustOf({ source, boundTo }: Pick<LoggedEvent, 'source' | 'boundTo'>, from: Known | undefined): Trust {
  const origin = from?.source.trust ?? 'host'
  const confinedTo = origin !== 'host' ? null : boundTo === undefined ? [] : [boundTo]
  return { origin, sources: [source], confinedTo }
}

/** Statements outside a source's scope are refused and counted; the event itself stays in the log. */
export function projectScoped(
  events: readonly LoggedEvent[],
  known: ReadonlyMap<SourceId, Known>,
  progress: Counts,
): Scoped[] {
  return events.map((event) => {
    const from = known.get(event.source)
    const item = projectEvent(event, from?.normalizer)
    if (item.unmapped !== undefined) progress.unknown?.(event.source, item.unmapped)
    const trust = trustOf(event, from)
    if (from === undefined) return { item, trust }
    const { normalized, refused } = withinScope(from.source, event.boundTo, item)
    progress.refused += refused
    return { item: { ...item, ...normalized }, trust }
  })
}

/**
 * One submission: what the events state, the cursor, and what detectors found in them. A source whose connector is gone
 * stays with the version it has: what it stated is still read.
 */
export async function keep(
  { reader, writer, estate }: Projecting,
  known: ReadonlyMap<SourceId, Known>,
  items: readonly Scoped[],
  through: number,
  detected: Detected,
): Promise<void> {
  const before = projectionState(reader, defaultTenant).sources
  const commands = [...Map.groupBy(items, ({ item }) => item.source)].map(([source, mine]) =>
    applyProjection({
      tenant: defaultTenant,
      source,
      skewMs: skewMsDefault,
      projectionVersion: known.get(source)?.version ?? before.get(source)?.version ?? 1,
      through,
      items: estateItems(mine.map(({ item }) => item)),
    }),
  )
  const gaps = items.flatMap(({ item: { source, offset, gap } }) =>
    gap === undefined ? [] : [{ source, offset, gap }],
  )
  if (gaps.length > 0) await writer.submit(noteGaps({ tenant: defaultTenant, gaps }))
  const [, ...allApplied] = await writer.submit(keepFindings(detected), ...commands)
  for (const applied of allApplied) estate.apply(applied)
}

/**
 * A connector with another version states other things: its sources are projected again from the log, which is the truth.
 * The version is written with the last page, so that what was interrupted begins anew at the next start.
 */
export async function projectAgain(parts: Projecting & { log: Pick<LogReader, 'read'> }): Promise<void> {
  const { reader, writer, log, estate } = parts
  const state = projectionState(reader, defaultTenant)
  for (const [source, from] of knownSources(parts)) {
    const before = state.sources.get(source)
    if (before === undefined || before.version === from.version) continue
    await writer.submit(resetProjection({ tenant: defaultTenant, source }))
    estate.reload()
    const only = new Map([[source, from]])
    const apply = async (items: readonly Scoped[], through: number, projectionVersion: number | null) => {
      const [applied] = await writer.submit(
        applyProjection({
          tenant: defaultTenant,
          source,
          skewMs: skewMsDefault,
          projectionVersion,
          through,
          items: estateItems(items.map(({ item }) => item)),
        }),
      )
      estate.apply(applied)
    }
    for (let after = 0; after < state.through;) {
      const events = await log.read(defaultTenant, after, projectEventsMax)
      after = events.at(-1)?.offset ?? state.through
      const mine = events.filter((event) => event.source === source && event.offset <= state.through)
      const items = projectScoped(mine, only, { refused: 0 })
      if (items.length > 0) await apply(items, Math.min(after, state.through), null)
    }
    await apply([], state.through, from.version)
  }
}
