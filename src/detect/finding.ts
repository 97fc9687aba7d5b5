import { hashId } from '#kit'
import type { Finding, TenantId } from '#model'

export const dayMs = 24 * 3_600_000

/** The same rule, group and episode make the same id, whatever was seen first. */
export function makeFinding(
  tenant: TenantId,
  group: string,
  episodeStartMs: number,
  fields: Omit<Finding, 'id' | 'tenant'>,
): Finding {
  return { id: hashId('fnd', tenant, fields.rule, group, String(episodeStartMs)), tenant, ...fields }
}

export const floorTo = (ms: number, spanMs: number): number => Math.floor(ms / spanMs) * spanMs

/** A map that forgets its oldest entries beyond a bound, and counts them. */
export function bounded<Key, Value>(entriesMax: number, onDrop: () => void): Map<Key, Value> {
  const map = new Map<Key, Value>()
  const set = map.set.bind(map)
  map.set = (key, value) => {
    if (!map.has(key) && map.size >= entriesMax) {
      const oldest = map.keys().next()
      if (oldest.done !== true) map.delete(oldest.value)
      onDrop()
    }
    return set(key, value)
  }
  return map
}
