import type { Normalized, SourceId, TenantId } from '#model'
import { command } from '#store'

/** One projected event, as `#project` makes it and the estate keeps it. */
export type ProjectionItem = {
  offset: number
  source: SourceId
  stream: string
  arrivedAtMs: number
  normalized: Normalized
}

export type Projection = {
  tenant: TenantId
  /** All events up to and with this offset are in `items` or say nothing. */
  through: number
  /** Per source: how far its clock may be off; spans are widened by it. */
  skewMs: Readonly<Record<SourceId, number>>
  items: readonly ProjectionItem[]
}

/** Changes for the graph in memory, in order. `add`: edge, src, dst, kind, from, to (null: open). `close`: edge, src, dst, to. */
export type GraphChange =
  | { op: 'add'; edge: number; src: number; dst: number; kind: number; from: number; to: number | null }
  | { op: 'close'; edge: number; src: number; dst: number; to: number }

export type ProjectionResult = { through: number; nodes: number; heardAt: number; changes: GraphChange[] }

/** Keeps edges, facts, touches and people with the cursor behind them. An offset at or below the cursor is a no-op. */
export const applyProjection = command<Projection, ProjectionResult>('estate.apply-projection')

/**
 * Forgets all that was projected, so that it is made again from the log: a connector's `normalize` has a new version.
 * The log is the truth; nothing is lost. `versions` names what the next projection is made with.
 */
export const resetProjection = command<{ tenant: TenantId; versions: string }, null>('estate.reset-projection')
