import type { EdgeStatement, EdgeType } from './edge.ts'
import type { EntityFact, EntityId } from './entity.ts'
import type { Normalized } from './event.ts'

/** Seen to stand from `atMs` (ms UTC) on. */
export const openEdge = (
  src: EntityId,
  type: EdgeType,
  dst: EntityId,
  atMs: number,
  more: { note?: string; conditional?: boolean } = {},
): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op: 'open',
  atMs,
  ...(more.note === undefined ? {} : { note: more.note }),
  ...(more.conditional === true ? { conditional: true } : {}),
})

/** Seen to end at `atMs` (ms UTC). */
export const closeEdge = (src: EntityId, type: EdgeType, dst: EntityId, atMs: number): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op: 'close',
  atMs,
})

/** Attributes without a value say nothing: they are left out, so that they erase nothing another record told. */
export function toldFact(
  entity: EntityId,
  observedAtMs: number,
  attributes: Record<string, string | number | boolean | null | undefined>,
): EntityFact {
  const told: EntityFact['attributes'] = {}
  for (const key of Object.keys(attributes)) {
    const value = attributes[key]
    if (value !== undefined && value !== null) told[key] = value
  }
  return { entity, observedAtMs, attributes: told }
}

/** What one row or event says. */
export type Stated = Partial<Pick<Normalized, 'ocsf' | 'edges' | 'touches' | 'facts' | 'refusals'>>

/** Added to what the whole record says. */
export function mergeNormalized(into: Normalized, from: Stated): void {
  if (from.ocsf !== undefined) into.ocsf.push(...from.ocsf)
  if (from.edges !== undefined) into.edges.push(...from.edges)
  if (from.touches !== undefined) into.touches.push(...from.touches)
  if (from.facts !== undefined) into.facts.push(...from.facts)
  if (from.refusals !== undefined) into.refusals = [...(into.refusals ?? []), ...from.refusals]
}
