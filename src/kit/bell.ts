/** Tells waiters in this process that something changed; carries no data, so nobody can miss or forge content. */
export interface Bell {
  ring(topic: string): void
  /** Resolves at the next ring of any of the topics, or after `timeoutMs`. */
  wait(topics: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  const waiters = new Map<string, Set<() => void>>()
  return {
    ring(topic) {
      for (const wake of waiters.get(topic) ?? []) wake()
    },
    wait(topics, timeoutMs, signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          for (const topic of topics) waiters.get(topic)?.delete(done)
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        for (const topic of topics) {
          const set = waiters.get(topic) ?? new Set()
          set.add(done)
          waiters.set(topic, set)
        }
        signal?.addEventListener('abort', done)
        if (signal?.aborted) done()
      })
    },
  }
}
