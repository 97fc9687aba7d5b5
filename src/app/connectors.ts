import { createRequire } from 'node:module'

import type { EntityId } from '#model'
import type { IntakeKind, SourceScope, SourceTrust, WithIntake } from '#sources'
import type { Connector } from '#sources/contract'
import type { SourcePace } from '#respond/hands'
import type { ContainAction, Holder, LeaseAction } from '#respond/contract'
import type { HostHooks } from '#connectors/host'

/** A connector with its configuration type closed over, and what the composition root must know beside it. */
export type Registered = {
  id: string
  connector: Connector
  actions: readonly ContainAction[]
  /** What it lets somebody have for a time, as actions whose undo is the end of it; no containment is planned with them. */
  lends: readonly ContainAction[]
  /** It has places where consumers read credentials: successors may be written there, whoever issues them. */
  holds?: Holder
  trust: SourceTrust
  /**
   * May others send it events? What Cordon reads from a vendor itself, nobody may hand in: an ingest token would speak in
   * the vendor's name. `host`: only under a token bound to one host.
   * `signed`: whoever holds a token may deliver, and only what the connector's `accept` finds signed by the vendor counts.
   * `scim`: whoever holds a token provisions users and groups, and reads them back.
   */
  pushes: 'never' | 'host' | 'source' | 'signed' | 'scim'
  /** What a source of this connector may speak about, given its authority. */
  scope(authority: string): SourceScope
  /** Its records may also come by an intake: under which of its streams, and by which ways. */
  intake?: { stream: string; kinds: readonly IntakeKind[] }
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

/** `folders`: those whose files cordon.yaml lets sources read. */
type Entry = (hooks: HostHooks | undefined, folders: readonly string[]) => Registered

/**
 * Every connector there is. Adding one is one entry here and one folder in `src/connectors`. Each is loaded when it is
 * first asked for, so that a start costs what the sources cost that there are.
 */
export const connectors: Readonly<Record<string, Entry>> = {
  anthropic: () => {
    const { anthropicActions, anthropicConnector, anthropicOrigins, namesOfOwnKeys } =
      load<typeof import('#connectors/anthropic')>('#connectors/anthropic')
    return register(anthropicConnector, anthropicActions, {
      ...vendor,
      origins: anthropicOrigins,
      own: namesOfOwnKeys,
    })
  },
  auditd: (_, folders) => {
    const { auditdConnector } = load<typeof import('#connectors/auditd')>('#connectors/auditd')
    return handedInAlone(auditdConnector, folders)
  },
  aws: (_, folders) => {
    const { awsActions, awsLeases, awsConnector, awsHolder, awsOrigins, eventIdOf } =
      load<typeof import('#connectors/aws')>('#connectors/aws')
    const { withIntake } = load<typeof import('#sources')>('#sources')
    // A trail's objects say what the event history says, and more: they take its place, and share its ids.
    const trail = { stream: 'lookup', kinds: ['bucket'], parts: { folders }, known: { nativeOf: eventIdOf } } as const
    return register(withIntake(awsConnector, trail), awsActions, {
      ...vendor,
      // Ids of access keys are unique over all of AWS, and hosts name them so.
      scope: (authority) => ({
        about: [{ authority }, { kind: 'credential', authority: 'aws' }],
        mentions: [{ kind: 'identity' }, { kind: 'credential', authority: 'fp' }],
      }),
      origins: (config) => [...awsOrigins(config), ...originsOfIntake(config)],
      own: () => [],
      holds: awsHolder,
      lends: awsLeases,
    })
  },
  crowdstrike: () => {
    const { crowdstrikeActions, crowdstrikeConnector, crowdstrikeOrigins, ownClients } =
      load<typeof import('#connectors/crowdstrike')>('#connectors/crowdstrike')
    return register(crowdstrikeConnector, crowdstrikeActions, {
      ...vendor,
      origins: crowdstrikeOrigins,
      own: ownClients,
    })
  },
  databricks: (_, folders) => {
    const { databricksConnector } = load<typeof import('#connectors/databricks')>('#connectors/databricks')
    return keptAlone(databricksConnector, folders)
  },
  declared: (_, folders) => {
    const { declaredConnector } = load<typeof import('#connectors/declared')>('#connectors/declared')
    return register(handedIn(declaredConnector, folders), [], {
      trust: 'vendor',
      intake: anyIntake,
      pushes: 'source',
      scope: declaredScope,
      origins: originsOfIntake,
      own: () => [],
    })
  },
  entra: () => {
    const { entraActions, entraLeases, entraConnector, entraOrigins, namesOfOwnApps } =
      load<typeof import('#connectors/entra')>('#connectors/entra')
    return register(entraConnector, entraActions, {
      lends: entraLeases,
      ...vendor,
      origins: entraOrigins,
      own: namesOfOwnApps,
    })
  },
  falco: (_, folders) => {
    const { falcoConnector } = load<typeof import('#connectors/falco')>('#connectors/falco')
    return handedInAlone(falcoConnector, folders)
  },
  fleet: () => {
    const { fleetActions, fleetConnector, fleetOrigins, ownUsers } =
      load<typeof import('#connectors/fleet')>('#connectors/fleet')
    // Who a token speaks for only Fleet knows: the inventory states it as its own, and actions ask again.
    return register(fleetConnector, fleetActions, { ...vendor, origins: fleetOrigins, own: ownUsers })
  },
  github: () => {
    const { githubActions, githubLeases, githubConnector, githubHolder, githubOrigins, ownInstallations } =
      load<typeof import('#connectors/github')>('#connectors/github')
    return register(githubConnector, githubActions, {
      lends: githubLeases,
      ...vendor,
      origins: githubOrigins,
      holds: githubHolder,
      own: ownInstallations,
    })
  },
  'github-issues': () => {
    const of = load<typeof import('#connectors/github-issues')>('#connectors/github-issues')
    return register(of.githubIssuesConnector, [], { ...told, origins: of.githubIssuesOrigins })
  },
  google: () => {
    const { googleActions, googleLeases, googleConnector, googleOrigins, namesOfClient, ownClients } =
      load<typeof import('#connectors/google')>('#connectors/google')
    return register(googleConnector, googleActions, {
      lends: googleLeases,
      ...vendor,
      origins: googleOrigins,
      own: (config, authority) => ownClients(config).flatMap((client) => namesOfClient(authority, client)),
    })
  },
  host: (hooks) => {
    const { hostActions, hostConnector, hostEntity, ownHardware, ownHostId } =
      load<typeof import('#connectors/host')>('#connectors/host')
    return register(hostConnector, hostActions(hooks === undefined ? {} : { hooks }), {
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
      // By its hardware other sources know it, under other names.
      own: () => [hostEntity(ownHostId()), ...ownHardware()],
    })
  },
  huggingface: () => {
    const { huggingfaceActions, huggingfaceConnector, huggingfaceOrigins, namesOfOwnUsers } =
      load<typeof import('#connectors/huggingface')>('#connectors/huggingface')
    const own = namesOfOwnUsers
    return register(huggingfaceConnector, huggingfaceActions, { ...vendor, origins: huggingfaceOrigins, own })
  },
  jira: () => {
    const { jiraConnector, jiraOrigins } = load<typeof import('#connectors/jira')>('#connectors/jira')
    return register(jiraConnector, [], { ...told, origins: jiraOrigins })
  },
  linear: () => {
    const { linearConnector, linearOrigins } = load<typeof import('#connectors/linear')>('#connectors/linear')
    return register(linearConnector, [], { ...told, origins: linearOrigins })
  },
  keys: () => {
    const { keysActions, keysLeases, keysConnector } = load<typeof import('#connectors/keys')>('#connectors/keys')
    return register(keysConnector, keysActions, {
      lends: keysLeases,
      ...vendor,
      origins: () => [],
      own: () => [],
    })
  },
  kubernetes: () => {
    const { kubernetesActions, kubernetesConnector, kubernetesHolder, kubernetesOrigins, namesOfOwnAccounts } =
      load<typeof import('#connectors/kubernetes')>('#connectors/kubernetes')
    return register(kubernetesConnector, kubernetesActions, {
      trust: 'vendor',
      // Into its audit log alone: the API server's webhook is the one way to it.
      pushes: 'source',
      // An account may take a role in a cloud, and images are packages.
      scope: (authority) => ({
        about: [{ authority }],
        mentions: [{ kind: 'identity' }, { kind: 'package' }, { kind: 'credential', authority: 'fp' }],
      }),
      origins: kubernetesOrigins,
      holds: kubernetesHolder,
      own: namesOfOwnAccounts,
    })
  },
  litellm: () => {
    const { litellmActions, litellmConnector, litellmOrigins, nameMasterKey, nameUser } =
      load<typeof import('#connectors/litellm')>('#connectors/litellm')
    return register(litellmConnector, litellmActions, {
      ...vendor,
      // Only the calls it was set up to send are taken, and nothing of what Cordon reads itself.
      pushes: 'source',
      // Machines that run it are named by its configuration, as hosts name themselves.
      scope: (authority) => ({
        about: [{ authority }],
        mentions: [...(ownRealm(authority).mentions ?? []), { kind: 'host', authority: 'host' }],
      }),
      origins: litellmOrigins,
      own: ({ ownUsers, database }, authority) => [
        ...ownUsers.map((user) => nameUser(authority, user)),
        // Without a database it is what Cordon itself signs in with.
        ...(database ? [] : [nameMasterKey(authority)]),
      ],
    })
  },
  ocsf: (_, folders) => {
    const { ocsfConnector } = load<typeof import('#connectors/ocsf')>('#connectors/ocsf')
    return handedInAlone(ocsfConnector, folders)
  },
  m365: (_, folders) => {
    const { m365Connector } = load<typeof import('#connectors/m365')>('#connectors/m365')
    return keptAlone(m365Connector, folders)
  },
  oidc: () => {
    const { namesOfClient, oidcActions, oidcConnector, oidcOrigins } =
      load<typeof import('#connectors/oidc')>('#connectors/oidc')
    return register(oidcConnector, oidcActions, {
      ...vendor,
      origins: oidcOrigins,
      own: ({ clientId }, authority) => namesOfClient(authority, clientId),
    })
  },
  okta: () => {
    const { namesOfOwnApps, oktaActions, oktaLeases, oktaConnector, oktaOrigins } =
      load<typeof import('#connectors/okta')>('#connectors/okta')
    return register(oktaConnector, oktaActions, {
      lends: oktaLeases,
      ...vendor,
      origins: oktaOrigins,
      own: namesOfOwnApps,
    })
  },
  openai: () => {
    const { namesOfOwnKeys, openaiActions, openaiConnector, openaiOrigins } =
      load<typeof import('#connectors/openai')>('#connectors/openai')
    return register(openaiConnector, openaiActions, {
      ...vendor,
      origins: openaiOrigins,
      own: namesOfOwnKeys,
    })
  },
  osquery: (_, folders) => {
    const { osqueryConnector } = load<typeof import('#connectors/osquery')>('#connectors/osquery')
    return handedInAlone(osqueryConnector, folders)
  },
  osv: () => {
    const { osvConnector } = load<typeof import('#connectors/osv')>('#connectors/osv')
    return register(osvConnector, [], {
      trust: 'vendor',
      pushes: 'source',
      scope: (authority) => ({ about: [{ kind: 'package', authority }] }),
      origins: () => [],
      own: () => [],
    })
  },
  people: (_, folders) => {
    const { peopleConnectorIn } = load<typeof import('#connectors/people')>('#connectors/people')
    return register(peopleConnectorIn(folders), [], {
      ...vendor,
      // The people of its realm, and that there is such a list; whom they work for is nobody's property.
      scope: (authority) => ({ about: [{ authority }], mentions: [{ kind: 'customer' }] }),
      origins: () => [],
      own: () => [],
    })
  },
  postgres: () => {
    const { postgres, postgresActions, postgresLeases, postgresOrigins } =
      load<typeof import('#connectors/postgres')>('#connectors/postgres')
    return register(postgres, postgresActions, {
      lends: postgresLeases,
      ...vendor,
      pace: databasePace,
      origins: postgresOrigins,
      own: () => [],
    })
  },
  s3: () => {
    const { s3Connector, s3Origins } = load<typeof import('#connectors/s3')>('#connectors/s3')
    return register(s3Connector, [], { ...told, origins: s3Origins })
  },
  scim: () => {
    const { scimConnector } = load<typeof import('#connectors/scim')>('#connectors/scim')
    return register(scimConnector, [], {
      ...vendor,
      pushes: 'scim',
      // People, and nothing else of the realm: whoever holds the token could invent the rest.
      scope: (authority) => ({ about: [{ kind: 'identity', authority }] }),
      origins: () => [],
      own: () => [],
    })
  },
  slack: () => {
    const { namesOfApp, ownApps, slackActions, slackConnector, slackOrigins } =
      load<typeof import('#connectors/slack')>('#connectors/slack')
    return register(slackConnector, slackActions, {
      ...vendor,
      origins: slackOrigins,
      own: (config, authority) => ownApps(config).flatMap((app) => namesOfApp(authority, app)),
    })
  },
  'slack-questions': () => {
    const of = load<typeof import('#connectors/slack-questions')>('#connectors/slack-questions')
    return register(of.slackQuestionsConnector, [], { ...told, origins: of.slackQuestionsOrigins })
  },
  snowflake: () => {
    const { snowflakeConnector } = load<typeof import('#connectors/snowflake')>('#connectors/snowflake')
    // INVARIANT: uploads alone. The other ways keep a record as it comes, and a query's text holds values of customers.
    return register(snowflakeConnector, [], { ...alone, origins: () => [] })
  },
  servicenow: () => {
    const { servicenowConnector, servicenowOrigins } =
      load<typeof import('#connectors/servicenow')>('#connectors/servicenow')
    return register(servicenowConnector, [], { ...told, origins: servicenowOrigins })
  },
  splunk: () => {
    const { splunkConnector, splunkOrigins } = load<typeof import('#connectors/splunk')>('#connectors/splunk')
    return register(splunkConnector, [], { ...told, origins: splunkOrigins })
  },
  ssf: () => {
    const { ssfConnector, ssfOrigins } = load<typeof import('#connectors/ssf')>('#connectors/ssf')
    return register(ssfConnector, [], { ...vendor, pushes: 'signed', origins: ssfOrigins, own: () => [] })
  },
  sysmon: (_, folders) => {
    const { sysmonConnector } = load<typeof import('#connectors/sysmon')>('#connectors/sysmon')
    return handedInAlone(sysmonConnector, folders)
  },
  syslog: () => {
    const { syslogConnector } = load<typeof import('#connectors/syslog')>('#connectors/syslog')
    // It opens its own connections, to the one place that its configuration names.
    return register(syslogConnector, [], { ...told, origins: () => [] })
  },
  tailscale: (_, folders) => {
    const { tailscaleConnector } = load<typeof import('#connectors/tailscale')>('#connectors/tailscale')
    return handedInAlone(tailscaleConnector, folders)
  },
  vault: () => {
    const { vaultActions, vaultConnector, vaultHolder, vaultOrigins } =
      load<typeof import('#connectors/vault')>('#connectors/vault')
    return register(vaultConnector, vaultActions, {
      ...vendor,
      origins: vaultOrigins,
      own: () => [],
      holds: vaultHolder,
    })
  },
}

const require = createRequire(import.meta.url)

/** A module by its name here, at once: whoever asks for a connector is in the middle of something. */
function load<Module>(name: string): Module {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the module once as a type, once as a value; test/docs loads them all
  return require(name) as Module
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

/** Every way to hand records in, into the stream `log`. */
const anyIntake = { stream: 'log', kinds: ['webhook', 'tail', 'syslog', 'bucket'] } as const

function handedIn<Config extends object>(
  connector: Connector<Config>,
  folders: readonly string[],
): Connector<WithIntake<Config>> {
  const { withIntake } = load<typeof import('#sources')>('#sources')
  return withIntake(connector, { ...anyIntake, parts: { folders } })
}

/** A log that others hand in: it speaks about its own realm, nobody is asked anything, and nothing acts on it. */
const handedInAlone = <Config extends object>(connector: Connector<Config>, folders: readonly string[]): Registered =>
  register(handedIn(connector, folders), [], { ...alone, intake: anyIntake, origins: originsOfIntake })

/**
 * As `handedInAlone`, of a log whose records hold what may never be stored. INVARIANT: by uploads and buckets alone, which keep
 * of a record what its format says; the other ways keep it as it comes.
 */
function keptAlone<Config extends object>(connector: Connector<Config>, folders: readonly string[]): Registered {
  const { withIntake } = load<typeof import('#sources')>('#sources')
  const [log] = connector.streams
  const keep = log?.kind === 'push' ? log.keep?.bind(log) : undefined
  const dropped = { stream: 'log', kinds: ['bucket'] } as const
  const known = keep === undefined ? {} : { keep }
  const taking = withIntake(connector, { ...dropped, parts: { folders }, known })
  return register(taking, [], { ...alone, intake: dropped, origins: originsOfIntake })
}
const alone = {
  trust: 'vendor',
  pushes: 'source',
  scope: (authority: string): SourceScope => ({ about: [{ authority }], mentions: [] }),
  own: (): EntityId[] => [],
} as const

/** It is written to, and says nothing of anything. */
const told = {
  trust: 'vendor',
  pushes: 'never',
  scope: (): SourceScope => ({ about: [] }),
  own: (): EntityId[] => [],
} as const

const originsOfIntake = (config: object): string[] => load<typeof import('#sources')>('#sources').intakeOrigins(config)

/** What most entries are: a system that Cordon reads itself and that speaks about its own realm. */
const vendor = { trust: 'vendor', pushes: 'never', scope: ownRealm } as const

function register<Config>(
  connector: Connector<Config>,
  actions: readonly ContainAction<Config>[],
  rest: Pick<Registered, 'trust' | 'pushes' | 'scope' | 'pace' | 'intake'> & {
    holds?: Holder<Config>
    lends?: readonly LeaseAction<Config>[]
    origins(config: Config): string[]
    own(config: Config, authority: string): EntityId[]
  },
): Registered {
  const { lending } = load<typeof import('#respond/contract')>('#respond/contract')
  const lends = rest.lends?.map(lending) ?? []
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- configurations reach a connector only through its own schema
  return { id: connector.id, ...rest, connector, actions, lends } as unknown as Registered
}
