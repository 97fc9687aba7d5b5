import { assert } from '#kit'
import type { Connector } from '#sources/contract'
import type { ContainAction } from '#respond/contract'
import { hostActions, hostConnector } from '#connectors/host'
import { keysActions, keysConnector } from '#connectors/keys'
import { oidcActions, oidcConnector } from '#connectors/oidc'
import { postgresActions, postgresConnector } from '#connectors/postgres'

/** A connector with its configuration type closed over: stages see text in, records out. */
export type Registered = {
  id: string
  connector: Connector
  actions: readonly ContainAction[]
}

function register<Config>(connector: Connector<Config>, actions: readonly ContainAction<Config>[]): Registered {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same connector parses the configuration it is later given
  return {
    id: connector.id,
    connector: connector as unknown as Connector,
    actions: actions as unknown as readonly ContainAction[],
  }
}

/** Every connector there is. Adding one is one line here and one folder in `src/connectors`. */
export const registry: readonly Registered[] = [
  register(keysConnector, keysActions),
  register(hostConnector, hostActions),
  register(oidcConnector, oidcActions),
  register(postgresConnector, postgresActions),
]

export const registered = (id: string): Registered | undefined => registry.find((entry) => entry.id === id)

const verbs = registry.flatMap(({ actions }) => actions.map(({ verb }) => verb))
assert(new Set(verbs).size === verbs.length, 'every verb has one action')
