import { assert } from '#kit'
import type { SourceScope, SourceTrust } from '#sources'
import type { Connector } from '#sources/contract'
import type { SourcePace } from '#respond'
import type { ContainAction } from '#respond/contract'
import { declaredConnector } from '#connectors/declared'
import { hostActions, hostConnector, type HostHooks } from '#connectors/host'
import { keysActions, keysConnector } from '#connectors/keys'
import { oidcActions, oidcConnector, oidcOrigins } from '#connectors/oidc'
import { postgres, postgresActions } from '#connectors/postgres'

/** A connector with its configuration type closed over, and what the composition root must know beside it. */
export type Registered = {
  id: string
  connector: Connector
  actions: readonly ContainAction[]
  trust: SourceTrust
  /** What a source of this connector may speak about, given its authority. */
  scope(authority: string): SourceScope
  /** What its system bears of calls that act; absent: what a vendor's API is taken to bear. */
  pace?: SourcePace
  /** Origins its HTTP may call. */
  origins(config: unknown): string[]
}

/** Every connector there is. Adding one is one entry here and one folder in `src/connectors`. */
export function createRegistry(hooks: HostHooks | undefined): Registered[] {
  const registry = [
    register(keysConnector, keysActions, { trust: 'vendor', scope: ownRealm, origins: () => [] }),
    register(hostConnector, hostActions(hooks === undefined ? {} : { hooks }), {
      trust: 'host',
      scope: () => ({
        about: [
          { kind: 'host', authority: 'host' },
          { kind: 'credential', authority: 'host' },
        ],
        // A host may say which credentials lie on it, never whose they are.
        mentions: [{ kind: 'credential' }],
      }),
      origins: () => [],
    }),
    register(declaredConnector, [], { trust: 'vendor', scope: declaredScope, origins: () => [] }),
    register(oidcConnector, oidcActions, { trust: 'vendor', scope: ownRealm, origins: oidcOrigins }),
    register(postgres, postgresActions, { trust: 'vendor', scope: ownRealm, pace: databasePace, origins: () => [] }),
  ]
  const verbs = registry.flatMap(({ actions }) => actions.map(({ verb }) => verb))
  assert(new Set(verbs).size === verbs.length, 'every verb has one action')
  return registry
}

/** A database of our own has no quota; what it must not run out of is connections, and a thief is at work. */
const databasePace: SourcePace = { callsAtOnceMax: 4, callsPerMinuteMax: 6_000 }

/** A vendor speaks about its own realm; customers, people and fingerprints of secrets may be named beside it. */
const ownRealm = (authority: string): SourceScope => ({
  about: [{ authority }],
  mentions: [{ kind: 'customer' }, { kind: 'person' }, { kind: 'credential', authority: 'fp' }],
})

/** An own system names who of elsewhere uses it and what it lies in; the connector cannot state what would aim an action. */
const declaredScope = (authority: string): SourceScope => ({
  about: [{ authority }],
  mentions: [
    { kind: 'identity' },
    { kind: 'credential' },
    { kind: 'resource' },
    { kind: 'class' },
    { kind: 'customer' },
    { kind: 'person' },
  ],
})

function register<Config>(
  connector: Connector<Config>,
  actions: readonly ContainAction<Config>[],
  rest: Pick<Registered, 'trust' | 'scope' | 'pace'> & { origins(config: Config): string[] },
): Registered {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- configurations reach a connector only through its own schema
  return { id: connector.id, ...rest, connector, actions } as unknown as Registered
}
