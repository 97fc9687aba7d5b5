import type { SourceId } from '#model'
import type { Source } from '#sources'

import type { Registry } from '../registry.ts'

/** Outputs that ask people, among the sources that are connected. */
export function createAskers(parts: { registry: Registry; sources(): readonly Source[]; named: SourceId | undefined }) {
  const { registry, named } = parts
  const all = (): SourceId[] =>
    parts
      .sources()
      .filter(
        ({ connector, state, authority }) =>
          state === 'active' && authority !== null && registry.find(connector)?.connector.asker !== undefined,
      )
      .map(({ id }) => id)
  return {
    isAsker: (source: SourceId): boolean => all().includes(source),
    /** The one that cordon.yaml names; without a name the first, by its own name. */
    asker(): SourceId | null {
      const found = all().sort()
      return (named === undefined ? found[0] : found.find((id) => id === named)) ?? null
    },
  }
}
export type Askers = ReturnType<typeof createAskers>
