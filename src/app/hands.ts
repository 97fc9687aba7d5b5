import { randomInt } from 'node:crypto'

import {
  CordonError,
  createHttp,
  newId,
  parseOwnJson,
  stderrDiagnose,
  systemClock,
  systemRandom,
  type Http,
  type RpcPeer,
} from '#kit'
import { defaultTenant, type EntityId } from '#model'
import { createRunner } from '#respond'
import { pullJobs, sourceContext, startRunner, type PullJob } from '#sources'
import type { Connector } from '#sources/contract'
import { openHandsVault } from '#vault'

import { every } from './core/loops.ts'
import type { Config } from './config.ts'
import { makeDataDir } from './paths.ts'
import { createRegistry, type Registered } from './registry.ts'
import {
  connectToCore,
  handsMethods,
  remote,
  serve,
  type CoreForHands,
  type HandsForCore,
  type SourceRecord,
} from './socket.ts'
import { reportReady } from './supervise.ts'

const reconnectMs = 200
const healthEveryMs = 1_000
const rotationMs = 10_000
/** A check asks the vendor a few things; longer, and it is not to be reached. */
const checkMs = 20_000

/** The process that touches vendors: pulls sources, runs actions. It alone holds the key that opens their credentials. */
export async function runHands(config: Config): Promise<void> {
  const at = makeDataDir(config)
  const vault = openHandsVault(at.keys)
  const registry = createRegistry(config.hooks)
  const stop = new AbortController()
  const diagnose = stderrDiagnose
  const unit = (): number => randomInt(2 ** 32) / 2 ** 32
  let peer: RpcPeer | undefined
  const core = remote<CoreForHands>(() => peer)
  let sources: readonly SourceRecord[] = []
  /** INVARIANT: values lent for a run live here and nowhere else. */
  const lent = new Map<EntityId, string>()

  const entryOf = (source: SourceRecord): Registered => {
    const entry = registry.find(({ id }) => id === source.connector)
    if (entry === undefined)
      throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no connector \`${source.connector}\``)
    return entry
  }
  const secretsOf = (source: SourceRecord, use: 'see' | 'contain'): Readonly<Record<string, string>> => {
    const sealed = source[use]
    return sealed === null ? {} : parseOwnJson(vault.opener.open(sealed, sourceContext(defaultTenant, source.id, use)))
  }
  /** The connector with its configuration parsed, and an HTTP that may call its origins only. */
  const openSource = (source: SourceRecord): { connector: Connector; config: unknown; http: Http } => {
    const { connector, origins } = entryOf(source)
    const parsed = connector.config.parse(parseOwnJson<unknown>(source.config))
    return { connector, config: parsed, http: createHttp(origins(parsed)) }
  }
  const jobsOf = (source: SourceRecord): PullJob[] => {
    const { connector, http } = openSource(source)
    return pullJobs(connector, {
      tenant: defaultTenant,
      source: source.id,
      revision: source.revision,
      config: parseOwnJson<unknown>(source.config),
      http,
      clock: systemClock,
      diagnose,
      see: () => secretsOf(source, 'see'),
    })
  }
  const pulls = startRunner({
    clock: systemClock,
    diagnose,
    append: (page) => core.intake.append(page),
    cursor: (_, source, stream) => core.intake.cursor(source, stream),
    unit,
  })
  const reload = async (): Promise<void> => {
    sources = await core.registry.sources()
    pulls.set(sources.filter(({ authority }) => authority !== null).flatMap(jobsOf))
  }
  const runner = createRunner({
    desk: core.desk,
    worker: newId('hnd', systemRandom),
    actionFor: (connector, verb) =>
      registry.find(({ id }) => id === connector)?.actions.find((action) => action.verb === verb),
    sourceFor: (action) => {
      const source = sources.find(({ id }) => id === action.source)
      if (source === undefined) return undefined
      const { config: value, http } = openSource(source)
      return { config: value, authority: source.authority ?? '', http, isOwn: () => false }
    },
    unseal: (id) => {
      const source = sources.find((known) => known.id === id)
      return Promise.resolve(source === undefined ? {} : secretsOf(source, 'contain'))
    },
    home: core.home,
    lent: (credential) => lent.get(credential),
    clock: systemClock,
    unit,
    diagnose,
  })
  const mine: HandsForCore = {
    source: {
      check: async (id) => {
        await reload()
        const source = sources.find((known) => known.id === id)
        if (source === undefined) throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no source \`${id}\``)
        const { connector, config: value, http } = openSource(source)
        return connector.check({
          config: value,
          see: secretsOf(source, 'see'),
          http,
          clock: systemClock,
          signal: AbortSignal.timeout(checkMs),
          diagnose,
        })
      },
      changed: reload,
    },
    response: {
      wake: () => Promise.resolve(runner.wake()),
      lend: (values) => {
        for (const { credential, value } of values) lent.set(credential, value)
        return Promise.resolve()
      },
    },
  }
  const isUp = Promise.withResolvers<void>()
  const stayConnected = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        peer = await connectToCore(at.socket, serve(mine, handsMethods))
        await reload()
        runner.wake()
        isUp.resolve()
        await peer.closed
      } catch (error) {
        diagnose('warn', 'hands.no-core', { error: error instanceof Error ? error.message.slice(0, 200) : 'unknown' })
      }
      peer = undefined
      await systemClock.sleep(reconnectMs, stop.signal)
    }
  }
  const tellHealth = async (): Promise<void> => {
    if (peer === undefined) return
    await core.intake.health(
      pulls.health().map(({ source, stream, lastSuccessAtMs, lagMs, error }) => ({
        source,
        stream,
        lastSuccessAtMs,
        lagMs,
        error: error?.message ?? null,
      })),
    )
  }
  let sealedUnder = vault.sealer.keyId
  /** After a rotation every stored secret moves under the newest key, online. */
  const takeOverKeys = async (): Promise<void> => {
    vault.reload()
    if (peer === undefined || vault.sealer.keyId === sealedUnder) return
    for (const source of await core.registry.sources()) {
      for (const use of ['see', 'contain'] as const) {
        const sealed = source[use]
        if (sealed === null) continue
        await core.registry.reseal(
          source.id,
          use,
          sealed,
          vault.opener.reseal(sealed, sourceContext(defaultTenant, source.id, use)),
        )
      }
    }
    sealedUnder = vault.sealer.keyId
  }
  const work = [
    stayConnected(),
    every({ everyMs: rotationMs, clock: systemClock, diagnose, signal: stop.signal, what: 'hands.keys' }, takeOverKeys),
    runner.run(stop.signal),
    every(
      { everyMs: healthEveryMs, clock: systemClock, diagnose, signal: stop.signal, what: 'hands.health' },
      tellHealth,
    ),
  ]
  await isUp.promise
  reportReady({}, async () => {
    stop.abort()
    await pulls.stop()
    peer?.close()
    await Promise.all(work)
  })
}
