import { CordonError } from '#kit'
import type { HostHooks } from '#connectors/host'
import type { ContainAction } from '#respond/contract'

import { connectors, type Registered } from './connectors.ts'

/** Connectors by id. What nobody asks for is never loaded. */
export type Registry = {
  ids: readonly string[]
  find(id: string): Registered | undefined
  /** Loads them all. */
  all(): Registered[]
}

/** `folders`: those whose files cordon.yaml lets sources read. */
export function createRegistry(hooks: HostHooks | undefined, folders: readonly string[] = []): Registry {
  const found = new Map<string, Registered>()
  const ids = Object.keys(connectors)
  const find = (id: string): Registered | undefined => {
    const known = found.get(id)
    if (known !== undefined || !Object.hasOwn(connectors, id)) return known
    const fresh = connectors[id]?.(hooks, folders)
    if (fresh !== undefined) found.set(id, fresh)
    return fresh
  }
  return { ids, find, all: () => ids.flatMap((id) => find(id) ?? []) }
}

/** What hands do under this name: an action that contains, or one that lends. */
export function actionOf(registry: Registry, connector: string, verb: string): ContainAction | undefined {
  const { actions = [], lends = [] } = registry.find(connector) ?? {}
  return [...actions, ...lends].find((action) => action.verb === verb)
}

/** A rung for a verb that nobody has would wait, be consented to, and do nothing. */
export function refuseUnknownVerb(registry: Registry, { connector, verb }: { connector: string; verb: string }): void {
  const known = registry.find(connector)
  const verbs = known && [...known.actions, ...known.lends].map((action) => action.verb)
  if (verbs?.includes(verb) === true) return
  throw new CordonError(
    'ERR_VERB_UNKNOWN',
    verbs === undefined ? `there is no connector \`${connector}\`` : `\`${connector}\` has no verb \`${verb}\``,
    { hint: `there are ${(verbs ?? registry.ids).join(', ') || 'none'}` },
  )
}
