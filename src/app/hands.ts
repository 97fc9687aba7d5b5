import { randomInt } from 'node:crypto'

import { assert, CordonError, newId, parseOwnJson, stderrDiagnose, systemClock, systemRandom, type RpcPeer } from '#kit'
import { defaultTenant, type EntityId } from '#model'
import { createRunner, sourcePaceDefault, type RunnerLimits, type SourceHandle } from '#respond/hands'
import { askerJobs, backfillJobs, lentOf, outputJobs, pullJobs, startRunner, trackerJobs, type PullJob } from '#sources'
import { openHandsVault, type HandsVault } from '#vault'

import { every } from './core/loops.ts'
import type { Config } from './config.ts'
import { paths } from './paths.ts'
import { createLent } from './hands/lent.ts'
import { ownEntities } from './hands/own.ts'
import { acceptDelivery } from './hands/accept.ts'
import { checkSource } from './hands/check.ts'
import { createOpener } from './hands/open.ts'
import { createSignalHands } from './hands/signals.ts'
import { undoSealOf } from './hands/undo-seal.ts'
import { moveSecrets } from './hands/take-over.ts'
import { actionOf, createRegistry } from './registry.ts'
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

const reconnectMs = 50
/** Started beside core, hands finds nobody there at first: that is news only after this long. */
const coreStartsWithinMs = 10_000
const healthEveryMs = 1_000
/** One batch of people is looked up in one query. */
const resolveMs = 20_000
const rotationMs = 10_000

