import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import type { Bell } from '#kit'
import type { Exposure, IncidentId } from '#model'
import { connectEstate, type EstateView } from '#estate'
import type { HostHooks } from '#connectors/host'

import type { FromEstate, Progress, ToEstate } from './estate-loop.ts'

export type EstateThreadData = { store: string; snapshot: string; keys: string; hooks: HostHooks | undefined }

/** Core's handle of worker D. */
export type EstateThread = {
  /** The estate as it stands, pinned: all questions to this view are answered from one state. */
  view(): Promise<EstateView>
  /** There is something new in the log. */
  wake(): void
  watch(incident: IncidentId, exposure: Exposure): void
  unwatch(incident: IncidentId): void
  progress(): Progress
  stop(): Promise<void>
}

/** First word to D, once the store is open: its door to W, and where it answers questions. */
export type EstateStart = { writer: MessagePort; ask: MessagePort }

/** D begins to load; it opens nothing before `startEstateThread`. */
export const spawnEstateThread = (entry: URL, data: EstateThreadData): Worker => new Worker(entry, { workerData: data })

export async function startEstateThread(
  worker: Worker,
  options: { writer: MessagePort; bell: Bell; onFindings: () => void },
): Promise<EstateThread> {
  const { port1, port2 } = new MessageChannel()
  const start: EstateStart = { writer: options.writer, ask: port2 }
  worker.postMessage(start, [options.writer, port2])
  const estate = connectEstate(port1)
  const send = (message: ToEstate): void => worker.postMessage(message)
  let progress: Progress = { projected: 0, unmapped: 0, refused: 0, late: 0 }
  const stopped = Promise.withResolvers<void>()
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
      progress = message.progress
      options.bell.ring('estate')
      resolve()
    })
  })
  // D only repeats what is on disk: when it dies, core ends too and is started again, rather than answer from nothing.
  worker.on('error', (error) => {
    throw error
  })
  return {
    view: () => estate.pin(),
    wake: () => send({ kind: 'wake' }),
    watch: (incident, exposure) => send({ kind: 'watch', incident, exposure }),
    unwatch: (incident) => send({ kind: 'unwatch', incident }),
    progress: () => progress,
    async stop() {
      // The supervisor bounds how long this may take; the graph file is written whole or not at all.
      send({ kind: 'stop' })
      await stopped.promise
      port1.close()
      await worker.terminate()
    },
  }
}
