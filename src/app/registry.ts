import { assert, CordonError } from '#kit'
import type { EntityId } from '#model'
import type { SourceScope, SourceTrust } from '#sources'
import type { Connector } from '#sources/contract'
import type { SourcePace } from '#respond'
import type { ContainAction } from '#respond/contract'
import { awsActions, awsConnector, awsOrigins } from '#connectors/aws'
import { declaredConnector } from '#connectors/declared'
import { githubActions, githubConnector, githubOrigins, ownInstallations } from '#connectors/github'
import {
  googleActions,
  googleConnector,
  googleOrigins,
  namesOfClient as namesOfGoogleClient,
  ownClients as ownGoogleClients,
} from '#connectors/google'
import { hostActions, hostConnector, hostEntity, ownHostId, type HostHooks } from '#connectors/host'
import { keysActions, keysConnector } from '#connectors/keys'
import { ocsfConnector } from '#connectors/ocsf'
import { namesOfClient, oidcActions, oidcConnector, oidcOrigins } from '#connectors/oidc'
import { namesOfOwnApps, oktaActions, oktaConnector, oktaOrigins } from '#connectors/okta'
import { osvConnector } from '#connectors/osv'
import { postgres, postgresActions } from '#connectors/postgres'
import { namesOfApp as namesOfSlackApp, ownApps, slackActions, slackConnector, slackOrigins } from '#connectors/slack'

/** A connector with its configuration type closed over, and what the composition root must know beside it. */
export type Registered = {
  id: string
  connector: Connector
  actions: readonly ContainAction[]
  trust: SourceTrust
  /**
   * May others send it events? What Cordon reads from a vendor itself, nobody may hand in: an ingest token would speak in
   * the vendor's name. `host`: only under a token bound to one host.
   */
  pushes: 'never' | 'host' | 'source'
  /** What a source of this connector may speak about, given its authority. */
  scope(authority: string): SourceScope
  /** What its system bears of calls that act; absent: what a vendor's API is taken to bear. */
  pace?: SourcePace
  /** Origins its HTTP may call. */
  origins(config: unknown): string[]
  /**
   * Entities this Cordon is, by what its configuration alone tells: never a target. What only the vendor knows (the id
   * behind a login's name) the connector's inventory states as `own`, and its actions ask again before they act.
   */
  own(config: unknown, authority: string): EntityId[]
}

/** Every connector there is. Adding one is one entry here and one folder in `src/connectors`. */
export function createRegistry(hooks: HostHooks | undefined): Registered[] {
  const registry = [
    register(keysConnector, keysActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: () => [],
      own: () => [],
    }),
    register(hostConnector, hostActions(hooks === undefined ? {} : { hooks }), {
      trust: 'host',
      pushes: 'host',
      scope: () => ({
        about: [
          { kind: 'host', authority: 'host' },
          { kind: 'credential', authority: 'host' },
        ],
        // A host may say which credentials lie on it, never whose they are: by fingerprint (which takes the value), or by
        // the public id that stands in a key's own text. Of a vendor's roles, grants and sessions it knows nothing.
        mentions: [
          { kind: 'credential', authority: 'cordon' },
          { kind: 'credential', authority: 'aws' },
        ],
      }),
      origins: () => [],
      own: () => [hostEntity(ownHostId())],
    }),
    register(declaredConnector, [], {
      trust: 'vendor',
      pushes: 'source',
      scope: declaredScope,
      origins: () => [],
      own: () => [],
    }),
    register(ocsfConnector, [], {
      trust: 'vendor',
      pushes: 'source',
      scope: (authority) => ({ about: [{ authority }], mentions: [] }),
      origins: () => [],
      own: () => [],
    }),
    register(osvConnector, [], {
      trust: 'vendor',
      pushes: 'source',
      scope: (authority) => ({ about: [{ kind: 'package', authority }] }),
      origins: () => [],
      own: () => [],
    }),
    register(githubConnector, githubActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: githubOrigins,
      own: ownInstallations,
    }),
    register(awsConnector, awsActions, {
      trust: 'vendor',
      pushes: 'never',
      // Ids of access keys are unique over all of AWS, and hosts name them so.
      scope: (authority) => ({
        about: [{ authority }, { kind: 'credential', authority: 'aws' }],
        mentions: [{ kind: 'identity' }, { kind: 'credential', authority: 'fp' }],
      }),
      origins: awsOrigins,
      own: () => [],
    }),
    register(oidcConnector, oidcActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: oidcOrigins,
      own: ({ clientId }, authority) => namesOfClient(authority, clientId),
    }),
    register(oktaConnector, oktaActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: oktaOrigins,
      own: namesOfOwnApps,
    }),
    register(googleConnector, googleActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: googleOrigins,
      own: (config, authority) => ownGoogleClients(config).flatMap((client) => namesOfGoogleClient(authority, client)),
    }),
    register(postgres, postgresActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      pace: databasePace,
      origins: () => [],
      own: () => [],
    }),
    register(slackConnector, slackActions, {
      trust: 'vendor',
      pushes: 'never',
      scope: ownRealm,
      origins: slackOrigins,
      own: (config, authority) => ownApps(config).flatMap((app) => namesOfSlackApp(authority, app)),
    }),
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
  rest: Pick<Registered, 'trust' | 'pushes' | 'scope' | 'pace'> & {
    origins(config: Config): string[]
    own(config: Config, authority: string): EntityId[]
  },
): Registered {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- configurations reach a connector only through its own schema
  return { id: connector.id, ...rest, connector, actions } as unknown as Registered
}

/** A rung for a verb that nobody has would wait, be consented to, and do nothing. */
export function refuseUnknownVerb(
  registry: readonly Registered[],
  { connector, verb }: { connector: string; verb: string },
): void {
  const verbs = registry.find(({ id }) => id === connector)?.actions.map((action) => action.verb)
  if (verbs?.includes(verb) === true) return
  throw new CordonError(
    'ERR_VERB_UNKNOWN',
    verbs === undefined ? `there is no connector \`${connector}\`` : `\`${connector}\` has no verb \`${verb}\``,
    { hint: `there are ${(verbs ?? registry.map(({ id }) => id)).join(', ') || 'none'}` },
  )
}
