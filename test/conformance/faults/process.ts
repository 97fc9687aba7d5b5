import type { Clock } from '#kit'

/** One life of the process: it dies at a chosen effect, and nothing it awaited comes back. */
export type Life = {
  /** Every request, wait and append passes here, before it and after it. */
  effect(): Promise<void>
  died: Promise<'died'>
  readonly isDead: boolean
}

/** How many there were, and how often each line was waiting when one came. */
export type Deaths = { count: number; places: Map<string, number> }

/** `after`: effects until death; Infinity: it lives. */
export function startLife(after: number, deaths: Deaths): Life {
  const { promise, resolve } = Promise.withResolvers<'died'>()
  let left = after
  let isDead = false
  return {
    died: promise,
    get isDead() {
      return isDead
    },
    effect() {
      if (!isDead && left-- > 0) return Promise.resolve()
      if (!isDead) {
        isDead = true
        deaths.count++
        // The whole chain of awaits, however deep.
        Error.stackTraceLimit = 60
        const { stack = '' } = new Error('death')
        Error.stackTraceLimit = 10
        for (const [, place = ''] of stack.matchAll(/(src\/[\w/.-]+\.ts:\d+):\d+/g))
          deaths.places.set(place, (deaths.places.get(place) ?? 0) + 1)
        resolve('died')
      }
      return new Promise(() => undefined)
    },
  }
}

/** Time passes when somebody waits, and only then: a schedule takes no real time. */
export class VirtualClock implements Clock {
  #nowMs: number
  life: Life | undefined
  readonly #endlessMs: number

  /** Waits of at least `endlessMs` are guards against a stall, and nothing stalls here. */
  constructor(startMs: number, endlessMs: number) {
    this.#nowMs = startMs
    this.#endlessMs = endlessMs
  }
  nowMs(): number {
    return this.#nowMs
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  pass(ms: number): void {
    this.#nowMs += ms
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms >= this.#endlessMs) {
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    }
    await this.life?.effect()
    this.#nowMs += Math.max(0, ms)
    await this.life?.effect()
  }
}
