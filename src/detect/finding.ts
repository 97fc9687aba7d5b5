import { hashId } from '#kit'
import { kindOf, type EntityId, type Finding, type TenantId, type Trigger, type Trust } from '#model'

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

/** Whom a finding about an entity is aimed at; undefined for what nothing can be done about by itself. */
export function triggerOf(entity: EntityId): Trigger | undefined {
  const kind = kindOf(entity)
  if (kind === 'identity') return { kind, identity: entity }
  if (kind === 'credential') return { kind, credential: entity }
  return kind === 'app' ? { kind, app: entity } : undefined
}

/** Of several statements together: as weak as the weakest, and confined only where every one is. Of none: weak. */
export function trustIn(trusts: readonly Trust[]): Trust {
  const confined = trusts.flatMap(({ confinedTo }) => (confinedTo === null ? [] : [confinedTo]))
  return {
    origin: trusts.every(({ origin }) => origin === 'vendor') && trusts.length > 0 ? 'vendor' : 'host',
    sources: [...new Set(trusts.flatMap(({ sources }) => sources))],
    confinedTo: confined.length === trusts.length ? [...new Set(confined.flat())] : null,
  }
}