/** The process that touches vendors: pulls sources, runs actions. It alone holds the key that opens their credentials. */
export async function runHands(config: Config, limits: Partial<RunnerLimits> = {}): Promise<void> {
  const at = paths(config)
  /** Opened once core answers: on the first start it is core that makes the keys. */
  let opened: HandsVault | undefined
  const registry = createRegistry(config.hooks, config.logFolders)
  const stop = new AbortController()
  const diagnose = stderrDiagnose
  const unit = (): number => randomInt(2 ** 32) / 2 ** 32
  let peer: RpcPeer | undefined
  const core = remote<CoreForHands>(() => peer)
  let sources: readonly SourceRecord[] = []
  let own: ReadonlySet<EntityId> = new Set()
  const lent = createLent(systemClock)

  const { open, secretsOf, keepOnly } = createOpener({
    registry,
    vault: () => {
      assert(opened !== undefined, 'sources come from core, and the vault is open before they do')
      return opened
    },
    clock: systemClock,
    unit,
  })
  const jobsOf = (source: SourceRecord): PullJob[] => {
    const { connector, http } = open(source, 'see')
    const common = {
      tenant: defaultTenant,
      source: source.id,
      revision: source.revision,
      config: parseOwnJson<unknown>(source.config),
      clock: systemClock,
      diagnose,
      see: () => secretsOf(source, 'see'),
    }
    const live = [
      ...pullJobs(connector, { ...common, http }),
      ...outputJobs(connector, { ...common, http, desk: core.outputs }),
      ...trackerJobs(connector, { ...common, http, desk: core.tracking }),
      ...askerJobs(connector, { ...common, http, desk: core.asking }),
    ]
    const { backfillSinceMs: sinceMs = null } = source
    if (sinceMs === null) return live
    const liveCursor = (stream: string) => core.intake.cursor(source.id, stream)
    return [
      ...live,
      ...backfillJobs(connector, { ...common, http: open(source, 'see', 'backfill').http, sinceMs, liveCursor }),
    ]
  }
  const pulls = startRunner({
    clock: systemClock,
    diagnose,
    append: (page) => core.intake.append(page),
    cursor: (_, source, stream) => core.intake.cursor(source, stream),
    unit,
  })
  const setSources = (all: readonly SourceRecord[]): void => {
    sources = all
    own = ownEntities(all, registry)
    keepOnly(all)
    const jobs = all.flatMap((source) => {
      if (source.authority === null) return []
      try {
        return jobsOf(source)
      } catch (error) {
        // One source that cannot be opened must not keep the others from being read and acted on.
        diagnose('error', 'source.not-opened', { source: source.id, error: messageOf(error) })
        return []
      }
    })
    pulls.set(jobs)
  }
  const reload = async (): Promise<void> => setSources(await core.registry.sources())
  const handleOf = async (source: SourceRecord): Promise<SourceHandle> => {
    const { config: value, http } = open(source, 'contain')
    const authority = source.authority ?? ''
    // Asked anew for every errand: who was named as break-glass a second ago is spared.
    const spared = await core.registry.spared(authority)
    return { config: value, authority, http, isOwn: (entity) => own.has(entity), spared }
  }
  const vaultNow = (): HandsVault => {
    assert(opened !== undefined, 'nothing is asked of hands before the vault is open')
    return opened
  }
  const runner = createRunner({
    desk: core.desk,
    worker: newId('hnd', systemRandom),
    actionFor: (connector, verb) => actionOf(registry, connector, verb),
    sourceFor: async (action) => {
      const source = sources.find(({ id }) => id === action.source)
      // INVARIANT: an action never runs with the credential of another vendor's source.
      if (source === undefined || source.connector !== action.connector) return undefined
      return handleOf(source)
    },
    placeFor: async (action) => {
      const source = sources.find(({ id }) => id === action.placeSource)
      const holder = source && registry.find(source.connector)?.holds
      if (source === undefined || holder === undefined || source.contain === null) return undefined
      // INVARIANT: what core says is no reason to write where the place's own configuration names none.
      const handle = await handleOf(source)
      const isNamed = holder.places(handle.config, handle.authority).some(({ place }) => place === action.target)
      return isNamed ? { holder, source: handle } : undefined
    },
    unseal: (id) => {
      const source = sources.find((known) => known.id === id)
      return Promise.resolve(source === undefined ? {} : secretsOf(source, 'contain'))
    },
    paceOf: (key) => {
      const source = sources.find(({ id }) => key === `${defaultTenant} ${id}`)
      return (source && registry.find(source.connector)?.pace) ?? sourcePaceDefault
    },
    home: core.home,
    undoSeal: undoSealOf(vaultNow),
    limits,
    lent: (credential) => lent.valueOf(credential),
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
        return checkSource(source, { open, secretsOf, clock: systemClock, diagnose, sources })
      },
      changed: reload,
      accept: async (id, stream, delivery) => {
        const source = sources.find((known) => known.id === id)
        if (source === undefined) throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no source \`${id}\``)
        return acceptDelivery(source, stream, delivery, { open, secretsOf, clock: systemClock, diagnose })
      },
    },
    intake: {
      secrets: async (id) => {
        const source = sources.find((known) => known.id === id)
        if (source === undefined) throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no source \`${id}\``)
        return { revision: source.revision, secrets: lentOf(source.config, secretsOf(source, 'see')) }
      },
    },
    signals: createSignalHands(vaultNow, config.signals?.receivers ?? []),
    people: {
      resolve: async (id, persons) => {
        const source = sources.find((known) => known.id === id)
        if (source === undefined) throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no source \`${id}\``)
        const { connector, config: value, http } = open(source, 'see')
        const context = { config: value, see: secretsOf(source, 'see'), http, clock: systemClock, diagnose }
        return (await connector.people?.resolve({ ...context, signal: AbortSignal.timeout(resolveMs) }, persons)) ?? []
      },
    },
    response: {
      wake: () => Promise.resolve(runner.wake()),
      lend: (incident, values) => Promise.resolve(lent.lend(incident, values)),
      forget: (incident) => Promise.resolve(lent.forget(incident)),
    },
  }
  const isUp = Promise.withResolvers<HandsVault>()
  const stayConnected = async (): Promise<void> => {
    let downSinceMs = systemClock.monotonicMs()
    while (!stop.signal.aborted) {
      let fresh: RpcPeer | undefined
      try {
        const open = await connectToCore(at.socket, serve(mine, handsMethods))
        fresh = open
        opened ??= openVault(at.keys, isUp.reject)
        // INVARIANT: no action is claimed before its source is known, or a restart would fail it for good.
        const all = await remote<CoreForHands>(() => open).registry.sources()
        peer = open
        setSources(all)
        runner.wake()
        isUp.resolve(opened)
        await open.closed
        downSinceMs = systemClock.monotonicMs()
      } catch (error) {
        if (systemClock.monotonicMs() - downSinceMs > coreStartsWithinMs)
          diagnose('warn', 'hands.no-core', { error: messageOf(error) })
        fresh?.close()
      }
      peer = undefined
      await systemClock.sleep(reconnectMs, stop.signal)
    }
  }
  const tellHealth = async (): Promise<void> => {
    lent.expire()
    if (peer === undefined) return
    await core.intake.health(
      pulls
        .health()
        .map(({ source, stream, lastSuccessAtMs, lastEventAtMs, lagMs, error, progress, refused, blind }) => ({
          source,
          stream,
          lastSuccessAtMs,
          lagMs,
          lastEventAtMs,
          refused: [...refused],
          blind: [...blind],
          error: error?.message ?? null,
          progress,
        })),
    )
  }
  const connected = stayConnected()
  const vault = await isUp.promise
  let sealedUnder = vault.sealer.keyId
  const takeOverKeys = async (): Promise<void> => {
    vault.reload()
    const { keyId } = vault.sealer
    if (peer === undefined || keyId === sealedUnder) return
    if ((await moveSecrets(core.registry, vault)) === 0) sealedUnder = keyId
  }
  const work = [
    connected,
    every({ everyMs: rotationMs, clock: systemClock, diagnose, signal: stop.signal, what: 'hands.keys' }, takeOverKeys),
    runner.run(stop.signal),
    every(
      { everyMs: healthEveryMs, clock: systemClock, diagnose, signal: stop.signal, what: 'hands.health' },
      tellHealth,
    ),
  ]
  reportReady({}, async () => {
    stop.abort()
    await pulls.stop()
    peer?.close()
    await Promise.all(work)
  })
}

/** A vault that does not open is no lost connection: hands ends with its message. */
function openVault(keys: string, refuse: (error: unknown) => void): HandsVault {
  try {
    return openHandsVault(keys)
  } catch (error) {
    refuse(error)
    throw error
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 200) : 'unknown')
