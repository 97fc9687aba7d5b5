import { parseTimeMs } from '#kit'
import type { EdgeStatement, EdgeType, EntityFact, EntityId, Normalized } from '#model'

export const product = { vendor_name: 'AWS', name: 'CloudTrail' }

export const open = (
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

export const close = (src: EntityId, type: EdgeType, dst: EntityId, atMs: number): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op: 'close',
  atMs,
})

/** Attributes without a value say nothing: they are left out, so that they erase nothing another record told. */
export function fact(
  entity: EntityId,
  observedAtMs: number,
  attributes: Record<string, string | number | boolean | null | undefined>,
): EntityFact {
  const told: EntityFact['attributes'] = {}
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) told[key] = value
  return { entity, observedAtMs, attributes: told }
}

export const timeMs = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : parseTimeMs(text)

export function merge(into: Normalized, from: Partial<Normalized>): void {
  into.ocsf.push(...(from.ocsf ?? []))
  into.edges.push(...(from.edges ?? []))
  into.touches.push(...(from.touches ?? []))
  into.facts.push(...(from.facts ?? []))
}
