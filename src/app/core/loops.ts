import type { Clock, Diagnose } from '#kit'

/** Runs `work` again and again until the signal; a failure is told and the loop goes on. */
export async function every(
  options: { everyMs: number; clock: Clock; diagnose: Diagnose; signal: AbortSignal; what: string },
  work: () => Promise<void>,
): Promise<void> {
  const { everyMs, clock, diagnose, signal, what } = options
  while (!signal.aborted) {
    try {
      await work()
    } catch (error) {
      if (!signal.aborted)
        diagnose('error', `${what}.failed`, { error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
    }
    await clock.sleep(everyMs, signal)
  }
}
