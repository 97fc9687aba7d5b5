/** Wall time in integer milliseconds UTC; `monotonicMs` never goes back: leases, retries and probe timers use it. */
export interface Clock {
  nowMs(): number
  monotonicMs(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => Math.floor(performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
}

/** A clock that moves only when told to; sleepers wake in order of their time. For simulations and tests. */
export class ManualClock implements Clock {
  #nowMs: number
  #sleepers: { atMs: number; wake: () => void }[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve })
      signal?.addEventListener('abort', () => resolve())
    })
  }

  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    for (;;) {
      this.#sleepers.sort((a, b) => a.atMs - b.atMs)
      const next = this.#sleepers[0]
      if (next === undefined || next.atMs > end) break
      this.#sleepers.shift()
      this.#nowMs = next.atMs
      next.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#nowMs = end
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Graph times are whole seconds: lower bounds round down, upper bounds up, so that a window never misses. */
export const toSecondsDown = (ms: number): number => Math.floor(ms / 1000)
export const toSecondsUp = (ms: number): number => Math.ceil(ms / 1000)

const durationUnitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads `90s`, `15m`, `24h`, `30d`. Returns undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  if (match === null) return undefined
  const unit = match[2]
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined
  return Number(match[1]) * durationUnitMs[unit]
}

/** Reads RFC 3339 (seconds and the day alone may be left out) as milliseconds; a time without zone is UTC. */
export function parseTimeMs(text: string): number | undefined {
  // As nearly every vendor writes it.
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(text)) {
    const ms = Date.parse(text)
    return Number.isNaN(ms) ? undefined : ms
  }
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text)
  if (match === null) return undefined
  const [, day, minutes = '00:00', seconds = ':00', zone = 'Z'] = match
  const ms = Date.parse(`${day}T${minutes}${seconds}${zone.toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms
}

export const formatTime = (ms: number): string => new Date(ms).toISOString()
