import { createHttp, newId, parseOwnJson, stderrDiagnose, systemClock, systemRandom, type RpcPeer } from '#kit'
import type { EntityId } from '#model'
import { createRunner } from '#respond'
import { openHandsVault, sealContext } from '#vault'

import type { Config } from './config.ts'
import { createPulls } from './hands/pulls.ts'
import { sourceConfig } from './hands/source-config.ts'
import { makeDataDir } from './paths.ts'
import { registered } from './registry.ts'
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
/** Sources are read again this often even if nobody says they changed. */
const sourcesEveryMs = 30_000

/** The process that touches vendors: pulls sources, runs actions. It alone holds the key that opens their credentials. */
export async function runHands(config: Config): Promise<void> {
  const at = makeDataDir(config)
  const vault = openHandsVault(at.keys)
  const stop = new AbortController()
  const diagnose = stderrDiagnose
  let peer: RpcPeer | undefined
  const core = remote<CoreForHands>(() => peer)
  let sources: readonly SourceRecord[] = []
  const lent = new Map<EntityId, string>()

  const openSecrets = (source: SourceRecord, which: 'see' | 'contain'): Readonly<Record<string, string>> => {
    const sealed = source[which]
    if (sealed === null) return {}
    return parseOwnJson<Record<string, string>>(
      vault.opener.open(sealed, sealContext('t_default', `source/${source.id}/${which}`)),
    )
  }
  const pulls = createPulls({ core, openSecrets, config, clock: systemClock, diagnose })
  const reload = async (): Promise<void> => {
    sources = await core.registry.sources()
    pulls.use(sources)
  }
  const runner = createRunner({
    desk: core.desk,
    worker: newId('hnd', systemRandom),
    actionFor: (connector, verb) => registered(connector)?.actions.find((action) => action.verb === verb),
    sourceFor: (action) => {
      const source = sources.find(({ id }) => id === action.source)
      if (source === undefined) return undefined
      const { value, origins } = sourceConfig(source, config)
      return { config: value, authority: source.authority ?? '', http: createHttp(origins), isOwn: () => false }
    },
    unseal: (id) => {
      const source = sources.find((known) => known.id === id)
      return Promise.resolve(source === undefined ? {} : openSecrets(source, 'contain'))
    },
    home: core.home,
    lent: (credential) => lent.get(credential),
    clock: systemClock,
    unit: () => systemRandom(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32,
    diagnose,
  })
  const mine: HandsForCore = {
    source: {
      check: async (id) => {
        await reload()
        return pulls.check(id)
      },
      changed: reload,
    },
    response: {
      wake: () => {
        runner.wake()
        return Promise.resolve()
      },
      lend: (values) => {
        for (const { credential, value } of values) lent.set(credential, value)
        return Promise.resolve()
      },
    },
  }
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
  const isUp = Promise.withResolvers<void>()
  const work = [stayConnected(), runner.run(stop.signal), pulls.run(stop.signal)]
  const again = setInterval(() => void reload().catch(() => undefined), sourcesEveryMs)
  await isUp.promise
  reportReady({}, async () => {
    stop.abort()
    clearInterval(again)
    peer?.close()
    await Promise.all(work)
  })
}
