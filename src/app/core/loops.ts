import { CordonError, type Clock, type Diagnose } from '#kit'

/** Work that had to wait for something (the estate is loading) is tried again this soon, however far off its next turn is. */
const waitMs = 5_000

/** Runs `work` again and again until the signal; a failure is told and the loop goes on. */
export async function every(
  options: { everyMs: number; clock: Clock; diagnose: Diagnose; signal: AbortSignal; what: string },
  work: () => Promise<void>,
): Promise<void> {
  const { everyMs, clock, diagnose, signal, what } = options
  while (!signal.aborted) {
    let nextMs = everyMs
    try {
      await work()
    } catch (error) {
      const mayPass = error instanceof CordonError && error.retryable
      if (mayPass) nextMs = Math.min(everyMs, waitMs)
      if (!signal.aborted)
        diagnose(mayPass ? 'warn' : 'error', `${what}.${mayPass ? 'waits' : 'failed'}`, {
          error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
        })
    }
    await clock.sleep(nextMs, signal)
  }
}
