import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { CordonError, isObject, type Clock, type Diagnose } from '#kit'

export class ProcessError extends CordonError<'ERR_PROCESS_START'> {}

export const restartPauseMsFirst = 200
export const restartPauseMsMax = 10_000
/** A process that lived this long starts again without a longer pause. */
export const steadyMs = 60_000
export const stopWaitMs = 10_000

type Role = 'core' | 'hands'
type Ready = { url?: string }

/**
 * Starts core and hands as separate processes and keeps them up. Each has its own keys; they speak over a local socket
 * only. A child that ends by itself is started again after a growing pause; a child that refuses to start (bad
 * configuration, locked store) ends everything with its own message.
 */
export async function supervise(options: {
  args: readonly string[]
  clock: Clock
  diagnose: Diagnose
  onReady: (ready: Ready) => void
}): Promise<number> {
  const { clock, diagnose } = options
  const stop = new AbortController()
  const children = new Map<Role, ChildProcess>()
  let exitCode = 0

  const end = (): void => stop.abort()
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)

  const keepUp = async (role: Role, firstReady: (ready: Ready) => void): Promise<void> => {
    let pauseMs = restartPauseMsFirst
    let isFirst = true
    while (!stop.signal.aborted) {
      const startedMs = clock.monotonicMs()
      const child = start(role, options.args)
      children.set(role, child)
      const code = await new Promise<number>((resolve) => {
        child.on('message', (message) => {
          if (!isObject(message) || message['ready'] !== true) return
          firstReady(typeof message['url'] === 'string' ? { url: message['url'] } : {})
          isFirst = false
        })
        child.on('exit', (status, signal) => resolve(status ?? (signal === null ? 70 : 128)))
      })
      if (stop.signal.aborted) return
      if (isFirst) {
        exitCode = code === 0 ? 70 : code
        stop.abort()
        return
      }
      if (clock.monotonicMs() - startedMs > steadyMs) pauseMs = restartPauseMsFirst
      diagnose('warn', 'process.ended', { role, code, againInMs: pauseMs })
      await clock.sleep(pauseMs, stop.signal)
      pauseMs = Math.min(restartPauseMsMax, pauseMs * 2)
    }
  }

  const coreReady = Promise.withResolvers<Ready>()
  const handsReady = Promise.withResolvers<Ready>()
  const ended = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  // Side by side: hands loads while core does, and waits for its socket.
  const runs = [keepUp('core', coreReady.resolve), keepUp('hands', handsReady.resolve)]
  const ready = await Promise.race([Promise.all([coreReady.promise, handsReady.promise]), ended])
  if (ready !== undefined) options.onReady(ready[0])
  await ended
  await stopAll(children, clock)
  await Promise.all(runs)
  return exitCode
}

/** Pages of an inventory are garbage as soon as they are written: a small nursery keeps a million rows under 300 MB (bench:inventory). */
export const processFlags: Record<Role, readonly string[]> = { core: [], hands: ['--max-semi-space-size=8'] }

function start(role: Role, args: readonly string[]): ChildProcess {
  const entry = fileURLToPath(import.meta.resolve('#app/main'))
  // A signal must not open a debugger in a process that holds keys.
  const flags = [...process.execArgv, ...processFlags[role], '--disable-sigusr1']
  return spawn(process.execPath, [...flags, entry, role, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Hands first, so that no action starts while core goes down. */
async function stopAll(children: ReadonlyMap<Role, ChildProcess>, clock: Clock): Promise<void> {
  for (const role of ['hands', 'core'] as const) {
    const child = children.get(role)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
    const gone = new AbortController()
    child.once('exit', () => gone.abort())
    child.kill('SIGTERM')
    await clock.sleep(stopWaitMs, gone.signal)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
}

/** In a child: tell the supervisor that all is up, end when it is gone, and stop cleanly on a signal. */
export function reportReady(ready: Ready, close: () => Promise<void>): void {
  let isClosing = false
  const end = (): void => {
    if (isClosing) return
    isClosing = true
    close().then(
      () => process.exit(0),
      () => process.exit(70),
    )
  }
  process.on('disconnect', end)
  process.on('SIGTERM', end)
  process.on('SIGINT', () => {
    // The supervisor decides; a terminal sends Ctrl-C to the whole group.
    if (process.send === undefined) end()
  })
  process.send?.({ ready: true, ...ready })
}
