import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import type { Bell, Clock } from '#kit'
import type { Exposure, IncidentId } from '#model'
import { connectEstate, stillLoading, type EstateView } from '#estate'
import type { HostHooks } from '#connectors/host'

import { noBehaviour } from './behaviour-desk.ts'
import type { BehaviourAnswer, BehaviourAsk, FromEstate, Progress, ToEstate } from './estate-loop.ts'
import { noRules, type RuleSettings } from './rule-health.ts'

/** A start from the graph file is over by then; a question to one that takes longer must not hang. */
export const loadingWaitMs = 3_000
/** Questions about behaviour that may wait at once. */
const asksMax = 100

export type EstateThreadData = {
  store: string
  snapshot: string
  keys: string
  hooks: HostHooks | undefined
  rules: RuleSettings
  ruleState: string
  ruleCache: string
  behaviourState: string
}

/** Core's handle of worker D. */
export type EstateThread = {
  /**
   * The estate as it stands, pinned: all questions to this view are answered from one state. Throws ERR_ESTATE_LOADING
   * (retryable) when it is not in memory yet and does not get there within `loadingWaitMs`.
   */
  view(): Promise<EstateView>
  /** There is something new in the log. */
  wake(): void
  watch(incident: IncidentId, exposure: Exposure): void
  unwatch(incident: IncidentId): void
  /** Rules are read anew before the next event. */
  reloadRules(): void
  /** Throws ERR_ESTATE_LOADING as `view` does. */
  behaviour(ask: BehaviourAsk): Promise<BehaviourAnswer>
  progress(): Progress
  stop(): Promise<void>
}

/** First word to D, once the store is open: its door to W, and where it answers questions. */
export type EstateStart = { writer: MessagePort; ask: MessagePort }

/** D begins to load; it opens nothing before `startEstateThread`. */
export const spawnEstateThread = (entry: URL, data: EstateThreadData): Worker => new Worker(entry, { workerData: data })

export async function startEstateThread(
  worker: Worker,
  options: { writer: MessagePort; clock: Clock; bell: Bell; onFindings: () => void },
): Promise<EstateThread> {
  const { port1, port2 } = new MessageChannel()
  const start: EstateStart = { writer: options.writer, ask: port2 }
  worker.postMessage(start, [options.writer, port2])
  const estate = connectEstate(port1)
  const send = (message: ToEstate): void => worker.postMessage(message)
  let progress: Progress = {
    projected: 0,
    unknown: [],
    refused: 0,
    late: 0,
    loadedPercent: 0,
    rules: noRules,
    behaviour: noBehaviour,
  }
  const stopped = Promise.withResolvers<void>()
  const loaded = new AbortController()
  const asked = new Map<number, (answer: BehaviourAnswer) => void>()
  let asks = 0
  worker.once('exit', stopped.resolve)
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: FromEstate) => {
      if (message.kind === 'stopped') {
        stopped.resolve()
        return
      }
      if (message.kind === 'findings') {
        options.onFindings()
        return
      }
      if (message.kind === 'behaviour') {
        asked.get(message.id)?.(message.answer)
        asked.delete(message.id)
        return
      }
      progress = message.progress
      if (progress.loadedPercent === 100) loaded.abort()
      options.bell.ring('estate')
      resolve()
    })
  })
  // D only repeats what is on disk: when it dies, core ends too and is started again, rather than answer from nothing.
  worker.on('error', (error) => {
    throw error
  })
  return {
    async view() {
      if (!loaded.signal.aborted) await options.clock.sleep(loadingWaitMs, loaded.signal)
      if (!loaded.signal.aborted) throw stillLoading(progress.loadedPercent)
      return await estate.pin()
    },
    async behaviour(ask) {
      if (!loaded.signal.aborted) await options.clock.sleep(loadingWaitMs, loaded.signal)
      if (!loaded.signal.aborted || asked.size >= asksMax) throw stillLoading(progress.loadedPercent)
      const answer = Promise.withResolvers<BehaviourAnswer>()
      const id = asks++
      asked.set(id, answer.resolve)
      send({ kind: 'behaviour', id, ask })
      return await answer.promise
    },
    wake: () => send({ kind: 'wake' }),
    watch: (incident, exposure) => send({ kind: 'watch', incident, exposure }),
    unwatch: (incident) => send({ kind: 'unwatch', incident }),
    reloadRules: () => send({ kind: 'reload-rules' }),
    progress: () => progress,
    async stop() {
      // The supervisor bounds how long this may take; the graph file is written whole or not at all. While it loads,
      // D hears nothing, and has nothing to lose.
      if (loaded.signal.aborted) {
        send({ kind: 'stop' })
        await stopped.promise
      }
      port1.close()
      await worker.terminate()
    },
  }
}
