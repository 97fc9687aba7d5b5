import { parseOwnJson } from '#kit'
import type { EntityId } from '#model'

import type { Registry } from '../registry.ts'
import type { SourceRecord } from '../socket.ts'

/**
 * What this Cordon is at all its vendors together: a source never acts on what another one signs in with. A source whose
 * configuration cannot be read names nothing and opens for no action either.
 */
export function ownEntities(sources: readonly SourceRecord[], registry: Registry): ReadonlySet<EntityId> {
  return new Set(
    sources.flatMap(({ connector: id, config, authority }) => {
      const entry = registry.find(id)
      const parsed = entry?.connector.config.safeParse(parseOwnJson<unknown>(config))
      if (entry === undefined || parsed?.success !== true || authority === null) return []
      return entry.own(parsed.data, authority)
    }),
  )
}
