import type { Clock } from './clock.ts'

export type Backoff = { firstMs: number; maxMs: number; attemptsMax: number }

/** Full-jitter exponential backoff; `unit` is a random number in [0, 1). */
export function backoffMs(backoff: Backoff, attempt: number, unit: number): number {
  return Math.floor(Math.min(backoff.maxMs, backoff.firstMs * 2 ** attempt) * (0.5 + unit / 2))
}

/** Runs `work` until it succeeds, `isRetryable` says no, or the attempts are used up; the last error is thrown. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: Backoff & { clock: Clock; isRetryable: (error: unknown) => boolean; unit?: () => number },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt + 1 >= options.attemptsMax || !options.isRetryable(error)) throw error
      await options.clock.sleep(backoffMs(options, attempt, (options.unit ?? Math.random)()))
    }
  }
}
